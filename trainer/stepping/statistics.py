"""How a network learns: with which statistics of batch norm, and whether anything is dropped."""

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from engine.networks.hub import HubNetwork


def learning(network: nn.Module, frames: int, *, freeze_statistics: bool, dropout: bool = True) -> None:
    """Put `network` into training mode for so many frames at once.

    freeze_statistics: its batch norm stays as at work, and learns only how it scales and shifts. So it does for a
    single frame too, of which a global average is one value, without any spread. dropout: whether anything is dropped.
    """
    network.train()
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            alone = frames == 1 and not isinstance(module, nn.SyncBatchNorm)
            module.train(not (freeze_statistics or alone))
        elif isinstance(module, _DropoutNd):
            module.train(dropout)
        elif isinstance(module, HubNetwork) and not dropout:
            module.model.eval()  # stochastic depth and attention drop by modules of their own; batch norm comes after


def synchronise(network: nn.Module, accelerator: Accelerator) -> None:
    """Let batch norm see the frames of all processes where there are several, on GPUs. Parameters stay the same ones.

    On CPUs torch cannot: there each process sees its own frames, and the leader's statistics are kept.
    """
    if accelerator.num_processes > 1 and accelerator.device.type == "cuda":
        torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
