"""Where it flickers: label flips by pixel, over a window of frames or a whole clip."""

from collections import deque
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.measures.pair import PairCounts

T = TypeVar("T")


class FlickerMap:
    """Counts at each pixel the frame pairs in which its class flipped, as `flicker` has it. Streaming and bounded.

    Pixels are those of the picture, not of the things in it: it shows where on the screen masks are restless.
    """

    def __init__(self, window: int | None = None) -> None:
        """window: how many pairs back it looks; None for all since the start."""
        self._recent: deque[NDArray[np.bool_]] | None = None if window is None else deque(maxlen=window)
        self._flips: NDArray[np.int32] | None = None
        self.pairs = 0

    def reset(self) -> None:
        """Begin anew: after a seek."""
        self._flips, self.pairs = None, 0
        if self._recent is not None:
            self._recent.clear()

    def add(self, pair: PairCounts) -> None:
        """Add a pair. Pairs of another size than before begin the map anew."""
        changed = pair.changed
        if self._flips is None or self._flips.shape != changed.shape:
            self.reset()
            self._flips = np.zeros(changed.shape, np.int32)
        if self._recent is not None:
            if len(self._recent) == self._recent.maxlen:
                self._flips -= self._recent[0]
                self.pairs -= 1
            self._recent.append(changed)
        self._flips += changed
        self.pairs += 1

    @property
    def share(self) -> NDArray[np.float32] | None:
        """Share of the pairs in which each pixel flipped, float32 (h, w) in 0..1; None before the first pair."""
        if self._flips is None or not self.pairs:
            return None
        return np.asarray(self._flips / np.float32(self.pairs), np.float32)


class WorstMoments(Generic[T]):
    """The frames that flicker most, far enough from one another, each with what was kept of it. Bounded."""

    def __init__(self, count: int, apart: int) -> None:
        """count: how many. apart: frames."""
        self._count, self._apart = count, apart
        self._moments: list[tuple[float, int, T]] = []

    def offer(self, flicker: float, index: int) -> bool:
        """Whether frame `index` is among the worst so far; then `keep` it. flicker: 0..1."""
        near = [moment for moment in self._moments if abs(moment[1] - index) < self._apart]
        if near:
            return flicker > max(moment[0] for moment in near)
        return len(self._moments) < self._count or flicker > min(moment[0] for moment in self._moments)

    def keep(self, flicker: float, index: int, what: T) -> None:
        """Take a frame in; those near it and the mildest one too many go."""
        self._moments = [moment for moment in self._moments if abs(moment[1] - index) >= self._apart]
        self._moments.append((flicker, index, what))
        self._moments.sort(key=lambda moment: -moment[0])
        del self._moments[self._count :]

    @property
    def moments(self) -> list[tuple[float, int, T]]:
        """(flicker, index, what was kept), the worst first."""
        return list(self._moments)
