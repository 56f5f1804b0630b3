"""The inference graph of a student that goes on from a bundle: the bundle's own, with other weights in it.

So is it the same graph for certain, at the same cost, and it takes milliseconds where an export takes a minute.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper
from torch import nn

from engine.errors import SteadymaskError
from trainer.export import without_norms
from trainer.weights.half import is_stored_half, normed, scale_of

NETWORK = "net/"
"""How `engine.models.wrap` names what is the network's own."""


_WEIGHTS = (".weight", ".bias", ".weight/half", ".weight/scale")


class OtherGraphError(SteadymaskError):
    """A bundle's graph does not hold the weights of its network by name."""


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
