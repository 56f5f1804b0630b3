"""Networks with a memory, as RobustVideoMatting has it: states in and out, and a ratio that they shrink a frame by.

    inputs: the picture, `r1i` … `r4i`, `downsample_ratio` (optional) · outputs: `pha`, `r1o` … `r4o`, others

In the inference graph the states stand under the same names, beside `frame` and what the task gives. The ratio is made
within the graph.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.models.card import Recurrence

RATIO = "downsample_ratio"
LONG_SIDE = 512
"""Pixels that a frame's longer side is shrunk to, at most, where nobody states a ratio: the rule of its authors."""


def output_of(state: str) -> str:
    """The output that holds what the input `state` takes with the next frame: `r1o` of `r1i`."""
    return f"{state[:-1]}o"


def picture_of(graph: onnx.GraphProto, recurrence: Recurrence | None) -> onnx.ValueInfoProto:
    """The input that is the picture, of a network without weights among its inputs."""
    others = () if recurrence is None else (RATIO, *recurrence.states)
    return next(value for value in graph.input if value.name not in others)


def fed_nodes(
    core: onnx.GraphProto, recurrence: Recurrence, prefix: str
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes, and their constants, between our inputs and the network `core`, whose names stand under `prefix`.

    They need `size`, int64 (2,): the height and width that the network takes.
    """
    nodes = [helper.make_node("Identity", [state], [prefix + state]) for state in recurrence.states]
    ratio = recurrence.downsample_ratio
    if ratio is None:
        return nodes, []
    kind = next(value for value in core.input if value.name == RATIO).type.tensor_type
    shape = [1] * len(kind.shape.dim)  # a number alone, or one in brackets
    numbers = {"stated_ratio": ratio} if ratio != "auto" else {"most_pixels": LONG_SIDE, "whole_size": 1}
    constants = [numpy_helper.from_array(np.full(shape, value, np.float32), name) for name, value in numbers.items()]
    made = "stated_ratio"
    if ratio == "auto":
        made = "ratio"
        nodes += [
            helper.make_node("ReduceMax", ["size"], ["longer_side"], keepdims=min(1, len(shape))),
            helper.make_node("Cast", ["longer_side"], ["longer_pixels"], to=TensorProto.FLOAT),
            helper.make_node("Div", ["most_pixels", "longer_pixels"], ["ratio_of_size"]),
            helper.make_node("Min", ["ratio_of_size", "whole_size"], [made]),
        ]
    nodes.append(helper.make_node("Cast", [made], [prefix + RATIO], to=kind.elem_type))
    return nodes, constants


def join_states(graph: onnx.GraphProto, core: onnx.GraphProto, recurrence: Recurrence, prefix: str) -> None:
    """Add the states to the inputs and outputs of `graph`, in which `core` stands under `prefix`."""
    sides = [{value.name: value.type.tensor_type for value in side} for side in (core.input, core.output)]
    for state in recurrence.states:
        taken, made = sides[0][state], sides[1][output_of(state)]
        # Symbols of other people's exporters promise what need not hold from the second frame on.
        known = [side.dim_value if side.HasField("dim_value") else None for side in taken.shape.dim]
        graph.input.append(helper.make_tensor_value_info(state, taken.elem_type, known))
        graph.node.append(helper.make_node("Identity", [prefix + output_of(state)], [output_of(state)]))
        free = [None] * len(known)
        graph.output.append(helper.make_tensor_value_info(output_of(state), made.elem_type, free))
