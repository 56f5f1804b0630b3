"""The checkpoints of a running training: when they are written, and going back to them."""

import time
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from torch import nn
from torch.optim import Optimizer

from trainer.processes import Owner
from trainer.weights.checkpoint import load_checkpoint, save_checkpoint

SAVE_EVERY_S = 300.0
"""What is learnt within an epoch is saved this often: so much is lost at most when the child is killed."""


class Keeper:
    """Saves to `checkpoints/` of a job and restores from there. Only the leader writes; all may call alike."""

    def __init__(
        self,
        owner: Owner,
        accelerator: Accelerator,
        *,
        network: nn.Module,
        average: nn.Module | None,
        objective: nn.Module,
        optimiser: Optimizer,
        teacher: nn.Module | None = None,
    ) -> None:
        self._leads, self._scaler = owner.leads, accelerator.scaler
        self._best, self._last, self._first = (
            owner.job.checkpoints / f"{name}.safetensors" for name in ("best", "last", "first")
        )
        self._parts: dict[str, Any] = {
            "network": network,
            "average": average,
            "objective": objective,
            "optimiser": optimiser,
            "teacher": teacher,
        }
        self._saved_at = time.monotonic()

    def exists(self) -> bool:
        """Whether there is something to go on from."""
        return self._last.exists()

    def save_last(self, counters: dict[str, Any]) -> None:
        """Save what a resume goes on from."""
        self._save(self._last, counters)
        self._saved_at = time.monotonic()
        if self._leads:
            self._first.unlink(missing_ok=True)

    def save_first(self, counters: dict[str, Any]) -> None:
        """Before the first step: save what a training without a checkpoint goes back to."""
        if not self.exists():
            self._save(self._first, counters)

    def save_best(self, counters: dict[str, Any]) -> None:
        """Save what is exported."""
        self._save(self._best, counters)

    def is_due(self) -> bool:
        """Whether the last save was too long ago."""
        return self._leads and time.monotonic() - self._saved_at >= SAVE_EVERY_S

    def restore(self) -> dict[str, Any]:
        """Load what was saved last, or else first, and return its counters. Raises CheckpointError."""
        counters = load_checkpoint(self._last if self.exists() else self._first, **self._parts)
        scaler = counters.pop("scaler", None)
        if self._scaler is not None and scaler is not None:
            self._scaler.load_state_dict(scaler)
        return counters

    def _save(self, path: Path, counters: dict[str, Any]) -> None:
        if self._leads:
            scaler = {} if self._scaler is None else {"scaler": self._scaler.state_dict()}
            save_checkpoint(path, **self._parts, counters={**counters, **scaler})
