"""Third-party networks put into a form that can be wrapped, with the same results as before."""

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import defs, helper, inliner, version_converter

from engine.errors import ModelError
from engine.importing.adapt import is_grey, take_colour, unfold_rows
from engine.importing.recurrent import recurrence_of
from engine.importing.trial import NetworkInput, Trial, read_input
from engine.models.card import Recurrence
from engine.models.wrap import MIN_OPSET, default_opset

_OWN_DOMAINS = ("", "ai.onnx")
_DOMAINS = (*_OWN_DOMAINS, "ai.onnx.ml", "com.microsoft")
_IR_VERSION = 8
"""Older files must list their weights among the inputs, this one need not; every onnxruntime we run with reads it."""


def clean(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` without what running it does not need; what it computes stays the same.

    Weights are taken out of the graph's inputs, local functions are written out in place, nodes and weights that no
    output needs, doc strings and notes of the exporter are dropped, IR version and opset are raised where our
    wrapping needs it. A raised opset is proved by running both: the network is run here. The file's own metadata
    stays, since `plan` learns from it. Raises ModelError for operators that nobody knows, for a network without one
    picture as its input, and for an old opset that cannot be raised. Other forms are brought to one that is read, as
    `adapt` has it.
    """
    _refuse_unknown_operators(model)
    recurrence = recurrence_of(model.graph)
    entry = read_input(model, recurrence)
    cleaned = inliner.inline_local_functions(model) if model.functions else onnx.ModelProto()
    if not model.functions:
        cleaned.CopyFrom(model)
    weights = set(_weight_names(cleaned.graph))
    inputs = [value for value in cleaned.graph.input if value.name not in weights]
    del cleaned.graph.input[:]
    cleaned.graph.input.extend(inputs)
    prune(cleaned.graph)
    _free_sides(cleaned.graph)
    for described in (cleaned, cleaned.graph, *_nodes(cleaned.graph)):
        described.ClearField("doc_string")
    for node in _nodes(cleaned.graph):
        node.ClearField("metadata_props")
    cleaned.ir_version = max(cleaned.ir_version, _IR_VERSION)
    if default_opset(cleaned) < MIN_OPSET:
        cleaned = _raised(cleaned, entry, recurrence)
    if recurrence is None:
        unfold_rows(cleaned, entry)
        if is_grey(entry):
            take_colour(cleaned.graph, entry, default_opset(cleaned))
    return cleaned


def _free_sides(graph: onnx.GraphProto) -> None:
    """Write sides of any length as names where they are written as -1 or 0."""
    for value in (*graph.input, *graph.output):
        for place, side in enumerate(value.type.tensor_type.shape.dim):
            if side.HasField("dim_value") and side.dim_value <= 0:
                side.dim_param = f"{value.name}_{place}"


def prune(graph: onnx.GraphProto) -> None:
    """Drop the nodes and weights of `graph` that none of its outputs needs, and notes about tensors' shapes."""
    made_by = {name: index for index, node in enumerate(graph.node) for name in node.output}
    needed: set[str] = set()
    kept: set[int] = set()
    waiting = [output.name for output in graph.output]
    while waiting:
        name = waiting.pop()
        needed.add(name)
        index = made_by.get(name)
        if index is not None and index not in kept:
            kept.add(index)
            waiting += _reads(graph.node[index])
    for index in reversed(range(len(graph.node))):
        if index not in kept:
            del graph.node[index]
    for index in reversed(range(len(graph.initializer))):
        if graph.initializer[index].name not in needed:
            del graph.initializer[index]
    for index in reversed(range(len(graph.sparse_initializer))):
        if graph.sparse_initializer[index].values.name not in needed:
            del graph.sparse_initializer[index]
    graph.ClearField("value_info")


def _raised(model: onnx.ModelProto, entry: NetworkInput, recurrence: Recurrence | None) -> onnx.ModelProto:
    """`model` in the least opset that we can wrap, proved to give what it gave before."""
    old = default_opset(model)
    remedy = "export it again with opset 13 or later"
    try:
        raised = version_converter.convert_version(model, MIN_OPSET)
    except Exception as error:
        # The converter raises RuntimeError and types of its own that onnx does not publish.
        raise ModelError(f"the model's opset {old} cannot be raised to {MIN_OPSET}: {error}; {remedy}") from error
    for node in _nodes(raised.graph):
        if node.op_type == "Resize":
            # Before opset 11 pixels were laid out this way; the converter leaves later opsets' defaults in place.
            node.attribute.append(helper.make_attribute("coordinate_transformation_mode", "asymmetric"))
            node.attribute.append(helper.make_attribute("nearest_mode", "floor"))
    sides = [side or 256 for side in entry.shape]
    values = np.random.default_rng(0).random([1, *sides[1:]])
    before, after = (Trial(each, recurrence=recurrence).run(values) for each in (model, raised))
    for name, was in before.items():
        if not np.allclose(was.astype(np.float64), after[name].astype(np.float64), rtol=1e-3, atol=1e-4):
            raise ModelError(f"the model's opset {old} cannot be raised to {MIN_OPSET}: {name!r} changes; {remedy}")
    raised.graph.ClearField("value_info")
    return raised


def _refuse_unknown_operators(model: onnx.ModelProto) -> None:
    functions = {(function.domain, function.name) for function in model.functions}
    bodies = (node for function in model.functions for node in function.node)
    for node in (*_nodes(model.graph), *bodies):
        if (node.domain, node.op_type) in functions:
            continue
        if node.domain not in _DOMAINS:
            raise ModelError(
                f"the model needs the operator {node.op_type!r} of the domain {node.domain!r}, which onnxruntime does "
                f"not have; export it with onnx's own operators only"
            )
        if node.domain in _OWN_DOMAINS and not defs.has(node.op_type):
            raise ModelError(
                f"the model needs the operator {node.op_type!r}, which onnx {onnx.__version__} does not know; "
                "export it for an older opset, or update onnx"
            )


def _weight_names(graph: onnx.GraphProto) -> Iterator[str]:
    yield from (tensor.name for tensor in graph.initializer)
    yield from (tensor.values.name for tensor in graph.sparse_initializer)


def _inner_graphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Every node of `graph` and of the graphs within its nodes."""
    for node in graph.node:
        yield node
        for inner in _inner_graphs(node):
            yield from _nodes(inner)


def _reads(node: onnx.NodeProto) -> Iterator[str]:
    """Names that `node` may read, those read within its inner graphs included."""
    yield from (name for name in node.input if name)
    for inner in _inner_graphs(node):
        yield from (output.name for output in inner.output)
        for deeper in inner.node:
            yield from _reads(deeper)
