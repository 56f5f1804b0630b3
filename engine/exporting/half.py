"""float16: the network's weights and what it computes with; the wrapper stays as it is, so the classes are as sharp."""

import warnings

import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, shape_inference

from engine.errors import ModelError
from engine.exporting.surgery import (
    NETWORK,
    copy_of,
    drop_unused,
    fold_weights,
    in_order,
    is_network,
    replace_nodes,
    taken_by,
)


def to_half(model: ModelProto) -> ModelProto:
    """A copy of an inference graph whose network computes in float16. Raises ModelError where that cannot be done."""
    work = copy_of(model)
    fold_weights(work.graph)
    try:
        network = _converted(_network_of(work))
        wrapper = [node for node in work.graph.node if not is_network(node)]
        work.graph.initializer.extend(network.graph.initializer)
        replace_nodes(work.graph, in_order([*wrapper, *network.graph.node]))
        drop_unused(work.graph)
        onnx.checker.check_model(work, full_check=True)
    except Exception as error:
        # Another's converter on a graph of any origin: whatever it raises means the same.
        raise ModelError(f"the graph cannot be made float16 ({error}); export it in fp32") from error
    return work


def _network_of(model: ModelProto) -> ModelProto:
    """The network of an inference graph alone; its weights are then no longer in `model`."""
    inside = [node for node in model.graph.node if is_network(node)]
    outside = [node for node in model.graph.node if not is_network(node)]
    known = {value.name: value for value in shape_inference.infer_shapes(model).graph.value_info}
    taken = {name for node in inside for name in taken_by(node)}
    given = {name for node in outside for name in taken_by(node)}
    graph = helper.make_graph(
        inside,
        "network",
        [_value(name, known) for node in outside for name in node.output if name in taken],
        [_value(name, known) for node in inside for name in node.output if name in given],
    )
    weights = [tensor for tensor in model.graph.initializer if tensor.name in taken]
    graph.initializer.extend(weights)
    rest = [tensor for tensor in model.graph.initializer if tensor.name not in taken or tensor.name in given]
    network = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    copies = [TensorProto.FromString(tensor.SerializeToString()) for tensor in rest]
    del model.graph.initializer[:]
    model.graph.initializer.extend(copies)
    network.functions.extend(model.functions)
    return network


def _value(name: str, known: dict[str, onnx.ValueInfoProto]) -> onnx.ValueInfoProto:
    return known.get(name) or helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def _converted(network: ModelProto) -> ModelProto:
    """The network with its inputs and outputs as they were, and float16 between them."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values below float16's least are rounded: the report tells what it costs
        made: ModelProto = convert_float_to_float16(network, keep_io_types=True)
    for node in made.graph.node:
        _prefix_casts(node)
    # A node that takes one constant twice gets two casts of one name.
    replace_nodes(made.graph, list({tuple(node.output): node for node in reversed(made.graph.node)}.values())[::-1])
    return made


def _prefix_casts(node: NodeProto) -> None:
    """Give what the converter put in names of the network, as `surgery.is_network` goes by them."""
    for names in (node.input, node.output):
        names[:] = [name if not name or name.startswith(NETWORK) else NETWORK + name for name in names]
