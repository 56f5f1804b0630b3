"""What can be asked of the background: masks of a clip, or two methods compared on it. No Qt; runs in any thread."""

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.backends.base import DEFAULT_BACKEND, Device
from engine.methods import make_pool
from engine.progress import CancelCheck, Progress
from engine.results.folder import BOTH, Drawing, Part
from engine.results.masks import export_masks
from engine.video.clips import find_clips


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request. text: in a sentence. failed: whether it is one that says what went wrong.

    frames: done. video, page: what there is to open.
    """

    text: str
    frames: int
    failed: bool = False
    video: Path | None = None
    page: Path | None = None


class Request(Protocol):
    """What to do with a clip, frozen when it was asked for."""

    @property
    def spec(self) -> str:
        """What opens the clip."""

    @property
    def folder(self) -> Path:
        """Of the results."""

    @property
    def symbol(self) -> str:
        """Its icon."""

    @property
    def cancelled_text(self) -> str:
        """What becomes of one that was cancelled on its way, as the end of a sentence."""

    def run(self, progress: Progress, cancelled: CancelCheck) -> Outcome:
        """Do it. cancelled: asked after every frame. Raises Cancelled, and SteadymaskError where nothing came of it."""


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
    backend: str = DEFAULT_BACKEND

    symbol = "export"
    cancelled_text = "the same export goes on from there"

    def run(self, progress: Progress, cancelled: CancelCheck) -> Outcome:
        """Write masks, overlay and table, see `engine.results.masks`."""
        model = make_pool(device=self.device, backend=self.backend, threads=_threads()).make(self.method)
        try:
            summary = export_masks(
                find_clips([self.spec])[0],
                model,
                self.folder,
                drawing=self.drawing,
                parts=self.parts,
                range_=self.range_,
                progress=progress,
                cancelled=cancelled,
            )
        finally:
            model.close()
        if summary.error is not None:
            return Outcome(summary.error, summary.frames, failed=True)
        note = f". {summary.note}" if summary.note else ""
        video = self.folder / "overlay.mp4" if "overlay" in self.parts else None
        return Outcome(f"{summary.frames} frames written{note}", summary.frames, video=video)


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What to compare. spec: what opens the clip. a, b: methods, as they are written. folder: of the results."""

    spec: str
    a: str
    b: str
    device: Device
    folder: Path
    backend: str = DEFAULT_BACKEND

    symbol = "report"
    cancelled_text = "nothing of it is left"

    def run(self, progress: Progress, cancelled: CancelCheck) -> Outcome:
        """Write the comparison, as `steadymask compare` does."""
        # Matplotlib is here alone: a window that writes no report never loads it.
        from app.report.folder import write_comparison
        from app.report.page import answer

        pool = make_pool(device=self.device, backend=self.backend, threads=_threads())
        with ExitStack() as stack:
            slots = []
            for text in (self.a, self.b):
                slots.append(pool.make(text))
                stack.callback(slots[-1].close)
            comparison = write_comparison(
                find_clips([self.spec])[0],
                slots[0],
                slots[1],
                self.folder,
                verdict=True,
                progress=progress,
                cancelled=cancelled,
            )
        told = [text for text in (comparison.error, answer(comparison), comparison.note) if text]
        video = self.folder / "compare.mp4"
        return Outcome(
            " ".join(told),
            comparison.frames,
            video=video if video.exists() else None,
            page=self.folder / "report.html",
        )


def _threads() -> int:
    """Half of the cores, so that what plays meanwhile goes on playing."""
    return max(1, (os.cpu_count() or 2) // 2)
