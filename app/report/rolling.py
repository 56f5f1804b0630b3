"""The rolling mean of curves, the same in the window and in reports."""

import numpy as np
from numpy.typing import NDArray

ROLLING_S = 1.0


def window_starts(times: NDArray[np.float64], length: float = ROLLING_S) -> NDArray[np.int64]:
    """For each of `times` (n,), rising, the first place that lies less than `length` behind it."""
    return np.searchsorted(times, times - length, side="right")


def rolling_mean(values: NDArray[np.floating], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of `values` (n,) from `starts` (of `window_starts`) to each place; nan counts for nothing, and stands
    where there is nothing else.
    """
    known = np.isfinite(values)
    whole = bool(known.all())
    sums = np.zeros(len(values) + 1)
    np.cumsum(values if whole else np.where(known, values, 0), out=sums[1:])
    counts = np.arange(len(values) + 1)
    if not whole:
        np.cumsum(known, out=counts[1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((sums[1:] - sums[starts]) / (counts[1:] - counts[starts]), np.float64)
