"""A step in pieces: where its windows do not fit into memory together, one after another and with the same result."""

import gc
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from trainer.data.window import Batch
from trainer.job import JobError
from trainer.objective import Objective
from trainer.processes import Owner
from trainer.stepping.shares import Shares
from trainer.stepping.trouble import is_out_of_memory

Learn = Callable[[Batch, Shares], dict[str, Tensor]]
"""Adds the gradients of a piece of a step, and returns its terms as they count in it."""


class Pieces:
    """Runs steps in as many pieces as memory needs, which the counter `pieces` holds.

    Samples, their order, steps and the learning rate stay what they are; only batch norm sees fewer frames at a time.
    """

    def __init__(
        self,
        owner: Owner,
        accelerator: Accelerator,
        network: nn.Module,
        objective: Objective,
        counters: dict[str, Any],
        moved: Sequence[nn.Module] = (),
    ) -> None:
        """moved: all that has gradients, which a step that begins anew throws away; `network` and `objective` alone."""
        self._moved = moved or (network, objective)
        self._owner, self._accelerator, self._counters = owner, accelerator, counters
        self._network, self._objective = network, objective

    def step(self, batch: Batch, learn: Learn) -> dict[str, Tensor]:
        """Add the gradients of `batch` by `learn`, and return its terms.

        Out of memory, a step begins anew in twice as many pieces, and so do all that follow. Raises JobError where a
        single window is too much, or where there are several processes, which cannot agree on it in the middle.
        """
        while True:
            try:
                return self._step(batch, learn)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                reason = str(error).partition(". ")[0] or type(error).__name__
            # Not within `except`: what was raised holds all the frames of the step that failed, and their memory.
            self._halve(len(batch.frames), reason)

    def _step(self, batch: Batch, learn: Learn) -> dict[str, Tensor]:
        pieces = in_pieces(batch, self._counters["pieces"])
        shares = Shares(self._objective, self._accelerator, batch, len(pieces))
        terms: dict[str, Tensor] = {}
        for number, piece in enumerate(pieces, 1):
            # Gradients of several processes are brought together once, with the last piece's.
            together = nullcontext() if number == len(pieces) else self._accelerator.no_sync(self._network)
            with together:
                for name, term in learn(piece, shares).items():
                    terms[name] = terms[name] + term.detach() if name in terms else term.detach()
        return terms

    def _halve(self, windows: int, reason: str) -> None:
        pieces, processes = self._counters["pieces"], self._accelerator.num_processes
        if pieces >= windows or processes > 1:
            least = "a single sample" if pieces >= windows else f"a batch shared by {processes} processes"
            raise JobError(
                f"there is not enough memory for {least} ({reason}); close other programs and resume, or begin a "
                "training with a smaller crop, a shorter window or, in several processes, a smaller batch"
            )
        for module in self._moved:
            module.zero_grad(set_to_none=True)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self._counters["pieces"] = min(2 * pieces, windows)
        at_once = -(-windows // self._counters["pieces"])
        self._owner.emit(
            "log",
            message=f"out of memory ({reason}); from step {self._counters['step'] + 1} on, batches of {windows} are "
            f"learnt from {at_once} at a time. Samples and steps stay the same; batch norm sees {at_once} at a time, "
            "and goes by what it has learnt where that is a single frame",
            pieces=self._counters["pieces"],
        )


def in_pieces(batch: Batch, pieces: int) -> list[Batch]:
    """`batch` in so many pieces of neighbouring windows, as even as can be; in one for each window at most."""
    windows = len(batch.frames)
    if pieces == 1:
        return [batch]
    edges = torch.linspace(0, windows, min(pieces, windows) + 1).round().int().tolist()
    return [_cut(batch, slice(first, end)) for first, end in pairwise(edges)]


def _cut(held: Any, windows: slice) -> Any:
    """The same of some windows: every tensor of a dataclass, and of those that it holds."""
    if isinstance(held, Tensor):
        return held[windows]
    if is_dataclass(held):
        return replace(held, **{each.name: _cut(getattr(held, each.name), windows) for each in fields(held)})  # type: ignore[type-var]
    return held
