"""The app in a process of its own: it begins a steadying, or goes on with what an earlier one left, to the verdict."""

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil

from tests.trainer.steady.small import SMALL
from tests.trainer.tiny import forked_for
from tests.waiting import wait_for
from trainer.job import Job
from trainer.steady import ClipSpan, plan_steadying

PATIENCE_S = 240.0
IMPORTING_S = 0.5
"""A child takes so long, at most, before it holds its lock. A real one takes longer: it imports torch."""


def begun(home: Path, clip: Path, student: Path) -> ForkServerProcess:
    """The app's process. home: its settings and run folders, and `told.jsonl`: what it finds at its start."""
    return forked_for(_live, str(home), str(clip), str(student))


def told(home: Path) -> list[list[str]]:
    """Of each start the states of the trainings that it found."""
    path = home / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def end_children(home: Path) -> None:
    """Kill what trains, once the app is killed and no more of it can come."""
    for pid in _noted(home / "launchers"):
        wait_for(lambda pid=pid: not _lives(pid), PATIENCE_S)  # type: ignore[misc]
    for pid in _noted(home / "children"):
        with suppress(psutil.Error):
            child = psutil.Process(pid)
            child.kill()
            child.wait(PATIENCE_S)


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _noted(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def _note(path: Path, pid: int) -> None:
    with path.open("a") as stream:
        stream.write(f"{pid}\n")


def _live(home: str, clip: str, student: str) -> None:
    os.environ["STEADYMASK_HOME"] = home
    launcher = _Launcher(Path(home))
    from app.training import jobs as jobs_module
    from app.training.record import Record
    from app.window import make_application, make_window

    jobs_module._launch = launcher.launch  # type: ignore[assignment]
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


class _Launcher:
    """Launches children as `Job.launch` does, but forks them, before there are threads, where torch is imported."""

    def __init__(self, home: Path) -> None:
        asked, self._ask = os.pipe()
        told, tell = os.pipe()
        launcher = os.fork()
        if not launcher:
            os.close(self._ask)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that end
            with os.fdopen(asked) as folders:
                for folder in folders:
                    pid = os.fork() or _train(folder.strip())
                    _note(home / "children", pid)
                    os.write(tell, f"{pid}\n".encode())
            os._exit(0)
        _note(home / "launchers", launcher)
        os.close(asked)
        self._told = os.fdopen(told)

    def launch(self, job: Job) -> "_Launched":
        job.control("run")
        os.write(self._ask, f"{job.folder}\n".encode())
        return _Launched(int(self._told.readline()))


class _Launched:
    """As the window knows the process of a child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        return None if _lives(self.pid) else 0

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.05)
        return 0


def _train(folder: str) -> int:
    from trainer.__main__ import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    with Path("log.txt").open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    time.sleep(random.uniform(0, IMPORTING_S))
    status = main(["steady", folder])
    sys.stderr.flush()
    os._exit(status)
