"""Whether a third-party network is one with a memory, in the form of `engine.models.recurrence`."""

import re

import onnx
from onnx import TensorProto

from engine.errors import ModelError
from engine.models.card import Recurrence
from engine.models.recurrence import LONG_SIDE, RATIO, output_of

ALPHA = "pha"
_STATE = re.compile(r"r\d+i")
_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)


def recurrence_of(graph: onnx.GraphProto, ratio: float | None = None) -> Recurrence | None:
    """How the network goes on from frame to frame; None for one that does not.

    ratio: the stated one. Raises ModelError for states that nothing gives, for a network with states that gives no
    `pha`, and for a ratio that is stated of a network that takes none.
    """
    inputs, outputs = {value.name: value for value in graph.input}, {value.name for value in graph.output}
    states = tuple(name for name in inputs if _STATE.fullmatch(name))
    takes_ratio = bool(states) and RATIO in inputs
    if ratio is not None and not takes_ratio:
        raise ModelError(f"the model has no input {RATIO!r}; leave out --downsample-ratio")
    if not states:
        return None
    missing = [name for name in (ALPHA, *map(output_of, states)) if name not in outputs]
    if missing:
        raise ModelError(
            f"the model takes states from frame to frame ({', '.join(states)[:200]}), but gives no {missing[0]!r}; "
            f"export it with the outputs {', '.join((ALPHA, *map(output_of, states)))[:200]}"
        )
    for name in states:
        kind = inputs[name].type.tensor_type
        if kind.elem_type not in _FLOATS or not kind.HasField("shape"):
            raise ModelError(f"the model's state {name!r} has no shape, or holds no floats; export it with both")
    return Recurrence(states=states, downsample_ratio=(ratio or "auto") if takes_ratio else None)


def told(recurrence: Recurrence, stated: float | None) -> dict[str, str]:
    """Why its fields are what they are, one sentence each. stated: the ratio, where it was."""
    notes = {
        "output": f"alpha, by its name {ALPHA!r}",
        "memory": "a method with a memory: its states go on from frame to frame, and begin anew at seeks and cuts",
    }
    if recurrence.downsample_ratio is not None:
        rule = f"the longer side shrunk to {LONG_SIDE} at most, as its authors do"
        notes["downsample_ratio"] = rule if stated is None else "stated"
    return notes
