"""Wrap a network into the inference graph of the contract: bytes in, class ids out.

    frame uint8 (1, H, W, 3) RGB
      → resized to the network's input size (linear; a no-op when it has that size already)
      → in the network's layout and order of channels, (pixel − mean) / std × scale
      → the network → scores float32 (1, C, h', w'): its logits, or what takes their place
      → resized to the network's input size (linear) → argmax → classes uint8 (1, h, w)

A network that gives class ids has no scores; its ids are resized (nearest). One that gives a matte has none either:

      … → the network → resized to its input size (linear) → sigmoid, where it gives logits
        → alpha float32 (1, h, w), 0..1 → alpha ≥ 0.5 → classes uint8 (1, h, w)

Nothing but bytes crosses to the device and back, but for alpha, and `scores` where they are asked for. Only operators
and forms that opset 11 already has are used.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.models.card import InputPolicy, Normalisation, Recurrence
from engine.models.classes import VOID
from engine.models.recurrence import fed_nodes, join_states, picture_of
from engine.tasks import TaskName
from engine.tasks.matting import HALF

FRAME, CLASSES, SCORES, ALPHA = "frame", "classes", "scores", "alpha"

MIN_OPSET = 11
"""The oldest opset whose Resize takes bytes and a size."""

LEAST = 1e-6
"""Probabilities are kept this far from 0, and a sigmoid's from 1, so that their logarithms are finite."""

_NETWORK = "net/"

Layout = Literal["nchw", "nhwc"]
Channels = Literal["rgb", "bgr"]
Output = Literal["logits", "softmax", "sigmoid", "classes"]
Axes = Literal["nchw", "nhwc", "chw", "hwc", "nhw", "hw"]


@dataclass(frozen=True, slots=True)
class NetworkForm:
    """What a network takes and gives; the defaults are those of our own.

    layout, channels: order of its input's axes and colours.
    output: what its output holds: logits or softmax probabilities by class, one sigmoid channel, class ids, or one
        channel of alpha 0..1. sigmoid: that channel holds logits, whose sigmoid is alpha; or, where there are two, for
        background and person, their softmax is.
    axes: the output's axes in their order. one_channel: the output's class axis has length 1, or it has none.
    output_name: which of its outputs; None for the first. recurrence: of one with a memory, see there.
    """

    layout: Layout = "nchw"
    channels: Channels = "rgb"
    output: Output | Literal["alpha"] = "logits"
    axes: Axes = "nchw"
    one_channel: bool = False
    output_name: str | None = None
    sigmoid: bool = False
    recurrence: Recurrence | None = None


OUR_FORMS: dict[TaskName, NetworkForm] = {
    "semantic": NetworkForm(),
    "matting": NetworkForm(output="alpha", sigmoid=True),
}
"""What the networks give that are trained here, by task."""


def wrap(
    core: onnx.ModelProto,
    *,
    classes: int,
    policy: InputPolicy,
    normalisation: Normalisation,
    form: NetworkForm = OUR_FORMS["semantic"],
) -> onnx.ModelProto:
    """Return the inference graph around `core`, which stays as it is.

    core: a network of opset 11 or later with one picture of three channels, uint8 or float of any width, and no weights
    among its inputs. classes: C of the scores, 2 for one channel; ids outside 0..C−1 of a network that gives ids
    become void. Raises onnx's checker errors for a network that is not valid, ValueError for an output it has not.
    """
    opset = default_opset(core)
    entry = picture_of(core.graph, form.recurrence)
    names = [out.name for out in core.graph.output]
    exit_ = core.graph.output[0 if form.output_name is None else names.index(form.output_name)]
    build = _Builder(nothing="" if opset >= 13 else "nothing")
    build.before(policy, normalisation, form, entry.type.tensor_type.elem_type, _NETWORK + entry.name)
    graph = onnx.GraphProto(name="steadymask", node=build.nodes, initializer=build.constants)
    if form.recurrence is not None:
        nodes, constants = fed_nodes(core.graph, form.recurrence, _NETWORK)
        graph.node.extend(nodes)
        graph.initializer.extend(constants)
    _adopt(graph, core.graph)
    build = _Builder(nothing=build.nothing)
    build.after(classes, form, exit_.type.tensor_type.elem_type, _NETWORK + exit_.name)
    graph.node.extend(build.nodes)
    graph.initializer.extend(build.constants)
    graph.input.append(helper.make_tensor_value_info(FRAME, TensorProto.UINT8, [1, "H", "W", 3]))
    graph.output.append(helper.make_tensor_value_info(CLASSES, TensorProto.UINT8, [1, "h", "w"]))
    if form.output == "alpha":
        graph.output.append(helper.make_tensor_value_info(ALPHA, TensorProto.FLOAT, [1, "h", "w"]))
    elif form.output != "classes":
        graph.output.append(helper.make_tensor_value_info(SCORES, TensorProto.FLOAT, [1, classes, "sh", "sw"]))
    if form.recurrence is not None:
        join_states(graph, core.graph, form.recurrence, _NETWORK)
    model = onnx.ModelProto(
        ir_version=core.ir_version, opset_import=core.opset_import, producer_name="steadymask", functions=core.functions
    )
    model.graph.CopyFrom(graph)
    onnx.checker.check_model(model, full_check=True)
    return model


