"""What every teacher promises the loop."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.optim import Optimizer

from engine.networks.base import Output
from trainer.data.window import Batch
from trainer.teachers import TeacherError

if TYPE_CHECKING:
    from accelerate import Accelerator


class Teacher:
    """A teacher of one training.

    identity: who it is, in words, with the hash of its weights where they do not change. whence: where it comes from,
    for messages. live: whether it is asked in every step; one that is not has answered before. state: what of it
    changes, which is stored with the training; None where nothing does.
    """

    live = True
    state: nn.Module | None = None

    def __init__(self, identity: str, whence: str = "the recipe") -> None:
        self.identity, self._whence = identity, whence

    def check_same(self, identity: str) -> None:
        """Raise TeacherError where a training began with the teacher `identity` and this is another one."""
        if identity != self.identity:
            raise TeacherError(
                f"this training began with the teacher {identity}, and {self._whence} holds {self.identity}; put the "
                "earlier bundle back, or begin a new training"
            )

    def join(self, optimiser: Optimizer) -> None:
        """Let `optimiser` move what it learns. Called once, before `prepare`."""

    def prepare(self, accelerator: "Accelerator") -> None:
        """Go where `accelerator` computes. Called once, before anything is asked."""

    def __call__(self, frames: Tensor) -> Output:
        """Logits and features of `frames`, float (B, 3, H, W), normalised RGB. What it learns along has gradients."""
        raise NotImplementedError

    def own_loss(self, said: Output, batch: Batch, shares: Mapping[str, Tensor] | None) -> Tensor | None:
        """What it lowers itself, of what it `said` of the batch's frames; None where it does not learn.

        shares: as Objective's.
        """
        return None

    def after_step(self, student: nn.Module) -> None:
        """Follow the student, which has just made a step."""
