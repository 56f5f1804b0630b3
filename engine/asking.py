"""Questions that may crash or hang are asked in a child process, with a time limit."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_LAST_WORDS_S = 1.0
_LOOK_S = 0.1


class NoAnswer(Exception):
    """A child that could not be started or failed; the message is the reason."""


class TooSlow(NoAnswer):
    """A child that took too long: a driver hangs, or the machine is busy."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said. data: its answer. notes: what it and its libraries wrote on standard error."""

    data: Any
    notes: str


def ask(question: str, *words: str, timeout_s: float, stop: threading.Event | None = None) -> Answer:
    """Ask `engine.doctor.child`; see `run`. Raises NoAnswer."""
    # -P: a user's own `torch.py` in the working directory must not be imported in place of the library.
    command = [sys.executable, "-P", "-m", "engine.doctor.child", question, *words]
    answer = run(command, timeout_s=timeout_s, stop=stop)
    try:
        return Answer(json.loads(answer.data), answer.notes)
    except ValueError as error:
        raise NoAnswer(f"the answer cannot be read: {answer.data[:100]!r}") from error


def run(command: list[str], *, timeout_s: float, stop: threading.Event | None = None) -> Answer:
    """Run `command`; its standard output is the answer. Raises NoAnswer when it fails, TooSlow after `timeout_s`.

    stop: once somebody sets it, the child is ended, and NoAnswer raised.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=_NO_WINDOW,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise NoAnswer(f"{command[0]} cannot be started ({error})") from error
    said, notes = _listen(child, timeout_s, stop)
    if child.returncode != 0:
        lines = [line.strip() for line in (notes or said).splitlines() if line.strip()]
        raise NoAnswer(lines[-1] if lines else f"it ended with status {child.returncode}")
    return Answer(said, notes)


def _listen(child: subprocess.Popen[str], timeout_s: float, stop: threading.Event | None) -> tuple[str, str]:
    """Standard output and standard error of `child`, once it has ended. Raises TooSlow, and NoAnswer on `stop`."""
    deadline = time.monotonic() + timeout_s
    while True:
        left_s = deadline - time.monotonic()
        try:
            return child.communicate(timeout=left_s if stop is None else min(left_s, _LOOK_S))
        except subprocess.TimeoutExpired as error:
            if stop is not None and stop.is_set():
                _end(child)
                raise NoAnswer("it was not waited for") from error
            if time.monotonic() >= deadline:
                _end(child)
                raise TooSlow(f"no answer within {timeout_s:.0f} s") from error


def _end(child: subprocess.Popen[str]) -> None:
    """Kill a child. One that hangs in a driver cannot be ended at all, so it is not waited for long."""
    child.kill()
    try:
        child.communicate(timeout=_LAST_WORDS_S)
    except subprocess.TimeoutExpired:
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
