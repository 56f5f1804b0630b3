"""Child processes: how they are started, waited for with a limit, ended for certain, and how they ended, in words."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_LAST_WORDS_S = 1.0
_LOOK_S = 0.1


class NoAnswer(Exception):
    """A child that could not be started, failed, or was not waited for; the message is the reason."""


class TooSlow(NoAnswer):
    """A child that took too long: a driver hangs, or the machine is busy."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended. status: 0 is well, below it a signal's number. said, notes: standard output and error."""

    status: int
    said: str
    notes: str


def python(*words: str) -> list[str]:
    """The command that runs this Python with `words`, such as `-m` and a module."""
    # -P: a user's own `torch.py` in the working directory must not be imported in place of the library.
    return [sys.executable, "-P", *words]


def run(command: list[str], *, timeout_s: float | None = None, look: Callable[[], None] | None = None) -> Ended:
    """Run `command` to its end. timeout_s, look: see `wait`. Raises OSError where it cannot be started, TooSlow."""
    with running(command) as child:
        said, notes = wait(child, timeout_s=timeout_s, look=look)
    return Ended(child.returncode, said, notes)


@contextlib.contextmanager
def running(
    command: list[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int | IO[Any] = subprocess.PIPE,
    own_session: bool = False,
) -> Iterator["subprocess.Popen[str]"]:
    """A child that runs within the block, and has ended after it, however the block is left.

    folder: its working directory. own_session: Ctrl+C in the terminal does not reach it. Raises OSError where it cannot
    be started.
    """
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=own_session,
        creationflags=_NO_WINDOW,
        text=True,
        errors="replace",
    )
    try:
        yield child
    finally:
        _end(child)


def wait(
    child: "subprocess.Popen[str]",
    *,
    timeout_s: float | None = None,
    look: Callable[[], None] | None = None,
    every_s: float = _LOOK_S,
) -> tuple[str, str]:
    """Standard output and standard error of `child`, once it has ended; empty where they go elsewhere.

    look: called every `every_s` seconds while it runs; what it raises ends the waiting, not the child. Raises TooSlow
    after `timeout_s`, None for no limit.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
        span_s = left_s if look is None else every_s if left_s is None else min(left_s, every_s)
        try:
            if child.stdout is None and child.stderr is None:
                child.wait(span_s)  # `communicate` would close its standard input
                return "", ""
            return child.communicate(timeout=span_s)
        except subprocess.TimeoutExpired as error:
            if look is not None:
                look()
            if deadline is not None and time.monotonic() >= deadline:
                raise TooSlow(f"no answer within {timeout_s:.0f} s") from error


def how_ended(status: int, notes: str = "") -> str:
    """How a child ended: the signal's name, or its status and the last line of its `notes`."""
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    last = last_line(notes)
    return f"status {status}" + (f": {last}" if last else "")


def what_befell(status: int, notes: str = "") -> str:
    """How a child ended that was to go on, as a sentence goes on behind `its process`. notes: as of `how_ended`."""
    how = how_ended(status, notes)
    if how == "SIGKILL":
        return f"was killed ({how}), by somebody or by the system, which does that where memory is short"
    return f"crashed ({how})" if status < 0 else f"ended with {how}"


def last_line(notes: str) -> str:
    """The last line of `notes` that is not blank; empty where there is none."""
    return next((line.strip() for line in reversed(notes.splitlines()) if line.strip()), "")


def _end(child: "subprocess.Popen[str]") -> None:
    """Kill a child that still runs. One that hangs in a driver cannot be ended at all, so it is not waited for long."""
    if child.poll() is None:
        child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_LAST_WORDS_S)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