def default_opset(model: onnx.ModelProto) -> int:
    """The version of onnx's own operators that `model` is written in; 1 where it does not say."""
    return max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=1)


class _Builder:
    """Nodes in the order in which they run, and their constants. `nothing`: name for Resize's unused inputs."""

    def __init__(self, nothing: str) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.nothing = nothing

    def node(self, operator: str, inputs: Iterable[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: object, dtype: type[np.generic] = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def resize(self, source: str, shape: str, output: str, mode: str) -> str:
        return self.node("Resize", [source, self.nothing, self.nothing, shape], output, mode=mode)

    def before(
        self, policy: InputPolicy, normalisation: Normalisation, form: NetworkForm, dtype: int, target: str
    ) -> None:
        """From `frame` to the network's input `target` of type `dtype`. Leaves `one` (1,) and `size` (2,) behind."""
        if self.nothing:
            self.constant(self.nothing, [])
        self.constant("one", [1], np.int64)
        self._size(policy)
        self.node("Concat", ["one", "size", self.constant("three", [3], np.int64)], "resized_shape", axis=0)
        last = self.resize(FRAME, "resized_shape", "resized", "linear")
        axis = 3
        if form.layout == "nchw":
            last, axis = self.node("Transpose", [last], "planes", perm=[0, 3, 1, 2]), 1
        if form.channels == "bgr":
            last = self.node("Gather", [last, self.constant("bgr", [2, 1, 0], np.int64)], "reordered", axis=axis)
        last = self.node("Cast", [last], "pixels", to=TensorProto.FLOAT)
        shape = (1, 3, 1, 1) if form.layout == "nchw" else (1, 1, 1, 3)
        mean = np.reshape(np.array(normalisation.mean, np.float32), shape)
        factor = np.reshape(normalisation.scale / np.array(normalisation.std, np.float32), shape)
        last = self.node("Sub", [last, self.constant("mean", mean)], "centred")
        as_float = target if dtype == TensorProto.FLOAT else "normalised"
        last = self.node("Mul", [last, self.constant("scale_by_std", factor)], as_float)
        if dtype != TensorProto.FLOAT:
            self.node("Cast", [last], target, to=dtype)

    def _size(self, policy: InputPolicy) -> None:
        """`size`: int64 (2,), the network's height and width."""
        if policy.fixed is not None:
            self.constant("size", policy.fixed[::-1], np.int64)
            return
        # The arithmetic of InputPolicy.size_for, in doubles as there, on [H, W].
        multiple = self.constant("multiple", [policy.multiple], np.float64)
        sides = self.node("Shape", [FRAME], "shape")
        sides = self.node("Gather", [sides, self.constant("height_width", [1, 2], np.int64)], "sides_int", axis=0)
        sides = self.node("Cast", [sides], "sides", to=TensorProto.DOUBLE)
        height = self.node("Gather", [sides, self.constant("first", [0], np.int64)], "height", axis=0)
        width = self.node("Gather", [sides, "one"], "width", axis=0)
        shorter = self.node("Min", [height, width], "shorter")
        short_side = self.constant("short_side", [policy.short_side], np.float64)
        factor = self.node("Div", [short_side, shorter], "factor")
        blocks = self.node("Div", [self.node("Mul", [sides, factor], "scaled"), multiple], "blocks")
        up = self.node("Add", [blocks, self.constant("half", [0.5], np.float64)], "blocks_up")
        whole = self.node("Floor", [up], "whole_blocks")
        some = self.node("Max", [whole, self.constant("unit", [1.0], np.float64)], "some_blocks")
        self.node("Cast", [self.node("Mul", [some, multiple], "size_double")], "size", to=TensorProto.INT64)

    def after(self, classes: int, form: NetworkForm, dtype: int, source: str) -> None:
        """From the network's output `source` of type `dtype` to `scores` and `classes`."""
        if dtype != TensorProto.FLOAT:
            source = self.node("Cast", [source], "as_float", to=TensorProto.FLOAT)
        if len(form.axes) < 4:
            whole = [self.node("Shape", [source], "given_shape")]
            whole = (["one"] if "n" not in form.axes else []) + whole + (["one"] if "c" not in form.axes else [])
            source = self.node(
                "Reshape", [source, self.node("Concat", whole, "whole_shape", axis=0)], "with_batch_and_channels"
            )
        channels_first = form.axes in ("nchw", "chw")
        if form.output in ("classes", "alpha"):
            if not channels_first:
                source = self.node("Transpose", [source], "channel_first", perm=[0, 3, 1, 2])
            if form.output == "alpha":
                self._alpha(source, form)
            else:
                self._ids(source, classes)
            return
        logits = self._logits(source, form, axis=1 if channels_first else 3)
        # Class ids come out with channels last: faster.
        if channels_first:
            first, last = logits, self.node("Transpose", [logits], "logits_last", perm=[0, 2, 3, 1])
        else:
            first, last = self.node("Transpose", [logits], "logits_first", perm=[0, 3, 1, 2]), logits
        self.node("Identity", [first], SCORES)
        shape = self.node("Shape", [last], "logits_shape")
        channels = self.node("Gather", [shape, self.constant("last_axis", [3], np.int64)], "classes_count", axis=0)
        shape = self.node("Concat", ["one", "size", channels], "full_shape", axis=0)
        full = self.resize(last, shape, "logits_full", "linear")
        ids = self.node("ArgMax", [full], "ids", axis=3, keepdims=0)
        self.node("Cast", [ids], CLASSES, to=TensorProto.UINT8)

    def _logits(self, values: str, form: NetworkForm, axis: int) -> str:
        """What takes the place of logits, one channel per class: see NetworkForm.output."""
        if form.output == "logits" and not form.one_channel:
            return values
        if form.output == "logits":
            shape = self.node("Shape", [values], "one_channel_shape")
            none = self.node("ConstantOfShape", [shape], "background")  # float zeros
            return self.node("Concat", [none, values], "two_logits", axis=axis)
        least, most = self.constant("least", LEAST), self.constant("most", 1 - LEAST if form.one_channel else 1.0)
        share = self.node("Clip", [values, least, most], "shares")
        if form.one_channel:
            rest = self.node("Sub", [self.constant("whole", 1.0), share], "background")
            share = self.node("Concat", [rest, share], "two_shares", axis=axis)
        return self.node("Log", [share], "log_shares")

    def _alpha(self, values: str, form: NetworkForm) -> None:
        """`alpha` and `classes` from values float32 (1, 1, h', w'), or (1, 2, h', w') of two logits."""
        if form.sigmoid and not form.one_channel:
            both = [
                self.node("Gather", [values, self.constant(f"channel_{number}", [number], np.int64)], name, axis=1)
                for number, name in enumerate(("background", "person"))
            ]
            values = self.node("Sub", both[::-1], "odds")
        shape = self.node("Concat", ["one", "one", "size"], "full_shape", axis=0)
        full = self.resize(values, shape, "alpha_full", "linear")
        if form.sigmoid:
            full = self.node("Sigmoid", [full], "alpha_share")
        else:
            full = self.node("Clip", [full, self.constant("none", 0.0), self.constant("all", 1.0)], "alpha_share")
        alpha = self.node("Reshape", [full, self.node("Concat", ["one", "size"], "alpha_shape", axis=0)], ALPHA)
        below = self.node("Less", [alpha, self.constant("half_alpha", HALF)], "below_half")
        self.node("Cast", [self.node("Not", [below], "half_or_more")], CLASSES, to=TensorProto.UINT8)

    def _ids(self, ids: str, classes: int) -> None:
        """`classes` from ids float32 (1, 1, h, w)."""
        rounded = self.node("Round", [ids], "ids")
        below = self.node("Less", [rounded, self.constant("no_class_below", -0.5)], "below")
        above = self.node("Less", [self.constant("last_class", classes - 0.5), rounded], "above")
        outside = self.node("Or", [below, above], "outside")
        known = self.node("Where", [outside, self.constant("void", float(VOID)), rounded], "ids_or_void")
        small = self.node("Cast", [known], "ids_byte", to=TensorProto.UINT8)
        shape = self.node("Concat", ["one", "one", "size"], "full_shape", axis=0)
        full = self.resize(small, shape, "ids_full", "nearest")
        self.node("Reshape", [full, self.node("Concat", ["one", "size"], "classes_shape", axis=0)], CLASSES)


def _adopt(graph: onnx.GraphProto, network: onnx.GraphProto) -> None:
    """Append copies of `network`'s nodes and weights to `graph`, every name under `net/`.

    onnx.compose.add_prefix would do, but loses the weights that a subgraph takes from the graph around it.
    """
    first = len(graph.node)
    graph.node.extend(network.node)
    for node in graph.node[first:]:
        _prefix(node)
    for tensor in network.initializer:
        graph.initializer.add().CopyFrom(tensor)
        graph.initializer[-1].name = _NETWORK + tensor.name
    for sparse in network.sparse_initializer:
        graph.sparse_initializer.add().CopyFrom(sparse)
        graph.sparse_initializer[-1].values.name = _NETWORK + sparse.values.name


def _prefix(node: onnx.NodeProto) -> None:
    # Exporters note where on their machine each node came from.
    node.ClearField("metadata_props")
    node.ClearField("doc_string")
    node.name = node.name and _NETWORK + node.name
    node.input[:] = [name and _NETWORK + name for name in node.input]
    node.output[:] = [name and _NETWORK + name for name in node.output]
    for attribute in node.attribute:
        for graph in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
            for inner in graph.node:
                _prefix(inner)
            for named in (*graph.input, *graph.output, *graph.initializer):
                named.name = _NETWORK + named.name
            for sparse in graph.sparse_initializer:
                sparse.values.name = _NETWORK + sparse.values.name
            graph.ClearField("value_info")
