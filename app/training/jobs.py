"""The steadyings that the window watches: started, found again, stopped and removed. The GUI thread never waits."""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import explain
from app.player.background import Background
from app.training.record import Record, Seen, found_in
from engine.children import last_line, what_befell
from engine.errors import SteadymaskError
from engine.ownership.survey import free_folder
from engine.storage.places import Item, delete, runs_folder
from trainer.job import Command, Job, JobError
from trainer.steady import Plan

_POLL_MS = 500
_NICENESS = 10
"""Of the child: what plays comes first."""


@dataclass(slots=True, eq=False)
class _Child:
    """What was launched for a record here. process: None until it is there. told: whether it has told of itself."""

    process: "subprocess.Popen[bytes] | None" = None
    told: bool = False


class SteadyJobs(QObject):
    """All steadyings of this user. One trains at a time; what is started meanwhile waits for it."""

    changed = Signal(object)
    """A Record that is new or has gone on."""
    ended = Signal(object)
    """A Record that was seen to end: done, stopped, failed or interrupted."""
    removed = Signal(object)
    found = Signal(object)
    """Every Record that earlier windows left, as a list; once it is known."""
    failed = Signal(str)
    """What could not be done, and why."""

    def __init__(self, background: Background, folder: Path | None = None, parent: QObject | None = None) -> None:
        """folder: of the run folders; None for the usual one."""
        super().__init__(parent)
        self._background = background
        self.folder = folder or runs_folder()
        self.records: list[Record] = []
        """The newest first."""
        self._waiting: list[Record] = []
        self._children: dict[Record, _Child] = {}
        self._reading = self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._read)

    def find(self) -> None:
        """Look for what earlier windows left; running ones are watched."""
        self._background.submit(lambda: found_in(self.folder), self._found, self._fail, owner=self)

    def start(self, plan: Plan, done: Callable[[Record], object] = lambda record: None) -> None:
        """Make a job of `plan`, and run it when nothing else runs. done: is given its record."""

        def make() -> Record:
            name = f"{plan.recipe.model.name}-{time.strftime('%Y%m%d-%H%M%S')}"
            record = Record(Job.create(free_folder(self.folder / name), plan.spec).folder)
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
        """Go on with one that was stopped, interrupted, has failed or was never begun. A paused one: see `control`."""
        if record not in self._waiting and not record.works:
            self._waiting.append(record)
            self.changed.emit(record)
            self._next()

    def control(self, record: Record, command: Command) -> None:
        """Ask its child to run, pause or stop. To stop one that waits takes it out of the queue."""
        if record in self._waiting:
            if command == "stop":
                self._waiting.remove(record)
                self.changed.emit(record)
            return
        record.asked = command
        self.changed.emit(record)
        self._background.submit(lambda: record.job.control(command), failed=self._fail, owner=self)

    def remove(self, record: Record) -> None:
        """Delete one that does not run, and its folder."""
        if record in self._waiting:
            self._waiting.remove(record)
        self._background.submit(lambda: _delete(record.folder), lambda _: self._gone(record), self._fail, owner=self)

    def hide(self, record: Record) -> None:
        """Know nothing more of one that does not run; its folder stays. `bring_back` is the other way round."""
        self.records.remove(record)
        self.removed.emit(record)

    def bring_back(self, record: Record) -> None:
        """Know it again."""
        self.records.insert(0, record)
        self.changed.emit(record)

    @property
    def running(self) -> Record | None:
        """The one that trains, or is paused."""
        return next((record for record in self.records if record.works), None)

    def is_waiting(self, record: Record) -> bool:
        """Whether it is in the queue."""
        return record in self._waiting

    @property
    def unfinished(self) -> tuple[Record, ...]:
        """What trains and what waits."""
        return tuple(record for record in self.records if record.works or record in self._waiting)

    def close(self, *, stop: bool) -> None:
        """The window closes: watch nothing any more. stop: what trains is asked to stop; else it goes on by itself."""
        self._closed = True
        self._timer.stop()
        if stop:
            for record in [record for record in self.records if record.works]:
                self._background.submit(lambda job=record.job: job.control("stop"))  # type: ignore[misc]

    # ---- behind the scenes

    def _found(self, records: list[Record]) -> None:
        known = {record.folder for record in self.records}
        new = [record for record in records if record.folder not in known]
        self.records += new
        for record in new:
            self.changed.emit(record)
        self.found.emit(new)
        self._next()

    def _next(self) -> None:
        if self._waiting and self.running is None and not self._closed:
            self._launch(self._waiting.pop(0))
        if self._watched() and not self._closed:
            self._timer.start()
        else:
            self._timer.stop()

    def _launch(self, record: Record) -> None:
        before, record.status, record.message = record.status, "running", ""  # until its child says so itself
        child = self._children[record] = _Child()

        def launched(process: "subprocess.Popen[bytes]") -> None:
            child.process = process

        def not_launched(error: BaseException) -> None:
            del self._children[record]
            record.status = before
            self._fail(error)
            self.changed.emit(record)
            self._next()

        self._background.submit(lambda: _launch(record.job), launched, not_launched, owner=self)
        self.changed.emit(record)

    def _watched(self) -> list[Record]:
        return [record for record in self.records if record.works]

    def _read(self) -> None:
        if self._reading:
            return
        watched = [(record, self._children.get(record)) for record in self._watched()]
        watched = [(record, child) for record, child in watched if child is None or child.process is not None]
        if watched:
            self._reading = True
            self._background.submit(lambda: _look_at(watched), self._was_read, self._reading_failed, owner=self)

    def _was_read(self, seen: Sequence[tuple[Record, Seen | None]]) -> None:
        self._reading = False
        for record, new in seen:
            if new is None:
                self.failed.emit(_folder_gone(record))
                self._gone(record)
                continue
            if not record.take(new):
                continue
            self.changed.emit(record)
            if not record.works:
                self._let_go(record)
                self.ended.emit(record)
        self._next()

    def _reading_failed(self, error: BaseException) -> None:
        self._reading = False
        self._fail(error)

    def _let_go(self, record: Record) -> None:
        child = self._children.pop(record, None)
        if child is not None and child.process is not None:
            self._background.submit(child.process.wait)

    def _gone(self, record: Record) -> None:
        self._let_go(record)
        if record in self.records:
            self.records.remove(record)
            self.removed.emit(record)
        self._next()

    def _fail(self, error: BaseException) -> None:
        self.failed.emit(explain(error))


