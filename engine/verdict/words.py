"""Numbers as they stand in sentences."""

import math


def cut(value: float, digits: int) -> float:
    """Rounded down, so that what is just below a threshold does not read as if it reached it."""
    return math.floor(value * 10**digits) / 10**digits


def percent(share: float, digits: int = 0) -> str:
    """A share, 0..1."""
    return f"{100 * share:.{digits}f} %"


def signed(value: float) -> str:
    """A difference, to two digits."""
    return f"{value:+.2f}".replace("-", "−")


def small(share: float) -> str:
    """A share of the picture, 0..1, to one digit that says something."""
    return "less than 0.01 %" if share < 0.0001 else percent(share, 2 if share < 0.01 else 1)
