"""Exports in the background, one after another, each with a model of its own, so that the window plays on."""

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import explain
from app.player.background import Background
from app.player.clip import short_name
from engine.backends.base import Device
from engine.clips import find_clips
from engine.errors import Cancelled
from engine.mask_export import Summary, export_masks
from engine.methods import make_pool
from engine.results_folder import BOTH, Drawing, Part

_POLL_MS = 200

Status = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export. spec: what opens the clip. folder: of the results. range_: (first, last) frame, or None."""

    spec: str
    method: str
    device: Device
    folder: Path
    parts: tuple[Part, ...] = BOTH
    range_: tuple[int, int] | None = None
    drawing: Drawing = field(default_factory=Drawing)


@dataclass(slots=True, eq=False)
class ExportJob:
    """One export as the window sees it. done, total: frames. text: how it ended, with what to do where it failed."""

    request: ExportRequest
    status: Status = "waiting"
    done: int = 0
    total: int | None = None
    text: str = ""
    began: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """The clip's name."""
        return short_name(self.request.spec)

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

    def start(self, request: ExportRequest) -> ExportJob:
        """Export soon: now, or when what runs has ended."""
        job = ExportJob(request)
        self._waiting.append(job)
        self.changed.emit(job)
        self._next()
        return job

    def cancel(self, job: ExportJob) -> None:
        """End it at the next frame; the same export goes on from there when it is asked for again."""
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
            lambda summary: self._ended(job, summary),
            lambda error: self._failed(job, error),
            owner=self,
        )

    def _tell(self) -> None:
        if self._running is not None:
            self.changed.emit(self._running)

    def _ended(self, job: ExportJob, summary: Summary | None) -> None:
        if summary is None:
            self._end(job, "cancelled", f"Cancelled after {job.done} frames; the same export goes on from there")
        elif summary.error is not None:
            self._end(job, "failed", summary.error)
        else:
            job.done = summary.frames
            note = f". {summary.note}" if summary.note else ""
            self._end(job, "done", f"{summary.frames} frames written{note}")

    def _failed(self, job: ExportJob, error: BaseException) -> None:
        self._end(job, "failed", explain(error))

    def _end(self, job: ExportJob, status: Status, text: str) -> None:
        job.status, job.text = status, text
        self._running = None
        self._timer.stop()
        self.changed.emit(job)
        self._next()


def _run(job: ExportJob) -> Summary | None:
    """In a background thread. Returns None when it was cancelled."""
    request = job.request

    def progress(done: int, total: int | None) -> None:
        if job.began is None:
            job.began = time.monotonic()
        job.done, job.total = done, total

    # Half of the cores, so that what plays meanwhile goes on playing.
    model = make_pool(device=request.device, threads=max(1, (os.cpu_count() or 2) // 2)).make(request.method)
    try:
        return export_masks(
            find_clips([request.spec])[0],
            model,
            request.folder,
            drawing=request.drawing,
            parts=request.parts,
            range_=request.range_,
            progress=progress,
            cancelled=job.stop.is_set,
        )
    except Cancelled:
        return None
    finally:
        model.close()
