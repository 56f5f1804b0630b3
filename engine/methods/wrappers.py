"""What can stand around a method: one row each. Who reads, makes, offers or explains wrappers reads this table."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.methods.base import Method
from engine.methods.controls import Blurred, Constant, Frozen
from engine.methods.smoothing import Ema, Hold, Median, Propagate


@dataclass(frozen=True, slots=True)
class Option:
    """A wrapper's one setting: its name, default, and lowest and highest value. whole: takes whole numbers alone.

    label: what the window calls it.
    """

    name: str
    default: float
    low: float
    high: float
    whole: bool
    label: str


@dataclass(frozen=True, slots=True)
class WrapperKind:
    """A row of the table.

    make: from the inner method, the name to show and the option's value where there is one. help: what it does, in one
    line. option: its setting, or None. needs_scores: it asks the model for them. label: what the window calls it; empty
    for a control, which is there to be seen through and is not offered.
    """

    make: Callable[..., Method]
    help: str
    option: Option | None = None
    needs_scores: bool = False
    label: str = ""

    @property
    def control(self) -> bool:
        """Whether it is steady by doing nothing: no remedy."""
        return not self.label


WRAPPERS: dict[str, WrapperKind] = {
    "ema": WrapperKind(
        Ema,
        "mixes the scores with those of the frames before; steadier, but it trails",
        Option("alpha", 0.7, 0.0, 0.99, False, "Past kept"),
        needs_scores=True,
        label="Smoothed",
    ),
    "median": WrapperKind(
        Median,
        "each pixel has the class that most of the last frames gave it",
        Option("n", 5, 2, 31, True, "Frames"),
        label="Majority",
    ),
    "hold": WrapperKind(
        Hold,
        "segments one frame in so many, keeps its mask until the next",
        Option("n", 3, 2, 120, True, "One frame in"),
        label="Held",
    ),
    "propagate": WrapperKind(
        Propagate,
        "segments one frame in so many, moves its mask along the motion until the next",
        Option("every", 5, 2, 120, True, "One frame in"),
        label="Moved along",
    ),
    "constant": WrapperKind(Constant, "one class everywhere, the most frequent one of the first frame"),
    "frozen": WrapperKind(Frozen, "the first frame's mask, for ever"),
    "blurred": WrapperKind(Blurred, "each pixel has the most frequent class around it; small and thin things are gone"),
}


def remedies() -> dict[str, WrapperKind]:
    """The rows that are offered, in the order of the table."""
    return {name: kind for name, kind in WRAPPERS.items() if not kind.control}
