"""Questions that may crash or hang are asked in a child process, with a time limit."""

import json
import threading
from dataclasses import dataclass
from typing import Any

from engine import children
from engine.children import NoAnswer, TooSlow

__all__ = ["Answer", "NoAnswer", "TooSlow", "ask", "run"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said. data: its answer. notes: what it and its libraries wrote on standard error."""

    data: Any
    notes: str


def ask(question: str, *words: str, timeout_s: float, stop: threading.Event | None = None) -> Answer:
    """Ask `engine.doctor.child`; see `run`. Raises NoAnswer."""
    command = children.python("-m", "engine.doctor.child", question, *words)
    answer = run(command, timeout_s=timeout_s, stop=stop)
    try:
        return Answer(json.loads(answer.data), answer.notes)
    except ValueError as error:
        raise NoAnswer(f"the answer cannot be read: {answer.data[:100]!r}") from error


def run(command: list[str], *, timeout_s: float, stop: threading.Event | None = None) -> Answer:
    """Run `command`; its standard output is the answer. Raises NoAnswer when it fails, TooSlow after `timeout_s`.

    stop: once somebody sets it, the child is ended, and NoAnswer raised.
    """

    def look() -> None:
        if stop is not None and stop.is_set():
            raise NoAnswer("it was not waited for")

    try:
        child = children.run(command, timeout_s=timeout_s, look=None if stop is None else look)
    except OSError as error:
        raise NoAnswer(f"{command[0]} cannot be started ({error})") from error
    if child.status != 0:
        why = children.last_line(child.notes or child.said)
        raise NoAnswer(why or f"it ended with {children.how_ended(child.status)}")
    return Answer(child.said, child.notes)
