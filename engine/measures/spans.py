"""Intervals: how sure a measured value or difference is, by resampling spans of one clip or clips of a set."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
SEED = 0
LEAST_SPANS = 3
_LEAST_PAIRS = 3
_SHARE = 8
_MOST_BLOCKS = 512

_AT_ONCE = 100

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From sums, (n, width), to n values, (n,); nan where there is none."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle 95 % of 1,000 resamples."""

    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        """Whether a difference may be noise."""
        return self.low <= 0 <= self.high

    def as_json(self) -> list[float]:
        """[low, high], to 6 digits."""
        return [round(self.low, 6), round(self.high, 6)]


class SpanSums:
    """Sums of what was counted per pair of frames, kept so that spans of the clip can be resampled.

    Streaming and bounded: at most 512 blocks of neighbouring pairs are kept, each as its sum; when they are full, two
    neighbours become one. `spans` joins blocks to spans of max(3 pairs, 1/8 of the clip).
    """

    def __init__(self, width: int) -> None:
        """width: how many numbers are summed."""
        self.pairs = 0
        self._blocks = np.zeros((_MOST_BLOCKS, width), np.float64)
        self._used = 0
        self._pairs_per_block = 1
        self._in_last = 0

    def add(self, counts: NDArray) -> None:
        """Add one pair's numbers, (width,)."""
        if self._in_last == self._pairs_per_block or self._used == 0:
            if self._used == _MOST_BLOCKS:
                self._blocks[: _MOST_BLOCKS // 2] = self._blocks[0::2] + self._blocks[1::2]
                self._blocks[_MOST_BLOCKS // 2 :] = 0
                self._used, self._pairs_per_block = _MOST_BLOCKS // 2, 2 * self._pairs_per_block
            self._used += 1
            self._in_last = 0
        self._blocks[self._used - 1] += counts
        self._in_last += 1
        self.pairs += 1

    @property
    def total(self) -> NDArray[np.float64]:
        """The sums over the whole clip, (width,)."""
        return np.asarray(self._blocks[: self._used].sum(axis=0), np.float64)

    def spans(self) -> NDArray[np.float64]:
        """The sums of each span, (spans, width), in the clip's order. A rest that is too short joins the last span."""
        return join_spans(self._blocks[: self._used], self._pairs_per_block, self.pairs)


def join_spans(blocks: NDArray[np.float64], pairs_per_block: int, pairs: int) -> NDArray[np.float64]:
    """Sum `blocks` (n, width) of `pairs_per_block` pairs each to spans of max(3 pairs, 1/8 of `pairs`)."""
    length = max(_LEAST_PAIRS, -(-pairs // _SHARE))
    step = -(-length // pairs_per_block)
    starts = list(range(0, len(blocks), step))
    if len(starts) > 1 and pairs - starts[-1] * pairs_per_block < _LEAST_PAIRS:
        starts.pop()
    if not starts:
        return np.zeros((0, blocks.shape[1]))
    return np.asarray(np.add.reduceat(blocks, starts, axis=0), np.float64)


def resample(
    spans: NDArray[np.float64], statistic: Statistic, other: NDArray[np.float64] | None = None
) -> Interval | None:
    """The interval of statistic(sum of spans), or of `statistic(other) − statistic(spans)` where `other` is given.

    spans, other: (n, width), of the same spans or clips in the same order, so that the resamples are paired. 1,000
    resamples with replacement, seed 0. None for fewer than 3 spans, or where a resample has no value.
    """
    if other is not None and len(other) != len(spans):
        raise ValueError(f"{len(spans)} spans cannot be paired with {len(other)}")
    if len(spans) < LEAST_SPANS:
        return None
    chosen = np.random.default_rng(SEED).integers(0, len(spans), (RESAMPLES, len(spans)))
    times = np.zeros((RESAMPLES, len(spans)))
    np.add.at(times, (np.arange(RESAMPLES)[:, None], chosen), 1)
    values = []
    for some in np.split(times, RESAMPLES // _AT_ONCE):
        value = statistic(some @ spans)
        values.append(value if other is None else statistic(some @ other) - value)
    known = np.concatenate(values)
    known = known[np.isfinite(known)]
    if len(known) < RESAMPLES // 2:
        return None
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(float(low), float(high))


def means_of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Statistic for sums (count, sum): their means."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[:, 0] > 0, sums[:, 1] / sums[:, 0], np.nan)


def mean_of(sums: NDArray[np.float64]) -> float | None:
    """The mean of sums (count, sum); None of nothing."""
    return float(sums[1] / sums[0]) if sums[0] else None
