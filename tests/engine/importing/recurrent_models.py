"""A tiny network with a memory, in the form of RobustVideoMatting, and plain numpy that computes what it must give.

pha = half the sigmoid of this frame + half of the pha before · r1o = pha · r2o = what the ratio is
"""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tests.engine.importing.foreign_models import logits_of, weights_of

Sides = Sequence[int | str]


def recurrent(
    *,
    state: Sides = ("b", "c", "h", "w"),
    size: tuple[int, int] | None = None,
    ratio_shape: Sequence[int] | None = (1,),
    dtype: int = TensorProto.FLOAT,
    left_out: Sequence[str] = (),
    opset: int = 12,
) -> onnx.ModelProto:
    """state: the declared shape of `r1i`. size: (width, height) that alone it takes. ratio_shape: of
    `downsample_ratio`, None for a network without it. left_out: outputs that it has not.
    """
    real = helper.tensor_dtype_to_np_dtype(dtype)
    weights, biases = weights_of(1)
    constants = {
        "kernel": weights[:, :, None, None].astype(real),
        "bias": biases.astype(real),
        "half": np.array(0.5, real),
        "none": np.array(0, real),
        "one_each": np.array([1, 1, 1, 1], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["src", "kernel", "bias"], ["logit"], kernel_shape=[1, 1]),
        helper.make_node("Sigmoid", ["logit"], ["now"]),
        helper.make_node("Add", ["now", "r1i"], ["both"]),
        helper.make_node("Mul", ["both", "half"], ["pha"]),
        helper.make_node("Identity", ["pha"], ["r1o"]),
        helper.make_node("Identity", ["src"], ["fgr"]),
        helper.make_node("Mul", ["r2i", "none"], ["nothing"]),
    ]
    told = "bias"
    width, height = size or ("width", "height")
    inputs = [helper.make_tensor_value_info("src", dtype, ["batch", 3, height, width])]
    inputs += [helper.make_tensor_value_info("r1i", dtype, list(state))]
    inputs += [helper.make_tensor_value_info("r2i", dtype, ["b2", "c2", "h2", "w2"])]
    if ratio_shape is not None:
        inputs.append(helper.make_tensor_value_info("downsample_ratio", TensorProto.FLOAT, list(ratio_shape)))
        told = "ratio"
        nodes.append(helper.make_node("Cast", ["downsample_ratio"], [told], to=dtype))
    nodes.append(helper.make_node("Reshape", [told, "one_each"], ["ratio_4d"]))
    nodes.append(helper.make_node("Add", ["nothing", "ratio_4d"], ["r2o"]))
    outputs = [name for name in ("fgr", "pha", "r1o", "r2o") if name not in left_out]
    graph = helper.make_graph(
        nodes,
        "recurrent",
        inputs,
        [helper.make_tensor_value_info(name, dtype, [None] * 4) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def alphas_of(frames: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    """What it must give of frames, uint8 (h, w, 3), at their own size, one after another from the first one on."""
    made: list[NDArray[np.float32]] = []
    for frame in frames:
        now = 1 / (1 + np.exp(-logits_of(frame / 255, 1)[0].astype(np.float32)))
        made.append((now + (made[-1] if made else 0)) / 2)
    return made
