"""Exports and comparisons in the background, one after another, with models of their own: the window plays on."""

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.export.running import Manner, Outcome, manner_of
from app.messages import explain
from app.player.background import Background, step_back
from engine.errors import Cancelled
from engine.work import Request

_POLL_MS = 200

Status = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(slots=True, eq=False)
class ExportJob:
    """One request as the window sees it. done, total: frames. text: how it ended, with what to do where it failed.

    outcome: what came of it, once it is done.
    """

    request: Request
    status: Status = "waiting"
    done: int = 0
    total: int | None = None
    text: str = ""
    outcome: Outcome | None = None
    began: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def manner(self) -> Manner:
        """How the window goes about it."""
        return manner_of(self.request)

    @property
    def name(self) -> str:
        """What it is about: the clip and the methods, or the model."""
        return self.manner.name(self.request)

    @property
    def rate(self) -> float | None:
        """Frames a second so far; None before there is one."""
        if self.began is None or not self.done:
            return None
        return self.done / max(1e-3, time.monotonic() - self.began)

    @property
    def left_s(self) -> float | None:
        """Seconds that it will take yet, or None where that is not known."""
        rate = self.rate
        return None if rate is None or self.total is None else max(0.0, (self.total - self.done) / rate)


class ExportJobs(QObject):
    """Runs what is asked for. GUI thread only; nothing here waits."""

    changed = Signal(object)
    """An ExportJob that is new, has gone on, or has ended; at most five times a second while it runs."""

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._waiting: list[ExportJob] = []
        self._running: ExportJob | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._tell)

    def start(self, request: Request) -> ExportJob:
        """Do it soon: now, or when what runs has ended."""
        job = ExportJob(request)
        self._waiting.append(job)
        self.changed.emit(job)
        self._next()
        return job

    @property
    def working(self) -> bool:
        """Whether something runs or waits."""
        return self._running is not None or bool(self._waiting)

    @property
    def requests(self) -> tuple[Request, ...]:
        """What runs and what waits, in that order; without what somebody has cancelled."""
        jobs = (*((self._running,) if self._running else ()), *self._waiting)
        return tuple(job.request for job in jobs if not job.stop.is_set())

    def cancel(self, job: ExportJob) -> None:
        """End it at the next frame."""
        job.stop.set()
        if job in self._waiting:
            self._waiting.remove(job)
            job.status, job.text = "cancelled", "Cancelled"
            self.changed.emit(job)

    def cancel_all(self) -> None:
        """The window closes: end everything, tell nobody."""
        self._timer.stop()
        for job in (*self._waiting, *([self._running] if self._running else [])):
            job.stop.set()
        self._waiting.clear()

    def _next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        job = self._running = self._waiting.pop(0)
        job.status = "running"
        self._timer.start()
        self._background.submit(
            lambda: _run(job),
            lambda outcome: self._ended(job, outcome),
            lambda error: self._failed(job, error),
            owner=self,
        )

    def _tell(self) -> None:
        if self._running is not None:
            self.changed.emit(self._running)

    def _ended(self, job: ExportJob, outcome: Outcome | None) -> None:
        if outcome is None:
            self._end(job, "cancelled", f"Cancelled after {job.done} frames; {job.manner.cancelled_text}")
        else:
            job.done, job.outcome = outcome.frames, outcome
            self._end(job, "failed" if outcome.failed else "done", outcome.text)

    def _failed(self, job: ExportJob, error: BaseException) -> None:
        self._end(job, "failed", explain(error))

    def _end(self, job: ExportJob, status: Status, text: str) -> None:
        job.status, job.text = status, text
        self._running = None
        self._timer.stop()
        self.changed.emit(job)
        self._next()


def _run(job: ExportJob) -> Outcome | None:
    """In a background thread. Returns None when it was cancelled."""

    def progress(done: int, total: int | None) -> None:
        if job.began is None:
            job.began = time.monotonic()
        job.done, job.total = done, total

    step_back()
    try:
        return job.manner.run(job.request, progress, job.stop.is_set)
    except Cancelled:
        return None
