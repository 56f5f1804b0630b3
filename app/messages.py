"""What the interface tells a person, and how an error is put into words."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.errors import SteadymaskError

_LOG = logging.getLogger(__name__)

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Action:
    """A button in a banner; pressing it also takes the banner away."""

    label: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Message:
    """key: what it is about; a newer message with the same key takes its place."""

    key: str
    text: str
    level: Level = "info"
    actions: tuple[Action, ...] = ()
    dismissible: bool = True


def explain(error: BaseException) -> str:
    """Put an error into words. Our own say what to do; anything else is a bug, and goes to the log with its trace."""
    if isinstance(error, SteadymaskError):
        return str(error)
    _LOG.error("unexpected failure", exc_info=error)
    return (
        f"Something went wrong that should not ({type(error).__name__}: {error}). Please report it: Help, "
        "Copy report has the details."
    )


def shorten(text: str, most: int = 56) -> str:
    """Cut `text` in its middle to `most` characters, so that a long file name does not widen the window."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
