"""The statistics of batch norm: of a step's frames in all processes, or none but those that the network came with."""

import torch
from accelerate import Accelerator
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def learning(network: nn.Module, *, freeze_statistics: bool) -> None:
    """Put `network` into training mode. freeze_statistics: its batch norm stays as at work, and learns only how it
    scales and shifts."""
    network.train()
    if freeze_statistics:
        for module in network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()


def synchronise(network: nn.Module, accelerator: Accelerator) -> None:
    """Let batch norm see the frames of all processes where there are several, on GPUs. Parameters stay the same ones.

    On CPUs torch cannot: there each process sees its own frames, and the leader's statistics are kept.
    """
    if accelerator.num_processes > 1 and accelerator.device.type == "cuda":
        torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
