"""What moves the weights: AdamW or SGD, the learning rate over time, and the average that follows them."""

import math
from typing import Any

from torch import nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from trainer.recipe import TrainPart

POLY_POWER = 0.9


def make_optimiser(network: nn.Module, part: TrainPart, objective: nn.Module) -> Optimizer:
    """The recipe's optimiser; of the weights it decays the network's convolutions alone, no bias and no batch norm."""
    groups = parameter_groups(network, part)
    if learnt := list(objective.parameters()):
        groups.append({"params": learnt, "weight_decay": 0.0, "share": 1.0})
    if part.optimiser == "sgd":
        return SGD(groups, lr=part.learning_rate, momentum=part.momentum)
    return AdamW(groups, lr=part.learning_rate)


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
    """The learning rate at `progress` 0..1: linear warm-up, then to zero by the recipe's schedule."""
    if progress < part.warmup:
        factor = progress / part.warmup
    elif part.schedule == "poly":
        factor = (1 - (progress - part.warmup) / (1 - part.warmup)) ** POLY_POWER
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
