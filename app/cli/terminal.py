"""What the commands say on a terminal: results on standard output, everything else on standard error."""

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engine.errors import Cancelled, SteadymaskError, UnknownNameError
from engine.progress import CancelCheck
from engine.progress import Progress as Told

if TYPE_CHECKING:
    from engine.ownership.survey import Ask, Survey
    from engine.video.clips import Found
    from trainer.job import Job, Status

DONE, FAILED, USAGE = 0, 1, 2

console = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def errors() -> Iterator[None]:
    """Turn what a user can read into one line on standard error and an exit status."""
    try:
        yield
    except UnknownNameError as error:
        fail(error)
        raise typer.Exit(USAGE) from error
    except SteadymaskError as error:
        fail(error)
        raise typer.Exit(FAILED) from error
    except Cancelled as error:
        console.print("Stopped. The same command goes on from here.", markup=False)
        raise typer.Exit(FAILED) from error


def fail(error: SteadymaskError) -> None:
    """Show an error."""
    console.print("[red]error:[/]", end=" ")
    console.print(str(error), markup=False)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Progress bars with counts and the time that is left, on standard error; silent when that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield bars


@contextmanager
def interrupted() -> Iterator[CancelCheck]:
    """Within the block Ctrl+C is asked after, and breaks nothing off; pressed once more, it does."""
    asked = threading.Event()

    def on_interrupt(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, earlier)
        console.print("Stopping after this frame. Ctrl+C again breaks it off.", markup=False)

    earlier = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, earlier)


def warn(text: str | None) -> None:
    """Show a warning, such as a provider that is not the one asked for."""
    if text:
        console.print("[yellow]warning:[/]", end=" ")
        console.print(text, markup=False)


def warn_left_out(found: "Found") -> list[str]:
    """Say what in folders of clips is none, and why. Returns the lines."""
    lines = [str(each) for each in found.left_out]
    for line in lines:
        warn(shown(line))
    return lines


def replacing(overwrite: bool) -> "Ask | None":
    """With --overwrite, what says which files will be replaced, and allows it."""

    def allow(found: "Survey") -> bool:
        warn_of(found)
        return True

    return allow if overwrite else None


def warn_of(found: "Survey") -> None:
    """Say which files will be replaced."""
    warn(found.promise)


def progress_of(bars: Progress, bar: TaskID) -> "Told":
    """What moves `bar` on, called with (done, total)."""
    return lambda done, total: bars.update(bar, completed=done, total=total)


def tell(what: str, error: str | None, note: str | None, result: str, quiet: bool) -> None:
    """One line a clip: its failure or its result, and what is worth telling besides."""
    if error is not None:
        console.print("[red]failed:[/]", end=" ")
        console.print(error, markup=False)
    if not quiet:
        Console(soft_wrap=True, highlight=False).print(f"{what}: {result}", markup=False)
    if note is not None:
        console.print(f"note: {note}", markup=False)


def shown(text: str) -> str:
    """Text from a file that nobody trusts, safe for a terminal: no control characters."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def document_text(document: dict[str, Any]) -> str:
    """A document as JSON, for a file or a terminal."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def print_json(document: dict[str, Any]) -> None:
    """Print the one document of a command that was called with --json."""
    sys.stdout.write(document_text(document))


def rational(fps: str | None) -> Fraction | None:
    """Parse a frame rate such as `25` or `30000/1001`. Raises typer.BadParameter for anything else."""
    if fps is None:
        return None
    from engine.video.images import parse_rate

    try:
        return parse_rate(fps)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fps") from error


def frame_range(text: str | None) -> tuple[int, int] | None:
    """Parse frames such as `100:200`, both included. Raises typer.BadParameter for anything else."""
    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal()) or int(first) > int(last):
        raise typer.BadParameter(f"{text!r} is no range of frames; write it like 100:200", param_hint="--range")
    return int(first), int(last)


def score(value: float | None) -> str:
    """A score of 0..100 with one decimal, or a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"


def follow(job: "Job") -> "Status":
    """Start `job`, or watch it where it runs already, until it ends. Ctrl+C asks it to stop. Returns its status.

    An end that the job could not tell of itself is told here.
    """
    offset = job.events_end()
    child = None if job.status() in ("running", "paused") else job.launch()
    while True:
        try:
            # Asked before the events are read, so that the last ones are not missed.
            ended = child.poll() is not None if child is not None else job.status() not in ("running", "paused")
            for event, end in job.events(offset):
                offset = end
                tell_event(event)
            if ended:
                status = job.status()
                tell_untold(job, status, None if child is None else child.returncode)
                return status
            time.sleep(0.5)
        except KeyboardInterrupt:
            console.print("stopping; the same command resumes")
            with suppress(OSError):  # whose folder is gone, that ends by itself
                job.control("stop")


def tell_untold(job: "Job", status: "Status", exit_status: int | None) -> None:
    """One line for a job whose child was killed, crashed, or has no folder any more. exit_status: None: not known."""
    from engine.children import what_befell
    from trainer.job import FINAL, JobError

    if not job.exists():
        fail(job.gone())
    elif status not in FINAL:
        how = "has ended" if exit_status is None else what_befell(exit_status, job.said())
        fail(
            JobError(f"{job.folder} is not done: its process {how}. What was saved is kept; the same command resumes.")
        )


def tell_event(event: dict[str, Any]) -> None:
    """One line for an event of a job."""
    if event["type"] == "progress":
        left = f"{event['left_s'] // 60} min left"
        where = event["stage"] if "stage" in event else f"epoch {event['epoch']}, step"
        console.print(f"{where} {event['step']} of {event['total']}, {left}")
    elif event["type"] == "metric":
        values = {key: value for key, value in event.items() if key not in ("schema", "job", "type", "time", "step")}
        console.print("  " + ", ".join(f"{key} {value}" for key, value in values.items()))
    elif "message" in event:
        console.print(str(event["message"]), markup=False)
