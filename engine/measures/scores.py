"""Every measure of one method over the clips of a set, frame by frame."""

from array import array
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.measures import (
    ConsistencyMeter,
    EtcConsistency,
    Interval,
    Lag,
    PairCounts,
    SpanSums,
    VideoConsistency,
    resample,
)
from engine.measures.accuracy import BoundaryF, ConfusionMatrix
from engine.measures.consistency import statistic
from engine.measures.iou import mean_ious, mean_of_known, overlaps
from engine.measures.pair import SPLITS, to_size
from engine.measures.spans import LEAST_SPANS, Statistic, means_of

WINDOWS = (8, 16)
SOFT = ("soft_flicker", "soft_change")
"""What is measured of mattes alone."""

_OF_CLIPS: dict[str, Callable[[ConsistencyMeter], float | None]] = {
    "tc": lambda meter: meter.tc,
    "tc_all": lambda meter: meter.tc_all,
    "flicker": lambda meter: meter.flicker,
    **{f"flicker_{split}": lambda meter, split=split: meter.flicker_in(split) for split in SPLITS},  # type: ignore[misc]
    "soft_flicker": lambda meter: meter.soft_flicker,
    "soft_change": lambda meter: meter.soft_change,
    **{f"tc_{split}": lambda meter, split=split: meter.tc_in(split) for split in SPLITS},  # type: ignore[misc]
}


