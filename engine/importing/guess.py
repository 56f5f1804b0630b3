"""What a third-party network's graph and metadata tell of its input and its outputs.

Every guess comes with the reason for it, one short sentence to show.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx

from engine.errors import ModelError
from engine.importing.normalisation import IMAGENET_MEAN, Triple
from engine.importing.trial import NetworkInput
from engine.models.wrap import Channels, Layout

_MOVES = {
    *("Resize", "Upsample", "Transpose", "Cast", "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten"),
    *("Slice", "Gather", "Split", "Pad", "Clip"),
}
"""Operators that move values or leave some out, and leave what they mean as it is."""
_COMPARES = {"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Not", "And", "Or", "Round"}
_ORDERS = ("channels", "channel_order", "color_format", "color", "color_space", "input_format")
_CHANNELS: dict[str, Channels] = {"bgr": "bgr", "rgb": "rgb"}


@dataclass(frozen=True, slots=True)
class Maker:
    """What made an output, moves left out. operator: None for something that tells nothing.

    ids_of: the tensor and the axis that class ids were taken along, where they were.
    """

    operator: str | None = None
    ids_of: tuple[str, int] | None = None


def maker_of(graph: onnx.GraphProto, output: str) -> Maker:
    """Follow `output` back through moves to the operator that gave its values their meaning."""
    made_by = {name: node for node in graph.node for name in node.output}
    name = output
    for _ in range(len(graph.node)):
        node = made_by.get(name)
        if node is None:
            break
        if node.op_type == "ArgMax":
            axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
            return Maker("ArgMax", (node.input[0], axis))
        if node.op_type not in _MOVES or not node.input:
            return Maker("Compare" if node.op_type in _COMPARES else node.op_type)
        name = node.input[0]
    return Maker()


def layout_of(graph: onnx.GraphProto, entry: NetworkInput, stated: Layout | None) -> tuple[Layout, str]:
    """Return the order of the input's axes and why.

    Raises ModelError where its shape does not allow what is stated, allows none, or both and nothing else tells.
    """
    first, last = entry.shape[1], entry.shape[3]
    sides: dict[Layout, int | None] = {"nchw": first, "nhwc": last}
    possible = [layout for layout, side in sides.items() if side in (None, 3)]
    if not possible:
        raise ModelError(
            f"the model's input is {entry.shown()}, without an axis of 3 channels where one can stand; "
            "only networks for colour pictures can be imported"
        )
    if stated is not None:
        if stated not in possible:
            raise ModelError(f"the model's input is {entry.shown()}, not {stated}; give --layout {possible[0]}")
        return stated, "stated"
    certain = [layout for layout in possible if sides[layout] == 3] or possible
    if len(certain) == 1:
        layout = certain[0]
        return layout, f"the input is {entry.shown()}, its channels are {'second' if layout == 'nchw' else 'last'}"
    for node in graph.node:
        if node.input and node.input[0] == entry.name:
            if node.op_type == "Conv":
                return "nchw", "the input goes straight into a convolution, which takes channels second"
            perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), None)
            if perm == [0, 3, 1, 2]:
                return "nhwc", "the network begins by moving the last axis to the second place"
    raise ModelError(f"the model's input is {entry.shown()}, which could be either layout; give --layout nchw or nhwc")


def channels_of_input(
    entry: NetworkInput, metadata: Mapping[str, str], mean: Triple | None, stated: Channels | None
) -> tuple[Channels, str]:
    """Return the order of colours and why. mean: what is taken from pixels 0..255, where anything tells."""
    if stated is not None:
        return stated, "stated"
    for key, text in metadata.items():
        if key.lower() in _ORDERS and text.strip().lower() in _CHANNELS:
            return _CHANNELS[text.strip().lower()], f"the file's metadata says so ({key})"
    for order, channels in _CHANNELS.items():
        if order in entry.name.lower():
            return channels, f"the input is called {entry.name!r}"
    if mean is not None and np.allclose(mean, IMAGENET_MEAN[::-1], atol=1.5):
        return "bgr", "the mean is ImageNet's with blue first"
    return "rgb", "most networks take red first; nothing in the file says otherwise"
