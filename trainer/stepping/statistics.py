"""The statistics of batch norm: of a step's frames in all processes, or none but those that the network came with."""

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def learning(network: nn.Module, frames: int, *, freeze_statistics: bool) -> None:
    """Put `network` into training mode for so many frames at once.

    freeze_statistics: its batch norm stays as at work, and learns only how it scales and shifts. So it does for a
    single frame too, of which a global average is one value, without any spread.
    """
    network.train()
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            alone = frames == 1 and not isinstance(module, nn.SyncBatchNorm)
            module.train(not (freeze_statistics or alone))


def synchronise(network: nn.Module, accelerator: Accelerator) -> None:
    """Let batch norm see the frames of all processes where there are several, on GPUs. Parameters stay the same ones.

    On CPUs torch cannot: there each process sees its own frames, and the leader's statistics are kept.
    """
    if accelerator.num_processes > 1 and accelerator.device.type == "cuda":
        torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
