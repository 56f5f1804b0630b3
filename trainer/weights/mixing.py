"""A student mixed with what it started from: their weights averaged, which keeps more of what the start knew.

Source: Wortsman et al., "Robust fine-tuning of zero-shot models" (CVPR 2022, arXiv 2109.01903).
"""

import copy
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from engine.models.bundle import read_weights

Network = TypeVar("Network", bound=nn.Module)


def mixed_with_start(network: Network, start: Path, share: float) -> Network:
    """A copy of `network` with each weight and statistic (1 − share) · its own + share · that of `start`.

    start: a bundle's `.safetensors`, which `start_from` took. share: 0..1. What the start has not, such as blocks that
    were added to it, stays the network's own. Raises ModelError where the file cannot be read.
    """
    mixed = copy.deepcopy(network)
    theirs = read_weights(start)
    with torch.no_grad():
        for name, ours in mixed.state_dict().items():
            if name in theirs and ours.is_floating_point():
                ours.lerp_(torch.from_numpy(theirs[name]).to(ours), share)
    return mixed
