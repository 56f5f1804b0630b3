"""One training in several processes, as accelerate's and torch's launchers start them: the first one leads.

The leader alone holds the job's lock and writes what others read: events, state, checkpoints, the student. The others
compute. torch is not imported until processes must agree on something.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, Self

from trainer.job import EventType, Job, JobOwner, JobStopped

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import nn


class Owner(Protocol):
    """What a verb sees of its job.

    leads: whether this process writes; False in one that only helps.
    """

    job: Job
    leads: bool

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: object) -> None: ...

    def emit(self, type: EventType, **fields: Any) -> None:
        """Append one event."""

    def obey(self) -> None:
        """Return when the job should go on. Raises JobStopped when asked to stop."""

    def heed(self) -> None:
        """Raise JobStopped when asked to stop. Where the others do not ask at the same time: it reaches this one."""


class JobHelper:
    """The side of a process that only helps: it holds nothing, and what it would tell the leader tells."""

    leads = False

    def __init__(self, job: Job) -> None:
        self.job = job

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: object) -> None:
        """Nothing is held."""

    def emit(self, type: EventType, **fields: Any) -> None:
        """The leader tells."""

    def obey(self) -> None:
        """The leader asks."""

    def heed(self) -> None:
        """The leader asks."""


def own(job: Job, *, breaks_off: bool = False) -> Owner:
    """This process's side of `job`: the owner's in the process of rank 0, and where there is only one.

    breaks_off: as of JobOwner.
    """
    return JobOwner(job, breaks_off=breaks_off) if int(os.environ.get("RANK", "0")) == 0 else JobHelper(job)


def share_gradients(accelerator: "Accelerator", module: "nn.Module") -> None:
    """Give `module`, which accelerate does not hold, the mean of its gradients over all processes."""
    if accelerator.num_processes > 1:
        for parameter in module.parameters():
            parameter.grad = accelerator.reduce(parameter.grad, "mean")


def obey_together(owner: Owner, accelerator: "Accelerator") -> None:
    """As `owner.obey`, whose answer in the leader holds in all processes: each must call this at the same step."""
    _together(owner, accelerator, owner.obey)


def lead(owner: Owner, accelerator: "Accelerator", task: Callable[[], None]) -> None:
    """Do `task` in the leader alone, while the others wait. Raises JobStopped in all where it does in the leader."""
    _together(owner, accelerator, task if owner.leads else owner.obey)


def _together(owner: Owner, accelerator: "Accelerator", task: Callable[[], None]) -> None:
    if accelerator.num_processes == 1:
        task()
        return
    import torch
    from accelerate.utils import broadcast

    stopped: JobStopped | None = None
    try:
        task()
    except JobStopped as stop:
        stopped = stop
    asked = broadcast(torch.tensor([stopped is not None], device=accelerator.device, dtype=torch.int32))
    if asked.item():
        raise stopped or JobStopped(f"{owner.job.folder} was asked to stop")
