"""How work says how far it is, and how it hears that it should stop."""

from collections.abc import Callable

Progress = Callable[[int, int | None], None]
"""Called after every frame with (frames done, frames in all or None)."""

CancelCheck = Callable[[], bool]
"""Asked again and again while work goes on; True once it should stop. Must be quick, and may be asked in any thread."""


def never() -> bool:
    """The check of work that nobody can stop."""
    return False
