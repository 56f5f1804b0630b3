"""A curve of up to some million points, ready to be drawn at any zoom with as few points as the screen has columns.

No Qt. Built once off the GUI thread; what is in view is then found in a fraction of a millisecond.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FACTOR = 4  # points of a level that make one of the next
_FINE = 2  # points per column up to which every point is drawn


_Pair = tuple[NDArray[np.floating], NDArray[np.floating]]
"""Of points or blocks: lowest and highest value, or sum and count."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """What is drawn: x, y float64 (n,), with nan in y where the line breaks. dense: several points a column."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    dense: bool


class Levels:
    """Lowest and highest value of ever longer blocks of a curve. Does not change; read it from any thread."""

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.floating], gap: float) -> None:
        """x: (n,), rising. y: (n,), nan where there is none. gap: a longer way between two points is left open."""
        self.x = x
        self.y = y
        self.gap = gap
        self._step = float(x[-1] - x[0]) / max(1, len(x) - 1) if len(x) else 0.0
        self._blocks = [(1, self._points(y))]
        while len(self._blocks[-1][1][0]) > 256:
            size, pair = self._blocks[-1]
            starts = np.arange(0, len(pair[0]), _FACTOR)
            self._blocks.append((size * _FACTOR, self._join(pair, starts)))

    def path(self, left: float, right: float, columns: int) -> Path:
        """What of the curve lies from x = `left` to `right`, and one point beyond each end, for so many columns.

        Where there are more than two points a column, the lowest and highest of each column are kept, so that no peak
        is lost; at most 5 points a column come out.
        """
        columns = max(1, columns)
        first = max(0, int(np.searchsorted(self.x, left)) - 1)
        last = min(len(self.x), int(np.searchsorted(self.x, right, side="right")) + 1)
        if last - first <= _FINE * columns:
            return self._fine(first, last, (right - left) / columns)
        return self._dense(first, last, (right - left) / columns)

    def _points(self, y: NDArray[np.floating]) -> _Pair:
        """What is kept of single points."""
        return y, y

    def _join(self, pair: _Pair, starts: NDArray[np.int64]) -> _Pair:
        """What is kept of the blocks that begin at `starts`."""
        return np.fmin.reduceat(pair[0], starts), np.fmax.reduceat(pair[1], starts)

    def _heights(self, pair: _Pair) -> NDArray[np.floating]:
        """What is drawn of the columns, (columns, points a column)."""
        heights = np.column_stack(pair)
        # They take turns in being first, which saves the eye half of the slanting lines.
        heights[1::2] = heights[1::2, ::-1]
        return heights

    def _fine(self, first: int, last: int, column: float) -> Path:
        x, y = self.x[first:last], np.asarray(self.y[first:last], np.float64)
        breaks = np.flatnonzero(np.diff(x) > self.gap) + 1
        x, y = np.insert(x, breaks, x[breaks]), np.insert(y, breaks, np.nan)
        # A point without neighbours would be a line of no length, and no line is drawn.
        known = np.isfinite(y)
        beside = np.zeros(len(y), bool)
        beside[1:] |= known[:-1]
        beside[:-1] |= known[1:]
        lone = np.flatnonzero(known & ~beside) + 1
        end = np.minimum(x[lone - 1] + column / 2, np.append(x, np.inf)[lone])
        return Path(np.insert(x, lone, end), np.insert(y, lone, y[lone - 1]), False)

    def _dense(self, first: int, last: int, column: float) -> Path:
        size, pair = self._blocks[0]
        for block in self._blocks[1:]:
            # Several blocks a column: a block that lies in two columns is counted for the first.
            if (last - first) / block[0] < _FINE * (self.x[last - 1] - self.x[first]) / column:
                break
            size, pair = block
        begin, end = first // size, -(-last // size)
        starts = self.x[begin * size : (end - 1) * size + 1 : size]
        # Columns stand at multiples of their width, so that a curve that moves does not shimmer.
        edges = np.floor(starts / column).astype(np.int64)
        chosen = np.flatnonzero(np.diff(edges, prepend=edges[0] - 1))
        heights = self._heights(self._join((pair[0][begin:end], pair[1][begin:end]), chosen))
        ends = starts[np.append(chosen[1:], len(starts)) - 1]
        open_ = starts[chosen[1:]] - ends[:-1] > max(self.gap, 1.5 * column, 2 * size * self._step)
        each = heights.shape[1]
        x = np.repeat((edges[chosen] + 0.5) * column, each)
        breaks = each * (np.flatnonzero(open_) + 1)
        y = np.asarray(heights.ravel(), np.float64)
        return Path(np.insert(x, breaks, x[breaks]), np.insert(y, breaks, np.nan), True)


class Means(Levels):
    """The same for a line that is smooth: where points are dense, the mean of each column is drawn."""

    def _points(self, y: NDArray[np.floating]) -> _Pair:
        known = np.isfinite(y)
        return np.where(known, y, 0), known.astype(np.float32)

    def _join(self, pair: _Pair, starts: NDArray[np.int64]) -> _Pair:
        """Sums and counts."""
        return np.add.reduceat(pair[0], starts), np.add.reduceat(pair[1], starts)

    def _heights(self, pair: _Pair) -> NDArray[np.floating]:
        with np.errstate(invalid="ignore"):
            return np.asarray(pair[0] / pair[1])[:, None]
