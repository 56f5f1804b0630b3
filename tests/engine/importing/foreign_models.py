"""Small networks as other people export them, and plain numpy that computes what they must give.

Each is one 1×1 convolution: class k's logit is `WEIGHTS[k] · (channels of the network's input) + BIASES[k]`. The first
three classes look at one channel each, so that the classes depend on the order of the channels and on mean and std.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

INPUT, OUTPUT = "image", "result"
Layout = Literal["nchw", "nhwc"]
Output = Literal["logits", "softmax", "sigmoid", "classes"]
Side = int | str


def weights_of(classes: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (classes, 3) and biases (classes,) of the network; `classes` = 1 weighs first against last channel."""
    if classes == 1:
        return np.array([[6, 1, -7]], np.float32), np.array([0.25], np.float32)
    weights = np.zeros((classes, 3), np.float32)
    weights[:3] = np.diag([4.0, 5.0, 6.0])[:classes]
    weights[3:] = np.random.default_rng(classes).normal(0, 1, (max(0, classes - 3), 3))
    biases = np.zeros(classes, np.float32)
    biases[:3] = [0.25, 0.0, -0.5][:classes]
    return weights, biases


def foreign(
    *,
    layout: Layout = "nchw",
    output: Output = "logits",
    classes: int = 3,
    size: tuple[Side, Side] | None = (48, 32),
    batch: Side = 1,
    channels: int = 3,
    stride: int = 1,
    output_layout: Layout | None = None,
    output_rank: int = 4,
    ids: int = TensorProto.INT64,
    dtype: int = TensorProto.FLOAT,
    before: Sequence[tuple[str, float | Sequence[float]]] = (),
    weights_as_inputs: bool = False,
    metadata: Mapping[str, str] | None = None,
    opset: int = 17,
) -> onnx.ModelProto:
    """A model with one input `image` and one output `result`.

    size: (width, height), a side given as text is dynamic; None leaves both dynamic. classes: channels of the logits,
    1 for one sigmoid or one logit. output_rank: 3 or 2 squeeze the axes of length one that there are, the batch
    first. ids: type of the class ids. before: (operator, constant) steps that the graph itself begins with.
    weights_as_inputs: list the weights among the graph's inputs, as older exporters do.
    """
    width, height = size if size is not None else ("width", "height")
    shape = [batch, channels, height, width] if layout == "nchw" else [batch, height, width, channels]
    weights, biases = weights_of(classes)
    if channels != 3:
        weights = np.ones((classes, channels), np.float32)
    real = helper.tensor_dtype_to_np_dtype(dtype)
    constants = [
        numpy_helper.from_array(weights[:, :, None, None].astype(real), "kernel"),
        numpy_helper.from_array(biases.astype(real), "bias"),
        numpy_helper.from_array(np.zeros(7, np.float32), "left_over"),
    ]
    nodes: list[onnx.NodeProto] = []
    last = INPUT

    def step(operator: str, *more: str, **attributes: object) -> str:
        name = f"t{len(nodes)}"
        nodes.append(helper.make_node(operator, [last, *more], [name], **attributes))
        return name

    for index, (operator, constant) in enumerate(before):
        value = np.array(constant, real)
        if value.ndim == 1:
            value = value.reshape((1, 3, 1, 1) if layout == "nchw" else (1, 1, 1, 3))
        constants.append(numpy_helper.from_array(value, f"constant{index}"))
        last = step(operator, f"constant{index}")
    if layout == "nhwc":
        last = step("Transpose", perm=[0, 3, 1, 2])
    last = step("Conv", "kernel", "bias", kernel_shape=[1, 1], strides=[stride, stride])
    out_layout = output_layout or layout
    axis = 1
    if out_layout == "nhwc":
        last = step("Transpose", perm=[0, 2, 3, 1])
        axis = 3
    kind = dtype
    if output == "softmax":
        last = step("Softmax", axis=axis)
    elif output == "sigmoid":
        last = step("Sigmoid")
    elif output == "classes":
        last = step("ArgMax", axis=axis, keepdims=1)
        kind = ids
        if ids != TensorProto.INT64:
            last = step("Cast", to=ids)
    spare = [0] if output_rank == 3 else [0, axis]
    if output_rank < 4:
        constants.append(numpy_helper.from_array(np.array(spare, np.int64), "spare"))
        last = step("Squeeze", "spare")
    nodes.append(helper.make_node("Identity", [last], [OUTPUT]))
    inputs = [helper.make_tensor_value_info(INPUT, dtype, shape)]
    if weights_as_inputs:
        inputs += [helper.make_tensor_value_info(c.name, c.data_type, c.dims) for c in constants]
    graph = helper.make_graph(
        nodes,
        "foreign",
        inputs,
        [helper.make_tensor_value_info(OUTPUT, kind, [None] * output_rank)],
        constants,
        doc_string="/home/someone/export.py",
    )
    ir_version = 3 if weights_as_inputs else 8
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    helper.set_model_props(model, dict(metadata or {}))
    return model


def logits_of(values: NDArray[np.float32], classes: int) -> NDArray[np.float32]:
    """What the network's convolution gives: float32 (classes, h, w) of its input `values` (h, w, 3)."""
    weights, biases = weights_of(classes)
    return np.moveaxis(values @ weights.T + biases, -1, 0).astype(np.float32)
