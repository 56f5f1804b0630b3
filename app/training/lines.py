"""What is told of a steadying in the line of the tool bar and in the list of work. No widgets."""

from collections.abc import Callable
from dataclasses import dataclass

from app.export.rows import Choice, Row, State
from app.messages import shorten
from app.training.outcome.words import told_of
from app.training.record import Record
from app.views.timeline import clock

_SYMBOL = "steady"
_STAGES = {
    "targets": "Asking the teacher",
    "training": "Learning",
    "choosing": "Choosing",
    "judging": "Judging",
}
_ASKED = {"run": "Going on…", "pause": "Pausing…", "stop": "Stopping…"}


@dataclass(frozen=True, slots=True)
class Deeds:
    """What can be done with a steadying."""

    pause: Callable[[], object]
    go_on: Callable[[], object]
    stop: Callable[[], object]
    resume: Callable[[], object]
    remove: Callable[[], object]
    open: Callable[[], object]


def line_of(record: Record, deeds: Deeds, *, waits: bool) -> Row:
    """How a steadying is doing. waits: whether it is in the queue, behind another one."""
    if waits:
        text = "Waiting for the training before it"
        return _row(record, "waiting", text, text, (Choice("Cancel", deeds.stop),), deeds)
    if record.works:
        return _working(record, deeds)
    remove = Choice("Remove", deeds.remove)
    show = Choice("Show", deeds.open)
    if record.status == "done":
        outcome = _outcome(record)
        reason = "" if record.verdict is None else str(record.verdict.get("reason", ""))
        return _row(record, "ended", outcome, _joined(outcome, reason), (show, remove), deeds)
    if record.status == "failed":
        text = record.message or "It failed"
        return _row(record, "ended", text, text, (Choice("Try again", deeds.resume), remove), deeds, role="red")
    if record.status == "created":
        text = "Not begun yet"
        return _row(record, "ended", text, text, (Choice("Begin", deeds.resume), remove), deeds)
    said = "Stopped" if record.status == "stopped" else "Interrupted"
    brief = f"{said}{_share_at(record)}"
    best = "what it learnt so far is there to look at" if record.has_student else ""
    choices = (Choice("Resume", deeds.resume), *((show,) if record.has_student else ()), remove)
    return _row(record, "ended", brief, _joined(brief, best), choices, deeds)


def stage_text(record: Record) -> str:
    """`Learning · 43 % · 2:10 left`, as far as it is known."""
    stage = _STAGES.get(record.stage, record.stage.capitalize()) or "Starting…"
    share = "" if not record.total else f"{_percent(record)} %"
    left = "" if record.left_s is None else f"{clock(record.left_s).partition('.')[0]} left"
    return _joined(stage, share, left)


def _working(record: Record, deeds: Deeds) -> Row:
    paused = record.status == "paused"
    turn = Choice("Resume", deeds.go_on) if paused else Choice("Pause", deeds.pause)
    choices = (Choice("Stop", deeds.stop), turn, Choice("Show", deeds.open))
    brief = _ASKED.get(record.asked) or (f"Paused{_share_at(record)}" if paused else stage_text(record))
    steps = f"{record.step} of {record.total}" if record.total else ""
    clips = ", ".join(shorten(clip.name, 32) for clip in record.clips[:3])
    return _row(record, "running", brief, _joined(brief, steps, f"from {clips}"), choices, deeds, counts=not paused)


def _row(
    record: Record,
    state: State,
    brief: str,
    text: str,
    choices: tuple[Choice, ...],
    deeds: Deeds,
    *,
    role: str = "",
    counts: bool = False,
) -> Row:
    colour = role or ("muted" if state == "ended" else "accent")
    done, total = record.step, record.total or None
    return Row(record.name, _SYMBOL, colour, state, brief, text, done, total, counts, choices, deeds.open)


def _outcome(record: Record) -> str:
    if record.verdict is None:
        return "Done"
    headline = told_of(record.verdict).headline
    return f"Better: {headline}" if record.verdict["verdict"] == "better" else headline


def _share_at(record: Record) -> str:
    return f" at {_percent(record)} %" if record.total else ""


def _percent(record: Record) -> int:
    return min(100, 100 * record.step // record.total)


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
