"""What the readout says of one class alone. No Qt."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.live.counts import UNKNOWN, Count
from engine.live.summary import SlotSummary, SpanSummary, summarise
from engine.live.track import MeasureTrack
from engine.measures import Interval, resample
from engine.measures.iou import mean_ious
from engine.measures.spans import join_spans, means_of

_SLOTS = (0, 1)


def summarise_class(track: MeasureTrack, first: int, last: int, class_id: int) -> SpanSummary:
    """Both slots over frames `first` to `last`, both included: flicker, tc and agreement of one class, all else of the
    whole frame. None where the class was not seen, or a slot's method does not know it. Takes some tens of
    milliseconds.
    """
    summary = summarise(track, first, last)
    slots = [
        None if slot is None else _of_class(track, number, slot, first, last, class_id)
        for number, slot in zip(_SLOTS, (summary.a, summary.b), strict=True)
    ]
    interval = _intervals(track, first, last, class_id) if None not in slots and track.apart is None else {}
    return replace(summary, a=slots[0], b=slots[1], interval=interval)


def _of_class(
    track: MeasureTrack, slot: int, summary: SlotSummary, first: int, last: int, class_id: int
) -> SlotSummary:
    index, flicker = _flicker(track, slot, first, last, class_id)
    if not len(index):
        return replace(summary, pairs=0, flicker=None, tc=None, agreement=None)
    counts = track.counts(slot, index)[:, :, class_id]
    return replace(
        summary,
        pairs=len(index),
        flicker=float(flicker.mean()),
        tc=_iou(counts[:, [Count.SAME, Count.BEFORE, Count.NOW]]),
        agreement=_agreement(track, index, counts, class_id) if slot == 1 else None,
    )


def _flicker(
    track: MeasureTrack, slot: int, first: int, last: int, class_id: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Frames in which the class could be measured, and its flicker in each, 0..1."""
    if class_id >= track.classes(slot) or (slot == 1 and track.apart is not None):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    curve = track.curve(slot, "flicker", class_id)
    known = np.isfinite(curve.values) & (curve.index >= first) & (curve.index <= last)
    return curve.index[known], curve.values[known]


def _iou(counts: NDArray[np.int64]) -> float | None:
    """IoU of counts (n, 3) of what both have, of one and of the other, pooled, 0..100."""
    value = float(_ious(counts.sum(axis=0, dtype=np.float64)[None])[0])
    return None if np.isnan(value) else value


def _ious(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of n pooled counts, (n, 3), 0..100."""
    same, one, other = np.moveaxis(sums[:, :, None], 1, 0)
    return mean_ious(same, one, other)


def _agreement(track: MeasureTrack, index: NDArray[np.int64], counts: NDArray[np.int64], class_id: int) -> float | None:
    """IoU of the class in B with that in A over the frames that both have, 0..100."""
    theirs = track.counts(0, index)[:, Count.AREA]
    if track.apart is not None:
        return None
    shared, either = counts[:, Count.SHARED], counts[:, Count.EITHER]
    both = (shared != UNKNOWN) & (theirs.sum(axis=1) > 0)
    return _iou(np.column_stack([shared, either, shared])[both])


def _intervals(track: MeasureTrack, first: int, last: int, class_id: int) -> dict[str, Interval | None]:
    """Of B − A over the frame pairs in which both slots have the class, by stretches of the span."""
    curves = [_flicker(track, slot, first, last, class_id) for slot in _SLOTS]
    both = np.intersect1d(curves[0][0], curves[1][0], assume_unique=True)
    flicker, tc = [], []
    for slot, (index, values) in enumerate(curves):
        mine = values[np.searchsorted(index, both)]
        flicker.append(join_spans(np.column_stack([np.ones(len(both)), mine]), 1, len(both)))
        rows = [Count.SAME, Count.BEFORE, Count.NOW]
        counts = track.counts(slot, both)[:, rows, class_id] if len(both) else np.zeros((0, 3))
        tc.append(join_spans(counts.astype(np.float64), 1, len(both)))
    return {"flicker": resample(flicker[0], means_of, flicker[1]), "tc": resample(tc[0], _ious, tc[1])}
