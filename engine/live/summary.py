"""Slots A and B over a span of a clip: what each measures, what of the difference is noise, the worst moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.live.counts import UNKNOWN, Count, Measure
from engine.live.track import MeasureTrack
from engine.measures import Interval, Lag, resample
from engine.measures.iou import mean_ious
from engine.measures.moments import worst_apart
from engine.measures.spans import join_spans, means_of

MOST_MOMENTS = 12
_MOST_FOR_LAG = 20_000  # frames, the last ones of the span


@dataclass(frozen=True, slots=True)
class SlotSummary:
    """One slot over a span: names as everywhere, flicker 0..1, scores 0..100, lag in frames, latency in ms.

    pairs: frame pairs that were measured. agreement: of B with A, mean IoU; None for A. lag: behind the model inside,
    in frames that it was shown; None for a model itself, and where less than 48 in a row are known.
    """

    method: str
    pairs: int
    flicker: float | None
    tc: float | None
    latency_p50: float | None
    latency_max: float | None
    lag: float | None
    agreement: float | None


@dataclass(frozen=True, slots=True)
class SpanSummary:
    """A, B where there is one, and 95 % intervals of B − A by measure (`flicker`, `tc`), None for too few spans.

    first, last: frames that were looked at, both included. complete: every frame of both was analysed. apart: why the
    two cannot be compared, in a sentence; each is measured in its own classes then.
    """

    first: int
    last: int
    a: SlotSummary | None
    b: SlotSummary | None
    interval: dict[str, Interval | None]
    complete: bool
    apart: str | None = None

    def within_noise(self, measure: str) -> bool | None:
        """Whether the interval of the difference holds 0; None without an interval."""
        interval = self.interval.get(measure)
        return None if interval is None else interval.holds_zero


def summarise(track: MeasureTrack, first: int, last: int) -> SpanSummary:
    """Both slots over frames `first` to `last`, both included. Takes some tens of milliseconds."""
    slots = [_slot(track, slot, first, last) for slot in (0, 1)]
    filled = [slot for slot in (0, 1) if track.name(slot) is not None]
    return SpanSummary(
        first=first,
        last=last,
        a=slots[0],
        b=slots[1],
        interval=_intervals(track, first, last) if None not in slots and track.apart is None else {},
        complete=all(track.analysed(slot, first, last) > last - first for slot in filled),
        apart=track.apart if None not in slots else None,
    )


def worst_moments(track: MeasureTrack, apart: int, most: int = MOST_MOMENTS) -> list[int]:
    """The frames that flicker most in either slot, at least `apart` frames from one another, in the clip's order.

    A moment flickers more than the median frame; nothing stands out in a clip that flickers nowhere.
    """
    curves = [track.curve(slot, "flicker") for slot in (0, 1) if track.name(slot) is not None]
    index = np.concatenate([curve.index for curve in curves]) if curves else np.zeros(0, np.int64)
    values = np.concatenate([curve.values for curve in curves]) if curves else np.zeros(0, np.float32)
    known = np.isfinite(values)
    if not known.any():
        return []
    stands_out = known & (values > float(np.median(values[known])))
    index, values = index[stands_out], values[stands_out]
    return sorted(int(index[place]) for place in worst_apart(values, index, most, apart))


def columns(track: MeasureTrack, slot: int, frames: int, count: int) -> NDArray[np.float32]:
    """Flicker of a slot in `count` equal parts of a clip of `frames` frames: the highest in each, nan where unknown."""
    curve = track.curve(slot, "flicker")
    known = np.isfinite(curve.values) & (curve.index < frames)
    place = curve.index[known] * count // max(1, frames)
    out = np.full(count, -1.0, np.float32)
    np.maximum.at(out, place, curve.values[known])
    out[out < 0] = np.nan
    # A clip shorter than the strip is wide: a frame fills every column that it covers.
    if frames < count:
        out = out[np.arange(count) * frames // count * count // frames]
    return out


def _slot(track: MeasureTrack, slot: int, first: int, last: int) -> SlotSummary | None:
    name = track.name(slot)
    if name is None:
        return None
    values = {measure: _within(track, slot, measure, first, last) for measure in ("flicker", "inference_ms")}
    flicker, milliseconds = values["flicker"][1], values["inference_ms"][1]
    index = values["inference_ms"][0]
    counts = track.counts(slot, index)
    pooled = counts.sum(axis=0)
    pairs = flicker[np.isfinite(flicker)]
    return SlotSummary(
        method=name,
        pairs=len(pairs),
        flicker=float(pairs.mean()) if len(pairs) else None,
        tc=_iou(pooled[Count.SAME], pooled[Count.BEFORE], pooled[Count.NOW]),
        latency_p50=float(np.median(milliseconds)) if len(milliseconds) else None,
        latency_max=float(milliseconds.max()) if len(milliseconds) else None,
        lag=_lag(counts, track.follows(slot, index)),
        agreement=_agreement(track, index, counts) if slot == 1 and track.apart is None else None,
    )


def _within(
    track: MeasureTrack, slot: int, measure: Measure, first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    curve = track.curve(slot, measure)
    begin, end = np.searchsorted(curve.index, (first, last + 1))
    return curve.index[begin:end], curve.values[begin:end]


def _tcs(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """tc of n pooled counts (same, before, now), (n, 3 · C)."""
    same, before, now = np.moveaxis(sums.reshape(len(sums), 3, -1), 1, 0)
    return mean_ious(same, before, now)


def _iou(same: NDArray[np.int64], before: NDArray[np.int64], now: NDArray[np.int64]) -> float | None:
    """Mean IoU of counts by class, each (C,), 0..100."""
    value = float(mean_ious(same[None], before[None], now[None])[0])
    return None if np.isnan(value) else value


def _agreement(track: MeasureTrack, index: NDArray[np.int64], counts: NDArray[np.int64]) -> float | None:
    """Mean IoU of B with A over the frames that both have, 0..100."""
    theirs = track.counts(0, index)[:, Count.AREA]
    if theirs.shape[1] != counts.shape[2]:
        return None
    both = (counts[:, Count.SHARED] != UNKNOWN).all(axis=1) & (theirs.sum(axis=1) > 0)
    shared, either = (counts[both, row].sum(axis=0) for row in (Count.SHARED, Count.EITHER))
    return _iou(shared, either, shared)


def _lag(counts: NDArray[np.int64], follows: NDArray[np.bool_]) -> float | None:
    """counts, follows: by frame, in the clip's order."""
    counts, follows = counts[-_MOST_FOR_LAG:], follows[-_MOST_FOR_LAG:]
    known = counts[:, Count.UNSMOOTHED].any(axis=1)
    begins = np.cumsum(~follows)[known]  # a frame that is not known may be the one that begins a run
    counts = counts[known]
    lag = Lag(counts.shape[2])
    # Of nothing where no class is there that is compared.
    unsmoothed, area = (
        each / np.maximum(1, each.sum(axis=1, keepdims=True))
        for each in (counts[:, Count.UNSMOOTHED], counts[:, Count.AREA])
    )
    for run in np.split(np.arange(len(counts)), np.flatnonzero(np.diff(begins)) + 1):
        lag.add_run(unsmoothed[run], area[run])
    return lag.frames


def _intervals(track: MeasureTrack, first: int, last: int) -> dict[str, Interval | None]:
    """Of B − A over the frame pairs that both slots have, by spans of the span."""
    curves = [_within(track, slot, "flicker", first, last) for slot in (0, 1)]
    known = [index[np.isfinite(values)] for index, values in curves]
    both = np.intersect1d(known[0], known[1], assume_unique=True)
    flicker, tc = [], []
    for slot, (index, values) in enumerate(curves):
        mine = values[np.searchsorted(index, both)]
        flicker.append(join_spans(np.column_stack([np.ones(len(both)), mine]), 1, len(both)))
        counts = track.counts(slot, both)[:, [Count.SAME, Count.BEFORE, Count.NOW]]
        width = counts.shape[1] * counts.shape[2]
        tc.append(join_spans(counts.reshape(len(both), width).astype(np.float64), 1, len(both)))
    return {"flicker": resample(flicker[0], means_of, flicker[1]), "tc": resample(tc[0], _tcs, tc[1])}
