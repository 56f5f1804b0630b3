"""How far a smoothed method trails the unsmoothed one."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

MOST = 16
_LEAST_CORRELATION = 0.15
_LEAST_CHANGES = 3 * MOST


class Lag:
    """The lag of a smoothed method behind the method that it smooths, in frames. Streaming and bounded.

    Definition: c_k = Σ_t Σ_classes (change of the unsmoothed area at t)(change of the smoothed area at t + k), the
    cross-correlation of class-area changes, divided by the norms of both; the lag is the centroid of c over the run of
    shifts around its peak where c is above half of it. A method that shows what was there d frames ago has lag d.
    Between −16 and 16; None before 48 changes, or where the two have nothing in common (correlation below 0.15), as a
    frozen mask.
    """

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._areas: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._unsmoothed: deque[NDArray[np.float64]] = deque(maxlen=2 * MOST + 1)
        self._smoothed: deque[NDArray[np.float64]] = deque(maxlen=MOST + 1)
        self._products = np.zeros(2 * MOST + 1)
        self._norms = np.zeros(2)
        self._changes = 0

    def reset(self) -> None:
        """Forget the frames before: after a seek or a cut. What was counted stays."""
        self._areas = None
        self._unsmoothed.clear()
        self._smoothed.clear()

    def update(self, unsmoothed: NDArray[np.uint8], smoothed: NDArray[np.uint8]) -> None:
        """Add a frame: both masks, uint8, of any size."""
        self.update_areas(self._shares(unsmoothed), self._shares(smoothed))

    def update_areas(self, unsmoothed: NDArray[np.float64], smoothed: NDArray[np.float64]) -> None:
        """Add a frame by the share of every class in it, both (C,)."""
        before, self._areas = self._areas, (unsmoothed, smoothed)
        if before is None:
            return
        self._unsmoothed.append(unsmoothed - before[0])
        self._smoothed.append(smoothed - before[1])
        self._norms += (np.square(self._unsmoothed[-1]).sum(), np.square(self._smoothed[-1]).sum())
        self._changes += 1
        if len(self._unsmoothed) == 2 * MOST + 1:
            # The smoothed change in the middle of the window against every unsmoothed one around it.
            middle = self._smoothed[0]
            self._products += np.asarray([middle @ change for change in self._unsmoothed])

    def add_run(self, unsmoothed: NDArray[np.float64], smoothed: NDArray[np.float64]) -> None:
        """Add n frames that follow one another and nothing else: shares by frame and class, both (n, C)."""
        self.reset()
        before, after = np.diff(unsmoothed, axis=0), np.diff(smoothed, axis=0)
        self._changes += len(before)
        self._norms += (np.square(before).sum(), np.square(after).sum())
        middle = after[MOST : len(after) - MOST]
        if len(middle):
            shifted = [before[place : place + len(middle)] for place in range(2 * MOST + 1)]
            self._products += [float((middle * each).sum()) for each in shifted]

    @property
    def frames(self) -> float | None:
        """The lag, frames; see the class."""
        if self._changes < _LEAST_CHANGES or not self._norms.all():
            return None
        # products[j] pairs the smoothed change at t with the unsmoothed one at t − MOST + j, MOST − j frames before.
        correlation = self._products[::-1] / np.sqrt(self._norms.prod())
        peak = int(correlation.argmax())
        if correlation[peak] < _LEAST_CORRELATION:
            return None
        high = correlation > correlation[peak] / 2
        first = last = peak
        while first > 0 and high[first - 1]:
            first -= 1
        while last < len(high) - 1 and high[last + 1]:
            last += 1
        shifts = np.arange(first, last + 1) - MOST
        return float((shifts * correlation[first : last + 1]).sum() / correlation[first : last + 1].sum())

    def _shares(self, mask: NDArray[np.uint8]) -> NDArray[np.float64]:
        return np.bincount(mask.ravel(), minlength=256)[: self._classes] / mask.size
