"""Work on inference graphs as `engine.models.wrap` makes them: which nodes are the network's, folding, cutting."""

import heapq
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

NETWORK = "net/"
"""How the wrapper calls all that is the network's own."""


def copy_of(model: ModelProto) -> ModelProto:
    """A copy to work on, without its card."""
    copied = ModelProto()
    copied.CopyFrom(model)
    copied.ClearField("metadata_props")
    return copied


def is_network(node: NodeProto) -> bool:
    """Whether a node is the network's, and not of the wrapper before or after it."""
    inside = [name.startswith(NETWORK) for name in node.input if name]
    return all(name.startswith(NETWORK) for name in node.output if name) and (not inside or any(inside))


def name_wrapper(graph: GraphProto) -> list[str]:
    """Give the wrapper's nodes names, as tools leave nodes out by their names. Returns them."""
    names = []
    for number, node in enumerate(graph.node):
        if not is_network(node):
            node.name = f"wrapper/{number}"
            names.append(node.name)
    return names


def fold_weights(graph: GraphProto) -> None:
    """Work out weights that are stored in half and widened, or scaled, by nodes in front of their use."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    left = []
    for node in graph.node:
        value = _folded(node, constants)
        if value is None:
            left.append(node)
        else:
            made = numpy_helper.from_array(value, node.output[0])
            graph.initializer.append(made)
            constants[made.name] = made
    if len(left) < len(graph.node):
        replace_nodes(graph, left)
        drop_unused(graph)


def _folded(node: NodeProto, constants: dict[str, TensorProto]) -> NDArray | None:
    """What a widening or scaling of constants gives; None for another node."""
    if not is_network(node) or not all(name in constants for name in node.input):
        return None
    values = [numpy_helper.to_array(constants[name]) for name in node.input]
    real = all(value.dtype in (np.float16, np.float32) for value in values)
    if node.op_type == "Cast" and real and node.attribute[0].i == TensorProto.FLOAT:
        return values[0].astype(np.float32)
    if node.op_type == "Mul" and real and values[0].ndim > 1:
        return np.asarray(values[0] * values[1])
    return None


def keep_only(graph: GraphProto, outputs: Iterable[str]) -> None:
    """Drop every node that none of `outputs` needs, and what only they use."""
    needed, kept = set(outputs), []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(taken_by(node))
    replace_nodes(graph, kept[::-1])
    drop_unused(graph)


def replace_nodes(graph: GraphProto, nodes: list[NodeProto]) -> None:
    """Let the graph have these nodes."""
    kept = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)


def in_order(nodes: Sequence[NodeProto]) -> list[NodeProto]:
    """Nodes in an order in which they can run, as near to theirs as that is; those that wait for each other go."""
    maker = {name: number for number, node in enumerate(nodes) for name in node.output if name}
    waits = [{maker[name] for name in taken_by(node) if name in maker} for node in nodes]
    followers: dict[int, list[int]] = {}
    for number, before in enumerate(waits):
        for each in before:
            followers.setdefault(each, []).append(number)
    ready = [number for number, before in enumerate(waits) if not before]
    ordered = []
    while ready:
        number = heapq.heappop(ready)
        ordered.append(nodes[number])
        for each in followers.get(number, ()):
            waits[each].discard(number)
            if not waits[each]:
                heapq.heappush(ready, each)
    return ordered


def drop_unused(graph: GraphProto) -> None:
    """Drop constants that nothing takes."""
    used = {name for node in graph.node for name in taken_by(node)} | {output.name for output in graph.output}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    if len(kept) < len(graph.initializer):
        copies = [TensorProto.FromString(tensor.SerializeToString()) for tensor in kept]
        del graph.initializer[:]
        graph.initializer.extend(copies)


def taken_by(node: NodeProto) -> set[str]:
    """All that a node takes, what its subgraphs take from around them included."""
    taken = set(node.input)
    for attribute in node.attribute:
        for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
            taken |= {name for each in inner.node for name in taken_by(each)}
            taken |= {output.name for output in inner.output}
    return taken


def constant(graph: GraphProto, name: str, value: object, dtype: type[np.generic] = np.float32) -> str:
    """Add a constant. Returns its name."""
    graph.initializer.append(numpy_helper.from_array(np.array(value, dtype), name))
    return name


def node(operator: str, inputs: list[str], output: str, **attributes: object) -> NodeProto:
    """A node with one output."""
    return helper.make_node(operator, inputs, [output], **attributes)
