"""Classes that stand for what no other class is: not drawn unless somebody asks, so that the picture is seen there."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.models.classes import ClassSet

_NAMES = frozenset({"background", "bg", "void", "unlabelled", "unlabeled", "unknown", "ignore", "none"})


def backgrounds(names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that stand for the background, whatever their case, as `__background__` too.

    `other` is none of them: it is what was seen and has no name of its own, and where it flickers somebody wants to
    see it. Empty where all of them would be, so that something is drawn.
    """
    every = tuple(names)
    found = tuple(name for name in every if name.casefold().strip(" _") in _NAMES)
    return found if len(found) < len(every) else ()


def drawn_at_first(classes: ClassSet) -> NDArray[np.bool_]:
    """By class id, whether it is drawn where nobody has chosen, (256,)."""
    drawn = np.ones(256, bool)
    left_out = backgrounds(classes.names)
    drawn[: len(classes)] = [name not in left_out for name in classes.names]
    return drawn
