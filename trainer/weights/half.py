"""Weights that a bundle stores in float16 and computes with in float32: half the file, the same masks.

What has one axis (biases, scales, statistics of batch norm) stays float32: it is little, and statistics may be tiny.
"""

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from engine.errors import SteadymaskError


class RangeError(SteadymaskError):
    """A weight is too large for float16."""


class Normed(NamedTuple):
    """A convolution of a network by its name, the batch norm that follows it, and its place in which sequence."""

    name: str
    convolution: nn.Conv2d
    norm: nn.BatchNorm2d
    sequence: nn.Sequential
    place: int


def normed(network: nn.Module) -> Iterator[Normed]:
    """Every convolution of `network` that a batch norm follows."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Sequential):
            for place, (before, norm) in enumerate(pairwise(module)):
                if isinstance(before, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    yield Normed(f"{name}.{place}".lstrip("."), before, norm, module, place)


def is_stored_half(tensor: Tensor) -> bool:
    """Whether a tensor of a network is among those that are stored in float16."""
    return tensor.is_floating_point() and tensor.ndim > 1


@torch.no_grad()
def rounded(network: nn.Module) -> nn.Module:
    """A copy of `network`, float32 as before, whose weights float16 holds exactly. Raises RangeError."""
    network = copy.deepcopy(network)
    for name, tensor in network.state_dict().items():
        if not is_stored_half(tensor):
            continue
        half = tensor.half()
        if not half.isfinite().all():
            raise RangeError(
                f"{name} holds {float(tensor.abs().max()):g}, and float16 ends at {torch.finfo(torch.half).max:g}; set "
                'weights = "float32" under [model] and train again'
            )
        tensor.copy_(half)
    return network


def store_half(core: onnx.ModelProto, network: nn.Module) -> None:
    """Store weights of `core`, which `network` (eval mode, `rounded`) was exported to, in float16.

    A cast stands in front of their use, and for a batch norm that is part of the convolution its scale by channel;
    both are worked out when a runtime loads the graph. A weight that this would not give bit for bit stays as it is.
    """
    weights = {name: parameter.detach() for name, parameter in network.named_parameters() if is_stored_half(parameter)}
    scales = {f"{each.name}.weight": scale_of(each.norm) for each in normed(network)}
    nodes: list[onnx.NodeProto] = []
    scaling: list[onnx.TensorProto] = []
    for tensor in core.graph.initializer:
        name = tensor.name
        if tensor.data_type != TensorProto.FLOAT or name not in weights:
            continue
        weight, scale = weights[name].numpy(), scales.get(name)
        if not np.array_equal(weight if scale is None else weight * scale, numpy_helper.to_array(tensor)):
            continue
        tensor.CopyFrom(numpy_helper.from_array(weight.astype(np.float16), f"{name}/half"))
        wide = name if scale is None else f"{name}/wide"
        nodes.append(helper.make_node("Cast", [tensor.name], [wide], to=TensorProto.FLOAT))
        if scale is not None:
            scaling.append(numpy_helper.from_array(scale, f"{name}/scale"))
            nodes.append(helper.make_node("Mul", [wide, scaling[-1].name], [name]))
    nodes.extend(core.graph.node)
    del core.graph.node[:]
    core.graph.node.extend(nodes)
    core.graph.initializer.extend(scaling)


def scale_of(norm: nn.BatchNorm2d) -> NDArray[np.float32]:
    """By what a batch norm (eval mode) multiplies each channel, (C, 1, 1, 1), worked out as torch's fusion does."""
    assert norm.running_var is not None
    scale: Tensor = norm.weight.detach() * torch.rsqrt(norm.running_var + norm.eps)
    return scale.reshape(-1, 1, 1, 1).numpy()
