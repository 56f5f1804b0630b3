"""A loss or gradients that are not finite: nobody comes back from learning that, so a training goes back before it."""

from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.errors import SteadymaskError
from trainer.processes import Owner

MOST_SETBACKS = 3
"""So many in a row, without a whole epoch between them, are borne."""


class UnsoundError(SteadymaskError):
    """A training cannot go on: its loss or gradients are not finite, again and again."""


def is_sound(accelerator: Accelerator, loss: Tensor, *modules: nn.Module) -> bool:
    """Whether `loss` and the gradients of `modules` are finite, in all processes: each must ask at the same step.

    To be asked once the step's work is under way: waits for it, as telling the loss does right after. Gradients in
    fp16 are not looked at: their scale is found by letting them overflow, and such a step is left out anyway.
    """
    sound = loss.detach().isfinite()
    if accelerator.scaler is None:
        gradients = [each.grad for module in modules for each in module.parameters() if each.grad is not None]
        sound = sound & torch.nn.utils.get_total_norm(gradients).isfinite()
    if accelerator.num_processes > 1:
        return not accelerator.reduce((~sound).float().reshape(1), "sum").item()
    return bool(sound)


def set_back(owner: Owner, counters: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """Tell that a training at `counters` goes on from those of a checkpoint, `kept`, at half the learning rate.

    Returns the counters to go on with. Raises UnsoundError after MOST_SETBACKS in a row.
    """
    halvings, setbacks, step = counters["halvings"], counters["setbacks"], counters["step"] + 1
    if setbacks == MOST_SETBACKS:
        raise UnsoundError(
            f"the loss or its gradients at step {step} are not finite, and were not after going back and halving the "
            f"learning rate {setbacks} times; lower learning_rate under [train] in a new training, or look for broken "
            "samples; the checkpoints are kept as they were before"
        )
    owner.emit(
        "log",
        message=f"the loss or its gradients at step {step} are not finite; back at step {kept['step']}, from where "
        f"the learning rate is 1/{2 ** (halvings + 1)} of the recipe's",
        halvings=halvings + 1,
    )
    return {**kept, "pieces": counters["pieces"], "halvings": halvings + 1, "setbacks": setbacks + 1}


def slow_down(optimiser: Optimizer, halvings: int) -> None:
    """Halve the learning rate so many times."""
    if halvings:
        for group in optimiser.param_groups:
            group["lr"] *= 0.5**halvings
