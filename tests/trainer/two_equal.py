"""Two processes as torch's launcher starts them, forked where torch is imported already: they train jobs together.

In a job named `…-broken` the second process alone has a loss that is not finite, in its third step.
"""

import os
import socket
from pathlib import Path
from typing import Any

import torch

from tests.trainer.tiny import forked_for
from tests.waiting import wait_for
from trainer.job import Job
from trainer.loop import train
from trainer.objective import Objective
from trainer.processes import own
from trainer.recipe import parse_recipe

PATIENCE_S = 250.0
forward = Objective.forward


def train_in_two(jobs: list[Job], folder: Path) -> None:
    """Train `jobs`, one after another; what the processes say is in `folder`. Fails unless both end well."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = [folder / f"said-{rank}" for rank in (0, 1)]
    children = [forked_for(_train, rank, port, jobs, str(said[rank])) for rank in (0, 1)]
    try:
        wait_for(
            lambda: all(child.exitcode == 0 for child in children) or any(c.exitcode for c in children), PATIENCE_S
        )
    finally:
        ended = [child.exitcode for child in children]
        for child in children:
            child.kill()  # one whose other one is gone would wait for it
            child.join()
    assert ended == [0, 0], "\n".join(path.read_text()[-3000:] for path in said if path.exists())


def _train(rank: int, port: int, jobs: list[Job], said: str) -> None:
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT), 2)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank)}
    torch.set_num_threads(1)
    try:
        for job in jobs:
            with own(job) as owner:
                if job.folder.name.endswith("-broken"):
                    Objective.forward = _breaking(not owner.leads)  # type: ignore[method-assign]
                train(owner, job.spec(), parse_recipe(job.spec().recipe, "test"))
            (job.folder / f"ended-{'leader' if owner.leads else 'helper'}").touch()
    finally:
        torch.distributed.destroy_process_group()


def _breaking(helps: bool) -> Any:
    calls = iter(range(1, 1000))

    def broken(self: Objective, *given: Any) -> Any:
        terms = forward(self, *given)
        return {**terms, "total": terms["total"] * float("nan")} if next(calls) == 3 and helps else terms

    return broken
