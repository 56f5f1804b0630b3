"""How the window runs requests, and what it says of them. No Qt; runs in any thread."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.compare.naming import method_name
from app.player.clip import short_name
from engine.progress import CancelCheck, Progress
from engine.shelves import Shelves
from engine.work import CompareRequest, ModelExportRequest, Request, SegmentRequest, segment

if TYPE_CHECKING:
    from engine.exporting.parity import Parity


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request. text: in a sentence. failed: whether it is one that says what went wrong.

    frames: done. video, page, report: what there is to open.
    """

    text: str
    frames: int
    failed: bool = False
    video: Path | None = None
    page: Path | None = None
    report: "Parity | None" = None


def _of_clip(request: Request) -> str:
    return f"{short_name(request.spec)}, {' and '.join(map(method_name, request.methods))}"


def _of_model(request: ModelExportRequest) -> str:
    form = "plain " if request.graph == "plain" else ""
    return f"{method_name(request.model)}, {form}{request.precision}"


@dataclass(frozen=True, slots=True)
class Manner:
    """What a kind of request is like in the window.

    symbol: its icon. cancelled_text: what becomes of one that was cancelled on its way, as the end of a sentence.
    run: does it, with (request, progress, cancelled). Raises Cancelled, and SteadymaskError where nothing came of it.
    name: what one is about. resumes: whether it goes on where it stopped; else it begins anew.
    """

    symbol: str
    cancelled_text: str
    run: Callable[[Any, Progress, CancelCheck], Outcome]
    name: Callable[[Any], str] = _of_clip
    resumes: bool = True


def _segment(request: SegmentRequest, progress: Progress, cancelled: CancelCheck) -> Outcome:
    summary = segment(request, request.make_pool(_threads()), progress=progress, cancelled=cancelled)
    if summary.error is not None:
        return Outcome(summary.error, summary.frames, failed=True)
    note = "".join(f". {text}" for text in (summary.refined, summary.note) if text)
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


def _export_model(request: ModelExportRequest, progress: Progress, cancelled: CancelCheck) -> Outcome:
    # Here alone: onnx takes a while to load.
    from engine.exporting.child import export_in_child

    report = export_in_child(request.wanted(_threads()), progress=progress, cancelled=cancelled)
    return Outcome(report.sentence, report.frames, report=report)


MANNERS: dict[type[Request], Manner] = {
    SegmentRequest: Manner("export", "the same export goes on from there", _segment),
    CompareRequest: Manner("report", "nothing of it is left", _compare, resumes=False),
    ModelExportRequest: Manner("model", "nothing of it is left", _export_model, _of_model, resumes=False),
}


def manner_of(request: Request) -> Manner:
    """How the window goes about it."""
    return MANNERS[type(request)]


def _threads() -> int:
    """Half of the cores, so that what plays meanwhile goes on playing."""
    return max(1, (os.cpu_count() or 2) // 2)
