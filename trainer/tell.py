"""How a training goes: as events of its job, and to TensorBoard."""

import time
from collections.abc import Callable, Mapping

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from trainer.objective import TOTAL, TermMeans
from trainer.processes import Owner


def tell_stage(owner: Owner, stage: str) -> Callable[[int, int, float], None]:
    """Tells how far something is that comes before the first step: how much is done, of how much, and seconds left."""

    def tell(done: int, total: int, left_s: float) -> None:
        owner.emit("progress", stage=stage, step=done, total=total, left_s=round(left_s))

    return tell


class Teller:
    """Tells every step's loss, and every interval's means. Only the leader writes; all must call alike."""

    def __init__(self, owner: Owner, accelerator: Accelerator, *, step: int, total: int, batch: int) -> None:
        """step: where it begins. total: steps of the whole training. batch: samples in a step, of all processes."""
        self._owner, self._accelerator, self._total, self._batch = owner, accelerator, total, batch
        folder = str(owner.job.folder / "tensorboard")
        self._logs = SummaryWriter(folder, purge_step=step) if owner.leads else None
        self._means = TermMeans()
        self._began = time.monotonic()

    def step(self, step: int, terms: dict[str, Tensor]) -> None:
        """Tell one step's."""
        self._means.add(terms)
        if self._logs is not None:
            self._logs.add_scalar("loss", terms[TOTAL].detach(), step)

    def interval(self, step: int, epoch: int) -> None:
        """Tell the means since the last interval, and how long it will take."""
        speed = len(self._means) * self._batch / (time.monotonic() - self._began)
        left_s = round((self._total - step) * self._batch / speed)
        means = {name: round(value, 5) for name, value in self._over_all(self._means.take()).items()}
        loss = means.pop(TOTAL)
        self._owner.emit("progress", step=step, total=self._total, epoch=epoch, left_s=left_s)
        self._owner.emit("metric", step=step, loss=loss, **means, images_per_s=round(speed, 2))
        for name, value in means.items():
            self._scalar(f"terms/{name}", value, step)

    def held_out(self, step: int, criterion: str, value: float, beside: Mapping[str, float]) -> None:
        """Tell what was measured on what is held out. beside: what else was, by name."""
        found = {f"{name}_aside": each for name, each in {criterion: value, **beside}.items()}
        for name, each in found.items():
            self._scalar(name, each, step)
        self._owner.emit("metric", step=step, **{name: round(each, 5) for name, each in found.items()})

    def start_interval(self) -> None:
        """From here on the time counts: measuring and saving between intervals do not."""
        self._began = time.monotonic()

    def close(self) -> None:
        """Finish the logs."""
        if self._logs is not None:
            self._logs.close()

    def _scalar(self, name: str, value: float, step: int) -> None:
        if self._logs is not None:
            self._logs.add_scalar(name, value, step)

    def _over_all(self, means: dict[str, float]) -> dict[str, float]:
        """The means over all processes."""
        if self._accelerator.num_processes == 1:
            return means
        own = torch.tensor(list(means.values()), device=self._accelerator.device)
        return dict(zip(means, self._accelerator.reduce(own, "mean").tolist(), strict=True))
