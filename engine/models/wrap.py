"""Wrap a float network into the inference graph of the contract: bytes in, class ids out.

    frame uint8 (1, H, W, 3) RGB
      → resized to the network's input size (linear; a no-op when it has that size already)
      → float NCHW, (pixel − mean) / std
      → the network → scores float32 (1, C, h', w')
      → resized to the network's input size (linear) → argmax → classes uint8 (1, h, w)

Nothing but bytes crosses to the device and back, unless `scores` are asked for.
"""

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from engine.models.card import InputPolicy, Normalisation

FRAME, CLASSES, SCORES = "frame", "classes", "scores"


def wrap(core: onnx.ModelProto, *, classes: int, policy: InputPolicy, normalisation: Normalisation) -> onnx.ModelProto:
    """Return the inference graph around `core`: one float NCHW RGB input, first output logits (1, C, h', w')."""
    core = compose.add_prefix(core, "net/")
    graph = core.graph
    for node in graph.node:  # exporters note where on their machine each node came from
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    before, constants = _before(policy, normalisation, graph.input[0].name)
    after = _after(graph.output[0].name)
    wrapped = helper.make_graph(
        [*before, *graph.node, *after],
        "steadymask",
        [helper.make_tensor_value_info(FRAME, TensorProto.UINT8, [1, "H", "W", 3])],
        [
            helper.make_tensor_value_info(CLASSES, TensorProto.UINT8, [1, "h", "w"]),
            helper.make_tensor_value_info(SCORES, TensorProto.FLOAT, [1, classes, "sh", "sw"]),
        ],
        [*graph.initializer, *constants],
    )
    model = helper.make_model(wrapped, opset_imports=core.opset_import, ir_version=core.ir_version)
    model.producer_name = "steadymask"
    onnx.checker.check_model(model, full_check=True)
    return model


def _before(
    policy: InputPolicy, normalisation: Normalisation, target: str
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes from `frame` to the network's input `target`, and their constants."""
    constants = [
        _constant("mean", np.array(normalisation.mean, np.float32).reshape(1, 3, 1, 1)),
        _constant("inverse_std", (1 / np.array(normalisation.std, np.float32)).reshape(1, 3, 1, 1)),
        _constant("one", np.array([1], np.int64)),
        _constant("three", np.array([3], np.int64)),
    ]
    nodes: list[onnx.NodeProto] = []
    if policy.fixed is not None:
        width, height = policy.fixed
        constants.append(_constant("size", np.array([height, width], np.int64)))
    else:
        # The arithmetic of InputPolicy.size_for, in doubles as there, on [H, W].
        constants += [
            _constant("short_side", np.array([policy.short_side], np.float64)),
            _constant("multiple", np.array([policy.multiple], np.float64)),
            _constant("half", np.array([0.5], np.float64)),
            _constant("unit", np.array([1.0], np.float64)),
            _constant("axis", np.array([0], np.int64)),
        ]
        nodes = [
            helper.make_node("Shape", [FRAME], ["shape"], start=1, end=3),
            helper.make_node("Cast", ["shape"], ["sides"], to=TensorProto.DOUBLE),
            helper.make_node("ReduceMin", ["sides", "axis"], ["shorter"], keepdims=1),
            helper.make_node("Div", ["short_side", "shorter"], ["factor"]),
            helper.make_node("Mul", ["sides", "factor"], ["scaled"]),
            helper.make_node("Div", ["scaled", "multiple"], ["blocks"]),
            helper.make_node("Add", ["blocks", "half"], ["blocks_up"]),
            helper.make_node("Floor", ["blocks_up"], ["whole_blocks"]),
            helper.make_node("Max", ["whole_blocks", "unit"], ["some_blocks"]),
            helper.make_node("Mul", ["some_blocks", "multiple"], ["size_double"]),
            helper.make_node("Cast", ["size_double"], ["size"], to=TensorProto.INT64),
        ]
    nodes += [
        helper.make_node("Concat", ["one", "size", "three"], ["resized_shape"], axis=0),
        helper.make_node("Resize", [FRAME, "", "", "resized_shape"], ["resized"], mode="linear"),
        helper.make_node("Transpose", ["resized"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["pixels", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "inverse_std"], [target]),
    ]
    return nodes, constants


def _after(logits: str) -> list[onnx.NodeProto]:
    """Nodes from the network's logits to `scores` and `classes`. Class ids come out with channels last: faster."""
    return [
        helper.make_node("Identity", [logits], [SCORES]),
        helper.make_node("Shape", [logits], ["classes_count"], start=1, end=2),
        helper.make_node("Concat", ["one", "size", "classes_count"], ["full_shape"], axis=0),
        helper.make_node("Transpose", [logits], ["logits_last"], perm=[0, 2, 3, 1]),
        helper.make_node("Resize", ["logits_last", "", "", "full_shape"], ["logits_full"], mode="linear"),
        helper.make_node("ArgMax", ["logits_full"], ["ids"], axis=3, keepdims=0),
        helper.make_node("Cast", ["ids"], [CLASSES], to=TensorProto.UINT8),
    ]


def _constant(name: str, value: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(value, name)
