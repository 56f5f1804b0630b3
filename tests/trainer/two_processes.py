"""Run by torch's launcher in each of two processes: trains the jobs in the folders named, and stops them before step 3.

Each leaves what a teacher that learns along has become.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.tiny_network import know_tiny
from trainer.job import Job, JobStopped
from trainer.loop import train
from trainer.processes import own
from trainer.recipe import parse_recipe
from trainer.teachers.along import LearningTeacher

torch.set_num_threads(1)
know_tiny(pytest.MonkeyPatch())
teachers: list[LearningTeacher] = []
prepare = LearningTeacher.prepare


def remembering(self: LearningTeacher, accelerator: Any) -> None:
    prepare(self, accelerator)
    teachers.append(self)


def train_until_stopped(job: Job) -> None:
    """Train `job`, whose leader is asked to stop before its third step."""
    spec, steps = job.spec(), 0
    teachers.clear()
    try:
        with own(job) as owner:
            obey = owner.obey

            def stop_in_time() -> None:
                nonlocal steps
                steps += 1
                if steps == 4 and owner.leads:
                    job.control("stop")
                obey()

            owner.obey = stop_in_time  # type: ignore[method-assign]
            train(owner, spec, parse_recipe(spec.recipe, "test"))
    except JobStopped:
        (job.folder / f"stopped-{'leader' if owner.leads else 'helper'}").write_text(str(steps))
    for teacher in teachers:
        weights = b"".join(each.detach().numpy().tobytes() for each in teacher.state.parameters())
        name = f"teacher-{'leader' if owner.leads else 'helper'}"
        (job.folder / name).write_text(hashlib.sha256(weights).hexdigest())


LearningTeacher.prepare = remembering  # type: ignore[method-assign]
try:
    for folder in sys.argv[1:]:
        train_until_stopped(Job(Path(folder)))
finally:
    torch.distributed.destroy_process_group()
