"""How the window runs requests, and what it says of them. No Qt; runs in any thread."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.progress import CancelCheck, Progress
from engine.shelves import Shelves
from engine.work import CompareRequest, Request, SegmentRequest, segment


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


@dataclass(frozen=True, slots=True)
class Manner:
    """What a kind of request is like in the window.

    symbol: its icon. cancelled_text: what becomes of one that was cancelled on its way, as the end of a sentence.
    run: does it, with (request, progress, cancelled). Raises Cancelled, and SteadymaskError where nothing came of it.
    """

    symbol: str
    cancelled_text: str
    run: Callable[[Any, Progress, CancelCheck], Outcome]


def _segment(request: SegmentRequest, progress: Progress, cancelled: CancelCheck) -> Outcome:
    summary = segment(request, request.make_pool(_threads()), progress=progress, cancelled=cancelled)
    if summary.error is not None:
        return Outcome(summary.error, summary.frames, failed=True)
    note = f". {summary.note}" if summary.note else ""
    video = request.folder / "overlay.mp4" if "overlay" in request.parts else None
    return Outcome(f"{summary.frames} frames written{note}", summary.frames, video=video)


def _compare(request: CompareRequest, progress: Progress, cancelled: CancelCheck) -> Outcome:
    # Matplotlib is here alone: a window that writes no report never loads it.
    from app.report.folder import run_comparison
    from app.report.page import answer

    pool = request.make_pool(_threads())
    comparison = run_comparison(request, pool, shelves=Shelves(), progress=progress, cancelled=cancelled)
    told = [text for text in (comparison.error, answer(comparison), comparison.note) if text]
    video = request.folder / "compare.mp4"
    return Outcome(
        " ".join(told),
        comparison.frames,
        video=video if video.exists() else None,
        page=request.folder / "report.html",
    )


MANNERS: dict[type[Request], Manner] = {
    SegmentRequest: Manner("export", "the same export goes on from there", _segment),
    CompareRequest: Manner("report", "nothing of it is left", _compare),
}


def manner_of(request: Request) -> Manner:
    """How the window goes about it."""
    return MANNERS[type(request)]


def _threads() -> int:
    """Half of the cores, so that what plays meanwhile goes on playing."""
    return max(1, (os.cpu_count() or 2) // 2)
