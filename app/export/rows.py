"""What is told of each piece of work: an export, a comparison, a recording. No widgets."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from app.desktop import open_outside
from app.export.jobs import ExportJob
from app.views.timeline import clock
from engine.results.folder import OVERLAY
from engine.results.recording import RecordingState
from engine.results.sending import SendingState

State = Literal["waiting", "running", "ended"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be done with a piece of work, as a button says it."""

    label: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of work. name: what it is about. symbol, role: its icon and the colour of it. brief, text: how it goes,
    in few words and in full. done, total: frames, where they are known. choices: the first one is what a person wants
    most. open: shows more of it, where there is more; by a click on it.
    """

    name: str
    symbol: str
    role: str
    state: State
    brief: str
    text: str
    done: int = 0
    total: int | None = None
    counts: bool = False
    choices: tuple[Choice, ...] = ()
    open: Callable[[], object] | None = None


def row_of(
    job: ExportJob,
    cancel: Callable[[], object],
    open_video: Callable[[str], object],
    open_report: Callable[[], object],
) -> Row:
    """How an export or a comparison is doing. open_video: opens a finished video here. open_report: shows what became
    of a model that was exported.
    """
    symbol = job.manner.symbol
    if job.status in ("waiting", "running"):
        state: State = "waiting" if job.status == "waiting" else "running"
        stop = (Choice("Cancel", cancel),)
        text = progress_text(job)
        return Row(job.name, symbol, "accent", state, _pace(job) or text, text, job.done, job.total, True, stop)
    choices: tuple[Choice, ...] = ()
    if job.status == "done" and job.outcome is not None:
        choices = _results(job.request.folder, open_video, job.outcome.video, job.outcome.page)
        if job.outcome.report is not None:
            choices = (Choice("Show the report", open_report), *choices)
    role = "red" if job.status == "failed" else "muted"
    return Row(job.name, symbol, role, "ended", job.text, job.text, choices=choices)


def row_of_recording(what: str, folder: Path, state: RecordingState | None, stop: Callable[[], object]) -> Row:
    """How the recording is doing; state: None when it has just begun. what: is recorded."""
    if state is None:
        brief = "begins"
    else:
        dropped = f" · {state.dropped} dropped" if state.dropped else ""
        brief = f"{clock(state.seconds)} · {state.frames} frames{dropped}"
    text = f"{brief} · {folder}"
    return Row(f"Recording {what}", "record", "red", "running", brief, text, choices=(Choice("Stop", stop),))


def row_of_recorded(what: str, folder: Path, error: str, open_video: Callable[[str], object]) -> Row:
    """A recording that has ended. error: why by itself, or empty."""
    choices = _results(folder, open_video, None if error else folder / OVERLAY, None)
    text = error or f"saved in {folder}"
    return Row(f"Recorded {what}", "clip", "red" if error else "muted", "ended", text, text, choices=choices)


def row_of_sending(what: str, state: SendingState | None, stop: Callable[[], object]) -> Row:
    """How the sending is doing; state: None when it has just begun. what: is sent."""
    if state is None or not state.device:
        brief = text = "opens the virtual camera"
    else:
        rate = "" if state.rate is None else f" · {state.rate:.0f} a second"
        dropped = f" · {state.dropped} left out" if state.dropped else ""
        brief = f"{state.size[0]} × {state.size[1]}{rate}"
        text = f"{brief}{dropped} → {state.device} · {what}"
    return Row("Sending A", "send", "red", "running", brief, text, choices=(Choice("Stop", stop),))


def progress_text(job: ExportJob) -> str:
    """`123 / 500 · 24 frames/s · 0:15 left`, as far as it is known."""
    if job.status == "waiting":
        return "Waiting for what is written before it"
    if job.began is None:
        return "Loading the model…"
    if job.total and job.done >= job.total:
        return f"{job.done} frames · finishing…"
    return " · ".join((f"{job.done} / {job.total}" if job.total else f"{job.done} frames", *_known_pace(job)))


def _pace(job: ExportJob) -> str:
    """Rate and time left alone, where there are some: a bar tells how far it is."""
    goes_on = job.status == "running" and job.began is not None and (not job.total or job.done < job.total)
    return " · ".join(_known_pace(job)) if goes_on else ""


def _known_pace(job: ExportJob) -> list[str]:
    rate = job.rate
    parts = [] if rate is None else [f"{rate:.0f} frames/s" if rate >= 10 else f"{rate:.1f} frames/s"]
    return parts if job.left_s is None else [*parts, f"{clock(job.left_s).partition('.')[0]} left"]


def _results(
    folder: Path, open_video: Callable[[str], object], video: Path | None, page: Path | None
) -> tuple[Choice, ...]:
    choices = []
    if page is not None:
        choices.append(Choice("Open the report", partial(open_outside, page)))
    if video is not None:
        choices.append(Choice("Open the video", partial(open_video, str(video))))
    return (*choices, Choice("Show in folder", partial(open_outside, folder)))