class Scores:
    """The measures of one method, of the labels themselves, or of anything that makes masks.

    Over several clips tc and flicker are means of the clips' values; miou, iou, boundary_f and agreement are pooled
    over all frames, vc and vec are means over all windows. Bounded but for 4 bytes a frame: its latency.
    """

    def __init__(self, classes: int, *, labels_themselves: bool = False) -> None:
        """classes: how many the set has. labels_themselves: the masks are labels, so that void is not visible."""
        self.classes = classes
        self._void_is_unseen = labels_themselves
        self._matrix, self._border = ConfusionMatrix(classes), BoundaryF(classes)
        self._agreement = ConfusionMatrix(classes)
        self._windows = {window: VideoConsistency(classes, window) for window in WINDOWS}
        self._lag = Lag(classes)
        self._milliseconds = array("f")
        self._clips: list[tuple[ConsistencyMeter, EtcConsistency, SpanSums]] = []
        self.frames = 0

    def begin_clip(self) -> None:
        """Another clip begins."""
        meter = ConsistencyMeter(self.classes, void_is_unseen=self._void_is_unseen)
        self._clips.append((meter, EtcConsistency(self.classes), SpanSums(self.classes * (self.classes + 1))))
        self._lag.reset()
        for window in self._windows.values():
            window.reset()

    def update(
        self,
        mask: NDArray[np.uint8],
        motion: Motion | None,
        *,
        alpha: NDArray[np.float32] | None = None,
        labels: NDArray[np.uint8] | None = None,
        reference: NDArray[np.uint8] | None = None,
        unsmoothed: NDArray[np.uint8] | None = None,
        inference_ms: float | None = None,
        consecutive: bool = True,
    ) -> PairCounts | None:
        """Add a frame of the clip: its mask, uint8 (H, W), and its motion against the frame before.

        alpha: float32 (H', W') of a matte. labels: uint8 (H, W), 255 void. reference: the mask that agreement is with.
        unsmoothed: that of the model
        inside, for the lag. consecutive: False for unrelated images, which have neither vc nor vec.
        """
        self.frames += 1
        meter, etc, spans = self._clips[-1]
        pair = meter.update(mask, motion, alpha)
        etc.update(mask, motion)
        if inference_ms is not None:
            self._milliseconds.append(inference_ms)
        if unsmoothed is not None:
            self._lag.update(unsmoothed, mask)
        if reference is not None:
            self._agreement.update(to_size(mask, reference.shape[1], reference.shape[0]), reference)
        if labels is not None:
            sized = to_size(mask, labels.shape[1], labels.shape[0])
            before = self._matrix.counts.copy()
            self._matrix.update(sized, labels)
            spans.add((self._matrix.counts - before).ravel())
            self._border.update(sized, labels)
            if consecutive:
                for window in self._windows.values():
                    window.update(sized, labels)
        elif consecutive:
            for window in self._windows.values():
                window.reset()  # a window needs a label on every frame
        return pair

    def skip(self) -> None:
        """A frame of the clip went by without a mask: no window reaches over it."""
        for window in self._windows.values():
            window.reset()

    # ---- the values

    def values(self) -> dict[str, float | None]:
        """Every measure of the whole set by its name; None for what cannot be computed."""
        values: dict[str, float | None] = {"miou": self._matrix.miou(), "boundary_f": self._border.mean()}
        values |= {name: mean_of_known([of(clip[0]) for clip in self._clips]) for name, of in _OF_CLIPS.items()}
        values["tc_etc"] = mean_of_known([clip[1].tc for clip in self._clips])
        for size, window in self._windows.items():
            values |= {f"vc{size}": window.vc, f"vec{size}": window.vec}
        return values | {"agreement": self._agreement.miou(), "lag": self._lag.frames}

    def by_class(self) -> dict[str, list[float | None]]:
        """`iou` and `boundary_f` over all frames, `tc` and `flicker` as means over the clips; each in class order."""
        tc = [clip[0].tc_by_class for clip in self._clips]
        flicker = [clip[0].flicker_by_class for clip in self._clips]
        return {
            "iou": self._matrix.iou(),
            "boundary_f": self._border.by_class(),
            "tc": [mean_of_known(values) for values in zip(*tc, strict=True)],
            "flicker": [mean_of_known(values) for values in zip(*flicker, strict=True)],
        }

    def latency(self) -> dict[str, float | None]:
        """`latency_p50`, `latency_max`, ms a frame, and `fps`, frames a second of the method alone."""
        if not self._milliseconds:
            return {"latency_p50": None, "latency_max": None, "fps": None}
        times = np.asarray(self._milliseconds)
        return {
            "latency_p50": float(np.median(times)),
            "latency_max": float(times.max()),
            "fps": float(1000 / times.mean()) if times.mean() else None,
        }

    # ---- how sure it is

    def intervals(self, other: "Scores | None" = None) -> dict[str, Interval | None]:
        """95 % intervals of `flicker`, `tc` and `miou`, or of `other`'s minus this one's on the same frames; of mattes
        those of `soft_flicker` and `soft_change` as well.

        By clips where there are 3 or more of them, else by the spans of one clip or of both; None where there are fewer
        than 3.
        """
        intervals = {}
        told: list[tuple[str, Statistic]] = [("flicker", means_of), ("tc", self._tc), ("miou", self._miou)]
        if all(len(each._sums(SOFT[0])) for each in (self, other) if each is not None):
            told += [(measure, means_of) for measure in SOFT]
        for measure, statistic_ in told:
            others = None if other is None else other._sums(measure)
            intervals[measure] = self._interval(self._sums(measure), others, statistic_)
        return intervals

    def _sums(self, measure: str) -> NDArray[np.float64]:
        return self._matrices() if measure == "miou" else self._of_clips(measure)

    def _interval(
        self, sums: NDArray[np.float64], others: NDArray[np.float64] | None, of_spans: Statistic
    ) -> Interval | None:
        whole_clips = len(self._clips) >= LEAST_SPANS and of_spans != self._miou
        return resample(sums, means_of if whole_clips else of_spans, others)

    def _of_clips(self, measure: str) -> NDArray[np.float64]:
        """(clips, 2): 1 and the clip's value; of one clip or two their spans' sums."""
        if len(self._clips) < LEAST_SPANS:
            return np.concatenate([_spans(clip[0], measure) for clip in self._clips])
        values = [_OF_CLIPS[measure](clip[0]) for clip in self._clips]
        known = [[1.0, value] if value is not None else [0.0, 0.0] for value in values]
        return np.asarray(known if len(known) >= LEAST_SPANS else [], np.float64).reshape(-1, 2)

    def _matrices(self) -> NDArray[np.float64]:
        """Confusion counts by clip, or by span of one clip or two."""
        if len(self._clips) < LEAST_SPANS:
            return np.concatenate([clip[2].spans() for clip in self._clips])
        return np.stack([clip[2].total for clip in self._clips])

    def _tc(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return statistic("tc", self.classes)(sums)

    def _miou(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return mean_ious(*overlaps(sums.reshape(-1, self.classes, self.classes + 1)))


def _spans(meter: ConsistencyMeter, measure: str) -> NDArray[np.float64]:
    """Sums by span: 1 for each pair and its value at first."""
    if measure not in SOFT:
        return meter.spans
    return meter.soft_spans[:, [0, 1 + SOFT.index(measure)]]
