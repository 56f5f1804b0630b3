"""Where it flickers: label flips by pixel, over a window of frames or a whole clip."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from engine.measures.pair import PairCounts


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