def _look_at(watched: Sequence[tuple[Record, _Child | None]]) -> list[tuple[Record, Seen | None]]:
    """What is new of each; None for one whose folder is gone. In a background thread."""
    found: list[tuple[Record, Seen | None]] = []
    for record, child in watched:
        status = None if child is None or child.process is None else child.process.poll()
        seen = None
        with suppress(OSError, ValueError, SteadymaskError):
            seen = record.look()
        if not (record.folder / "job.toml").exists():
            found.append((record, None))
            continue
        if seen is None:
            continue
        if child is not None and not child.told:
            works = seen.status in ("running", "paused")
            child.told = works or bool(seen.events)  # what earlier children told is known
            if not works and status is None:
                seen = replace(seen, status="running")  # what the folder said a moment ago may be of before
            elif not child.told:
                seen = replace(seen, status="failed", events=(_said_last(record.job, status or 0),))
        if seen.status == "interrupted" and child is not None and child.process is not None:
            status = child.process.poll()  # it may have died since
            seen = seen if status is None else replace(seen, befell=what_befell(status, record.job.said()))
        found.append((record, seen))
    return found


def _folder_gone(record: Record) -> str:
    return (
        f"{record.name} is not trained any more: its folder {record.folder} was moved or deleted. Put it back, and the "
        "next start of Steadymask finds it."
    )


def _said_last(job: Job, status: int) -> dict[str, str]:
    """An event in place of that which a child did not tell, as it died at its start. status: it ended with."""
    said = last_line(job.said()) or f"see {job.folder / 'log.txt'}"
    told = f"Its process {what_befell(status)}" if status < 0 else f"It ended as it began: {said}"
    return {"type": "error", "message": told}


def _launch(job: Job) -> "subprocess.Popen[bytes]":
    child = job.launch()
    with suppress(psutil.Error):  # it may be over by now
        psutil.Process(child.pid).nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if psutil.WINDOWS else _NICENESS)
    with suppress(OSError):
        # Linux weighs sessions, and this child has one of its own, before it weighs what is in them.
        Path(f"/proc/{child.pid}/autogroup").write_text(str(_NICENESS), "ascii")
    return child


def _delete(folder: Path) -> None:
    refused = delete([Item("run", folder.name, folder, 0)])
    if refused:
        raise JobError(f"{folder} stays: {refused[0].reason}")
