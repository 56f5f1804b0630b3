"""The app in a process of its own: it begins a steadying, or goes on with what an earlier one left, to the verdict."""

import json
import os
import random
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.trainer.steady.small import SMALL
from tests.trainer.tiny import forked_for
from trainer.job import Job
from trainer.steady import ClipSpan, plan_steadying

IMPORTING_S = 0.5
"""A child takes so long, at most, before it holds its lock. A real one takes longer: it imports torch."""


def begun(home: Path, clip: Path, student: Path) -> ForkServerProcess:
    """The app's process. home: its settings and run folders, and `told.jsonl`: what it finds at its start."""
    return forked_for(_live, str(home), str(clip), str(student))


def told(home: Path) -> list[list[str]]:
    """Of each start the states of the trainings that it found."""
    path = home / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def children(home: Path) -> list[int]:
    """The processes that were launched to train."""
    path = home / "children"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _live(home: str, clip: str, student: str) -> None:
    os.environ["STEADYMASK_HOME"] = home
    from app.training import jobs as jobs_module
    from app.training.record import Record
    from app.window import make_application, make_window

    jobs_module._launch = lambda job: _launch(job, Path(home))  # type: ignore[assignment]
    application = make_application()
    plan = plan_steadying([ClipSpan(Path(clip))], Path(student), name="mine", threads=1, changes=SMALL)
    window = make_window()
    jobs = window.steadying.jobs

    def on_found(records: list[Record]) -> None:
        with (Path(home) / "told.jsonl").open("a") as stream:
            stream.write(json.dumps([record.status for record in records]) + "\n")
        if not records:
            jobs.start(plan)
        elif any(record.status == "done" for record in records):
            application.quit()
        elif "left-training" in window.banners.messages:
            (go_on,) = window.banners.messages["left-training"].actions
            window.banners.act("left-training", go_on.run)

    def on_ended(record: Record) -> None:
        if record.status == "done":
            application.quit()
        else:
            jobs.resume(record)

    jobs.found.connect(on_found)  # behind the window's own
    jobs.ended.connect(on_ended)
    window.show()
    window.start(None)
    application.exec()
    window.leave()
    sys.exit(0)


class _Launched:
    """As the window knows the process of a child."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode


def _launch(job: Job, home: Path) -> _Launched:
    """As `Job.launch`, but for the import of torch, which the server has done."""
    job.control("run")
    return _Launched(forked_for(_train, str(job.folder), str(home)))


def _train(folder: str, home: str) -> None:
    from trainer.__main__ import main

    with (Path(home) / "children").open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    os.setsid()
    os.chdir(folder)
    with Path("log.txt").open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    time.sleep(random.uniform(0, IMPORTING_S))
    raise SystemExit(main(["steady", folder]))
