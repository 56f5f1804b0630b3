"""What moves the weights: AdamW, its learning rate over time, and the average that follows them."""

import math
from typing import Any

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from trainer.recipe import TrainPart


def make_optimiser(network: nn.Module, part: TrainPart, objective: nn.Module) -> AdamW:
    """AdamW that decays the network's convolution weights and leaves biases, batch norm and the objective's alone."""
    groups = parameter_groups(network, part)
    groups.append({"params": list(objective.parameters()), "weight_decay": 0.0, "share": 1.0})
    return AdamW([group for group in groups if group["params"]], lr=part.learning_rate)


def parameter_groups(network: nn.Module, part: TrainPart) -> list[dict[str, Any]]:
    """The weights of `network` in groups, none empty: with weight decay and without, its encoder's by themselves."""
    encoder = getattr(network, "encoder", None) if part.encoder_rate != 1 else None
    slower = {id(p) for p in encoder.parameters()} if encoder is not None else set[int]()
    groups: list[dict[str, Any]] = []
    for share, those in (
        (1.0, [p for p in network.parameters() if id(p) not in slower]),
        (part.encoder_rate, [p for p in network.parameters() if id(p) in slower]),
    ):
        decayed, free = [p for p in those if p.ndim > 1], [p for p in those if p.ndim <= 1]
        groups.append({"params": decayed, "weight_decay": part.weight_decay, "share": share})
        groups.append({"params": free, "weight_decay": 0.0, "share": share})
    return [group for group in groups if group["params"]]


def set_rate(optimiser: Optimizer, part: TrainPart, progress: float) -> None:
    """The learning rate at `progress` 0..1: linear warm-up, then a cosine to zero."""
    if progress < part.warmup:
        factor = progress / part.warmup
    else:
        factor = 0.5 * (1 + math.cos(math.pi * (progress - part.warmup) / (1 - part.warmup)))
    for group in optimiser.param_groups:
        group["lr"] = part.learning_rate * factor * group["share"]


def make_average(network: nn.Module, decay: float) -> AveragedModel | None:
    """The moving average of `network`, None for a decay of 0."""
    if decay == 0:
        return None

    def update(averaged: Any, current: Any, seen: Any) -> None:
        # Early on it forgets faster: an average that starts at untrained weights is of no use until they are gone.
        get_ema_multi_avg_fn(min(decay, (1 + int(seen)) / (10 + int(seen))))(averaged, current, seen)

    return AveragedModel(network, multi_avg_fn=update, use_buffers=True)
