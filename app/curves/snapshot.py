"""What the curves show of a track, taken at one moment, off the GUI thread. No Qt."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.curves.levels import Levels, Means
from app.report.rolling import ROLLING_S, rolling_mean, window_starts
from engine.live.counts import BY_CLASS, MEASURES, OF_MATTES, Measure
from engine.live.track import Curve, MeasureTrack

SLOTS = (0, 1)
IN_PERCENT: frozenset[Measure] = frozenset(("flicker", "soft_flicker"))
"""Shown times 100."""
USUAL_RATE = 25.0
"""Frames a second, where a clip has no rate of its own."""
_GAP_S = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to take. rate: frames a second. timed: whether curves run over seconds, or over frames. class_id: None for
    the whole frame.
    """

    track: MeasureTrack
    rate: float
    timed: bool
    class_id: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One measure of one slot: flicker and soft flicker in %, tc 0..100, inference_ms in ms.

    index: frames, int64 (n,). raw, smooth: over x, as measured and as the mean of the last second.
    """

    index: NDArray[np.int64]
    raw: Levels
    smooth: Levels

    def value(self, index: int) -> float | None:
        """What was measured of a frame; None where nothing was."""
        place = int(np.searchsorted(self.index, index))
        if place == len(self.index) or self.index[place] != index:
            return None
        value = float(self.raw.y[place])
        return value if np.isfinite(value) else None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All lines, by slot and measure; a slot that is empty has None. took_s: how long it took to make."""

    request: Request
    version: int
    names: tuple[str | None, ...]
    slots: tuple[dict[Measure, Line] | None, ...]
    took_s: float

    @property
    def known(self) -> bool:
        """Whether there is a frame in it."""
        return any(len(line.index) for line in self.lines())

    @property
    def last(self) -> int:
        """The last frame that is known; −1 where none is."""
        return max((int(line.index[-1]) for line in self.lines() if len(line.index)), default=-1)

    def lines(self) -> Iterator[Line]:
        """Every line."""
        for slot in self.slots:
            yield from (slot or {}).values()

    def x_of(self, index: float) -> float:
        """Where a frame stands: its seconds, or its index where curves run over frames. Exact for a measured frame."""
        line, rate = self._longest(), self.request.rate
        if not self.request.timed:
            return float(index)
        if line is None:
            return index / rate
        first, last = int(line.index[0]), int(line.index[-1])
        if first <= index <= last:
            return float(np.interp(index, line.index, line.raw.x))
        end, x = (first, line.raw.x[0]) if index < first else (last, line.raw.x[-1])
        return float(x) + (index - end) / rate

    def index_of(self, x: float) -> int:
        """The frame that stands at `x`, or would; at least 0."""
        line, rate = self._longest(), self.request.rate
        if not self.request.timed:
            return max(0, round(x))
        if line is None:
            return max(0, round(x * rate))
        times = line.raw.x
        if times[0] <= x <= times[-1]:
            return max(0, round(float(np.interp(x, times, line.index))))
        place = 0 if x < times[0] else -1
        return max(0, int(line.index[place]) + round((x - float(times[place])) * rate))

    def nearest(self, x: float) -> int | None:
        """The measured frame nearest to `x`; None where none is."""
        best: tuple[float, int] | None = None
        for line in self.lines():
            times = line.raw.x
            place = int(np.searchsorted(times, x))
            for near in (place - 1, place):
                if 0 <= near < len(times):
                    found = (abs(float(times[near]) - x), int(line.index[near]))
                    best = found if best is None else min(best, found)
        return None if best is None else best[1]

    def _longest(self) -> Line | None:
        lines = [line for line in self.lines() if len(line.index)]
        return max(lines, key=lambda line: len(line.index), default=None)


def empty(request: Request) -> Snapshot:
    """Of a track that nothing is known of."""
    return Snapshot(request, -1, (None, None), (None, None), 0.0)


def take(request: Request) -> Snapshot:
    """Read the track. Takes some tenths of a second for 10^6 frames, so not on the GUI thread."""
    begin = time.perf_counter()
    track = request.track
    version = track.version
    names = tuple(track.name(slot) for slot in SLOTS)
    shared = _Times.of(np.zeros(0, np.int64), np.zeros(0), 1.0)
    slots: list[dict[Measure, Line] | None] = [None] * len(SLOTS)
    for slot, name in enumerate(names):
        if name is None:
            continue
        lines = slots[slot] = {}
        for measure in MEASURES:
            curve = read_curve(track, slot, measure, request.class_id)
            if curve is not None:
                shared = shared.fit(curve, timed=request.timed)
                lines[measure] = _line(measure, curve, shared)
    return Snapshot(request, version, names, tuple(slots), time.perf_counter() - begin)


def read_curve(track: MeasureTrack, slot: int, measure: Measure, class_id: int | None) -> Curve | None:
    """A curve of the track; None for a class that the slot's method does not know, and for what only mattes have."""
    if class_id is not None and measure in BY_CLASS:
        theirs = slot == 1 and track.apart is not None
        if theirs or class_id >= track.classes(slot):
            return None
    curve = track.curve(slot, measure, class_id)
    return None if measure in OF_MATTES and np.isnan(curve.values).all() else curve


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """Where frames stand. Most lines are of the same frames, so they are kept and looked at once.

    starts: of the rolling mean. unit: x in a second, or in as many frames as usually make one.
    """

    index: NDArray[np.int64]
    x: NDArray[np.float64]
    starts: NDArray[np.int64]
    unit: float

    @classmethod
    def of(cls, index: NDArray[np.int64], x: NDArray[np.float64], unit: float) -> "_Times":
        return cls(index, x, window_starts(x, ROLLING_S * unit), unit)

    def fit(self, curve: Curve, *, timed: bool) -> "_Times":
        """Those of a curve; these, where they are the same."""
        if np.array_equal(self.index, curve.index):
            return self
        if timed:
            return _Times.of(curve.index, curve.pts_s, 1.0)
        return _Times.of(curve.index, curve.index.astype(np.float64), USUAL_RATE)


def _line(measure: Measure, curve: Curve, times: _Times) -> Line:
    values = curve.values * np.float32(100) if measure in IN_PERCENT else curve.values
    smooth = rolling_mean(values, times.starts).astype(np.float32)
    gap = _GAP_S * times.unit
    return Line(times.index, Levels(times.x, values, gap), Means(times.x, smooth, gap))
