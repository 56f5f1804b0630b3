"""The inference graph of a student that goes on from a bundle: the bundle's own, with other weights in it.

So is it the same graph for certain, at the same cost, and it takes milliseconds where an export takes a minute. A new
student of other classes has the bundle's graph as well, but for how many classes there are and how large its input is.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper
from torch import nn

from engine.errors import SteadymaskError
from engine.models.card import InputPolicy
from engine.models.wrap import SCORES
from engine.networks.base import HEADS
from trainer.export import without_norms
from trainer.weights.half import is_stored_half, normed, scale_of

NETWORK = "net/"
"""How `engine.models.wrap` names what is the network's own."""


_WEIGHTS = (".weight", ".bias", ".weight/half", ".weight/scale")


class OtherGraphError(SteadymaskError):
    """A bundle's graph does not hold the weights of its network by name."""


def for_student(graph: ModelProto, classes: int | None, policy: InputPolicy) -> ModelProto:
    """A copy of a bundle's `graph` for another input, and another number of classes, whose heads hold zeros so far.

    classes: None where they are the bundle's own, as those of mattes are; the heads then stay.
    Raises OtherGraphError for an input of one size only, whose graph is another one.
    """
    if policy.fixed is not None:
        raise OtherGraphError(f"a new student takes frames of any shape, and its input is fixed to {policy.fixed}")
    copied = ModelProto()
    copied.CopyFrom(graph)
    new = {"short_side": [policy.short_side], "multiple": [policy.multiple]}
    heads = tuple(f"{NETWORK}{head}" for head in HEADS)
    for stored in copied.graph.initializer:
        values = numpy_helper.to_array(stored)
        if classes is not None and stored.name.startswith(heads):
            values = np.zeros((classes, *values.shape[1:]), values.dtype)
        elif stored.name in new:
            values = np.array(new[stored.name], values.dtype)
        else:
            continue
        stored.CopyFrom(numpy_helper.from_array(values, stored.name))
    if classes is not None:
        scores = next(each for each in copied.graph.output if each.name == SCORES)
        scores.type.tensor_type.shape.dim[1].dim_value = classes
    onnx.checker.check_model(copied, full_check=True)
    return copied


def with_weights(graph: ModelProto, network: nn.Module) -> ModelProto:
    """A copy of a bundle's `graph` that computes with the weights of `network` (eval mode).

    Whatever the network's state names is replaced. Raises OtherGraphError where it does not fit, or where the graph
    holds weights that the network does not know.
    """
    own = {f"{NETWORK}{name}": weights for name, weights in _stored(network).items()}
    copied = ModelProto()
    copied.CopyFrom(graph)
    for stored in copied.graph.initializer:
        weights = own.get(stored.name)
        if weights is None and not (stored.name.startswith(NETWORK) and stored.name.endswith(_WEIGHTS)):
            continue  # a constant
        if weights is None or tuple(weights.shape) != tuple(stored.dims):
            raise OtherGraphError(
                f"the graph holds {stored.name} of {list(stored.dims)}, and the network has "
                f"{'none' if weights is None else list(weights.shape)}"
            )
        stored.CopyFrom(_tensor(weights, stored))
    return copied


def _stored(network: nn.Module) -> dict[str, NDArray[np.float32]]:
    """What a graph may hold of `network`: with batch norms as part of the convolutions, and as `store_half` has it."""
    found = {name: tensor.detach().numpy() for name, tensor in without_norms(network).state_dict().items()}
    found |= {
        f"{name}/half": each.detach().numpy() for name, each in network.named_parameters() if is_stored_half(each)
    }
    return found | {f"{each.name}.weight/scale": scale_of(each.norm) for each in normed(network)}


def _tensor(weights: NDArray[np.float32], like: onnx.TensorProto) -> onnx.TensorProto:
    return numpy_helper.from_array(weights.astype(numpy_helper.to_array(like).dtype), like.name)
