"""Steadyings without torch: what their child would do, in a thread of this process, as long as a test wants."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject

from app.player.background import Background
from app.training import jobs
from app.training.jobs import SteadyJobs
from engine.atomic import write_text
from trainer.job import Job, JobError, JobOwner, JobSpec, JobStopped

VERDICT = '{"verdict": "better", "reason": "It flickers less."}'


def spec(name: str = "street-steady", clip: str = "drive.mp4") -> JobSpec:
    """What a job of a steadying says, as far as the window reads it."""
    recipe = (
        f'[model]\nname = "{name}"\n[steady]\npreset = "quick"\n[data.unlabelled]\nclips = ["/{clip}", "/{clip}"]\n'
    )
    return JobSpec(verb="steady", recipe=recipe, root="", start="/models/street.safetensors")


def plan(name: str = "street-steady") -> Any:
    """What starts a job."""
    return SimpleNamespace(recipe=SimpleNamespace(model=SimpleNamespace(name=name)), spec=spec(name))


def left_behind(folder: Path, status: str, name: str = "street-steady") -> Job:
    """A run folder of an earlier window, which has come half way."""
    job = Job.create(folder, spec(name))
    if status != "created":
        with JobOwner(job) as owner:
            owner.emit("progress", step=50, total=100, left_s=40)
            if status == "done":
                write_text(job.folder / "verdict.json", VERDICT)
        said = "running" if status == "interrupted" else status
        state = (job.folder / "state.json").read_text()
        write_text(job.folder / "state.json", state.replace('"done"', f'"{said}"'))
    return job


class FakeChild:
    """Trains until `go` is set, and obeys. dies: before it has told anything. stage: in which it is meanwhile.

    lingers: as many looks at its process find it alive, whatever it has done.
    """

    pid = -1

    def __init__(self, job: Job, *, dies: bool = False, stage: str = "training", lingers: int = 0) -> None:
        self.job, self.go, self._dies, self._stage, self._lingers = job, threading.Event(), dies, stage, lingers
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def poll(self) -> int | None:
        if self._lingers:
            self._lingers -= 1
            return None
        return None if self._thread.is_alive() else 0

    def wait(self) -> int:
        self._thread.join()
        return 0

    def _run(self) -> None:
        if self._dies:
            (self.job.folder / "log.txt").write_text("Traceback\nImportError: no torch\n")
            return
        with suppress(JobStopped, JobError), JobOwner(self.job) as owner:
            if self._stage in ("targets", "judging"):
                owner.emit("progress", stage=self._stage, step=86, total=200, left_s=130)
            else:
                owner.emit("progress", step=86, total=200, left_s=130)
                owner.emit("metric", step=86, loss=0.5)
            if self._stage == "choosing":
                owner.emit("progress", step=200, total=200, left_s=0)
                owner.emit("log", message="choosing")
            while not self.go.wait(0.01):
                owner.obey()
            write_text(self.job.folder / "verdict.json", VERDICT)
            owner.emit("verdict", verdict="better", reason="It flickers less.")


class Children:
    """What was launched. dies, stage: what is launched next dies at once, or comes to this stage. done: it is done
    before anybody looks, and its process ends later.
    """

    def __init__(self) -> None:
        self.launched: list[FakeChild] = []
        self.dies, self.stage, self.done = False, "training", False

    def launch(self, job: Job) -> FakeChild:
        job.control("run")
        self.launched.append(FakeChild(job, dies=self.dies, stage=self.stage, lingers=3 if self.done else 0))
        if self.done:
            self.launched[-1].go.set()
            self.launched[-1].wait()
        return self.launched[-1]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    """In place of processes that train; looked at often."""
    made = Children()
    monkeypatch.setattr(jobs, "_launch", made.launch)
    monkeypatch.setattr(jobs, "_POLL_MS", 20)
    yield made
    for child in made.launched:
        if child.poll() is None:
            child.job.control("stop")
        child.wait()


@pytest.fixture
def real_children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """The processes that train, as they are launched; none lives longer than the test."""
    launched: list[subprocess.Popen[bytes]] = []
    launch = jobs._launch

    def remembered(job: Job) -> "subprocess.Popen[bytes]":
        launched.append(launch(job))
        return launched[-1]

    monkeypatch.setattr(jobs, "_launch", remembered)
    monkeypatch.setattr(jobs, "_NICENESS", 0)  # whoever plays comes first, but here somebody waits for them
    yield launched
    for child in launched:
        child.kill()
        child.wait()


@pytest.fixture
def runs(home: Path) -> Path:
    """Where run folders are."""
    return home / "runs"


@pytest.fixture
def steady_jobs(children: Children, no_qt_left: None) -> Iterator[SteadyJobs]:
    """Jobs without a window."""
    parent = QObject()
    background = Background(parent)
    made = SteadyJobs(background, parent=parent)
    yield made
    made.close(stop=False)
    background.close()
    parent.deleteLater()
