"""The steadyings that the window watches: started, found again, stopped and removed. The GUI thread never waits."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import explain
from app.player.background import Background
from app.training.record import Record, found_in
from engine.storage.places import Item, delete, runs_folder
from trainer.job import Command, Job, JobError
from trainer.steady import Plan

_POLL_MS = 500
_NICENESS = 10
"""Of the child: what plays comes first."""


class SteadyJobs(QObject):
    """All steadyings of this user. One trains at a time; what is started meanwhile waits for it."""

    changed = Signal(object)
    """A Record that is new or has gone on."""
    ended = Signal(object)
    """A Record that was seen to end: done, stopped, failed or interrupted."""
    removed = Signal(object)
    failed = Signal(str)
    """What could not be done, and why."""

    def __init__(self, background: Background, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.folder = folder or runs_folder()
        self.records: list[Record] = []
        """The newest first."""
        self._waiting: list[Record] = []
        self._reading = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._read)

    def find(self) -> None:
        """Look for what earlier windows left; running ones are watched."""
        self._background.submit(lambda: found_in(self.folder), self._found, owner=self)

    def start(self, plan: Plan, done: Callable[[Record], object] = lambda record: None) -> None:
        """Make a job of `plan`, and run it when nothing else runs."""

        def make() -> Record:
            place = self.folder / f"{plan.recipe.model.name}-{time.strftime('%Y%m%d-%H%M%S')}"
            record = Record(Job.create(place, plan.spec).folder)
            record.read_on()
            return record

        def made(record: Record) -> None:
            self.records.insert(0, record)
            self._waiting.append(record)
            self.changed.emit(record)
            done(record)
            self._next()

        self._background.submit(make, made, self._fail, owner=self)

    def resume(self, record: Record) -> None:
        """Go on with one that was stopped, interrupted or has failed."""
        if record not in self._waiting:
            self._waiting.append(record)
        self._next()

    def control(self, record: Record, command: Command) -> None:
        """Ask its child to run, pause or stop."""
        if command == "stop" and record in self._waiting:
            self._waiting.remove(record)
            self.changed.emit(record)
            return
        self._background.submit(lambda: record.job.control(command), failed=self._fail, owner=self)

    def remove(self, record: Record) -> None:
        """Delete one that does not run, and its folder."""
        self._background.submit(lambda: _delete(record.folder), lambda _: self._gone(record), self._fail, owner=self)

    @property
    def running(self) -> Record | None:
        """The one that trains, or is paused."""
        return next((record for record in self.records if record.status in ("running", "paused")), None)

    def is_waiting(self, record: Record) -> bool:
        """Whether it is in the queue."""
        return record in self._waiting

    # ---- behind the scenes

    def _found(self, records: list[Record]) -> None:
        known = {record.folder for record in self.records}
        self.records += [record for record in records if record.folder not in known]
        for record in self.records:
            self.changed.emit(record)
        self._timer.start()

    def _next(self) -> None:
        if self.running is not None or not self._waiting:
            self._timer.start()
            return
        record = self._waiting.pop(0)
        record.status = "running"  # until its child says so itself
        self._background.submit(lambda: _launch(record.job), failed=self._fail, owner=self)
        self.changed.emit(record)
        self._timer.start()

    def _read(self) -> None:
        if self._reading:
            return
        self._reading = True
        records = [record for record in self.records if not record.over]

        def read() -> list[tuple[Record, str]]:
            before = [(record, record.status) for record in records]
            return [(record, status) for record, status in before if record.read_on()]

        self._background.submit(read, self._was_read, self._reading_failed, owner=self)

    def _was_read(self, moved: list[tuple[Record, str]]) -> None:
        self._reading = False
        for record, before in moved:
            self.changed.emit(record)
            if before in ("running", "paused") and record.status not in ("running", "paused"):
                self.ended.emit(record)
        self._next()

    def _reading_failed(self, error: BaseException) -> None:
        self._reading = False
        self._fail(error)

    def _gone(self, record: Record) -> None:
        if record in self.records:
            self.records.remove(record)
        self.removed.emit(record)

    def _fail(self, error: BaseException) -> None:
        self.failed.emit(explain(error))


def _launch(job: Job) -> None:
    child = job.launch()
    psutil.Process(child.pid).nice(_NICENESS)


def _delete(folder: Path) -> None:
    refused = delete([Item("run", folder.name, folder, 0)])
    if refused:
        raise JobError(f"{folder} stays: {refused[0].reason}")
