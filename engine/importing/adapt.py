"""Networks of other forms, brought to one that is read: one grey channel in, pixels in one long row out."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.importing.trial import NetworkInput, SizeError, Trial

GREY = (0.299, 0.587, 0.114)
"""How much of red, green and blue a grey pixel is (ITU-R BT.601)."""

_WEIGHTS = "grey/weights"
_AXES_ARE_AN_INPUT = 13
"""The opset from which on ReduceSum takes them as one."""

_STRIDES = (1, 2, 4, 8, 16)
_TRIED = (352, 640)
"""(height, width) of a network that takes any size."""


def is_grey(entry: NetworkInput) -> bool:
    """Whether a network takes one channel."""
    return 1 in (entry.shape[1], entry.shape[3]) and 3 not in (entry.shape[1], entry.shape[3])


def is_made_grey(graph: onnx.GraphProto) -> bool:
    """Whether `take_colour` was here."""
    return any(tensor.name == _WEIGHTS for tensor in graph.initializer)


def take_colour(graph: onnx.GraphProto, entry: NetworkInput, opset: int) -> None:
    """Let a network of one grey channel take three, and make its own of them.

    Whatever is subtracted from and divided by alike in all three is so in their sum.
    """
    place = next(place for place, value in enumerate(graph.input) if value.name == entry.name)
    axis = 1 if entry.shape[1] == 1 else 3
    shape = [1, 1, 1, 1]
    shape[axis] = 3
    own, colour = f"{entry.name}/grey", graph.input[place]
    for node in graph.node:
        node.input[:] = [own if name == entry.name else name for name in node.input]
    graph.initializer.append(numpy_helper.from_array(np.reshape(np.array(GREY, np.float32), shape), _WEIGHTS))
    summed = helper.make_node("ReduceSum", ["grey/shares"], ["grey/sum"], axes=[axis], keepdims=1)
    if opset >= _AXES_ARE_AN_INPUT:
        graph.initializer.append(numpy_helper.from_array(np.array([axis], np.int64), "grey/axis"))
        summed = helper.make_node("ReduceSum", ["grey/shares", "grey/axis"], ["grey/sum"], keepdims=1)
    nodes = [
        helper.make_node("Cast", [entry.name], ["grey/colour"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["grey/colour", _WEIGHTS], ["grey/shares"]),
        summed,
        helper.make_node("Cast", ["grey/sum"], [own], to=entry.dtype),
    ]
    for number, node in enumerate(nodes):
        graph.node.insert(number, node)
    colour.type.tensor_type.shape.dim[axis].dim_value = 3


def unfold_rows(model: onnx.ModelProto, entry: NetworkInput) -> None:
    """Give outputs (1, height · width, C), as some Keras models have them, the form (1, height, width, C).

    Runs the network once where it has outputs of three axes. One that does not run stays as it is.
    """
    graph = model.graph
    if not any(len(value.type.tensor_type.shape.dim) == 3 for value in graph.output):
        return
    first = 2 if entry.shape[1] in (1, 3) else 1
    size = [entry.shape[first + place] or _TRIED[place] for place in (0, 1)]
    channels = 3 if 3 in (entry.shape[1], entry.shape[3]) else 1
    shape = (1, channels, *size) if first == 2 else (1, *size, channels)
    try:
        results = Trial(model).run(np.random.default_rng(0).random(shape))
    except SizeError:
        return
    for place, value in enumerate(graph.output):
        given = results[value.name].shape if value.name in results else ()
        stride = next((s for s in _STRIDES if len(given) == 3 and given[1] == (size[0] // s) * (size[1] // s)), None)
        if stride is None or given[2] == size[1]:
            continue
        _unfold(graph, entry.name, place, first, stride)


def _unfold(graph: onnx.GraphProto, picture: str, place: int, first: int, stride: int) -> None:
    old = graph.output[place].name
    new = f"{old}/map"
    constants = {"sides": np.arange(first, first + 2), "stride": np.array([stride]), "one": [1], "rest": [-1]}
    for name, value in constants.items():
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.int64), f"{new}/{name}"))
    graph.node.extend(
        [
            helper.make_node("Shape", [picture], [f"{new}/shape"]),
            helper.make_node("Gather", [f"{new}/shape", f"{new}/sides"], [f"{new}/input"], axis=0),
            helper.make_node("Div", [f"{new}/input", f"{new}/stride"], [f"{new}/own"]),
            helper.make_node("Concat", [f"{new}/one", f"{new}/own", f"{new}/rest"], [f"{new}/whole"], axis=0),
            helper.make_node("Reshape", [old, f"{new}/whole"], [new]),
        ]
    )
    kind = graph.output[place].type.tensor_type.elem_type
    graph.output[place].CopyFrom(helper.make_tensor_value_info(new, kind, [1, None, None, None]))
