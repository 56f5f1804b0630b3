"""The worst moments: the frames that flicker most, apart from one another."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def worst_apart(
    flicker: Sequence[float] | NDArray[np.floating], index: Sequence[int] | NDArray[np.int64], most: int, apart: int
) -> list[int]:
    """Places of at most `most` values of `flicker` (n,), the highest first, whose frames `index` (n,) are at least
    `apart` from one another. Of equal values the first is taken.
    """
    values, frames = np.asarray(flicker), np.asarray(index)
    free = np.ones(len(values), np.bool_)
    chosen: list[int] = []
    while len(chosen) < most and free.any():
        place = int(np.where(free, values, -np.inf).argmax())
        chosen.append(place)
        free &= np.abs(frames - frames[place]) >= apart
        free[place] = False
    return chosen


class WorstMoments(Generic[T]):
    """The worst moments of frames that come one by one, each with what was kept of it. Bounded."""

    def __init__(self, count: int, apart: int) -> None:
        """count: how many. apart: frames."""
        self._count, self._apart = count, apart
        self._moments: list[tuple[float, int, T]] = []

    def offer(self, flicker: float, index: int) -> bool:
        """Whether frame `index` is among the worst so far; then `keep` it. flicker: 0..1."""
        return len(self._moments) in self._chosen([*self._moments, (flicker, index)])

    def keep(self, flicker: float, index: int, what: T) -> None:
        """Take a frame in; those near it and the mildest one too many go."""
        moments = [*self._moments, (flicker, index, what)]
        self._moments = [moments[place] for place in self._chosen(moments)]

    @property
    def moments(self) -> list[tuple[float, int, T]]:
        """(flicker, index, what was kept), the worst first."""
        return list(self._moments)

    def _chosen(self, moments: Sequence[tuple[float, int] | tuple[float, int, T]]) -> list[int]:
        return worst_apart([each[0] for each in moments], [each[1] for each in moments], self._count, self._apart)
