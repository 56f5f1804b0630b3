"""tc and flicker of one method over one clip, frame by frame."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.measures.etc import EtcConsistency
from engine.measures.iou import ious, listed, mean_ious, overlaps
from engine.measures.pair import SPLITS, PairCounts, Split, count_pair
from engine.measures.soft import with_changes
from engine.measures.spans import Interval, SpanSums, Statistic, mean_of, means_of, resample

Convention = Literal["steadymask", "etc"]


class ConsistencyMeter:
    """Streaming measures of one method: masks in, one `PairCounts` a frame out, the clip's values at any time.

    Definitions, over the frame pairs of the clip; "warped" is the previous mask fetched along the backward flow by
    nearest sampling, everything at the flow's size:

    tc, 0..100: IoU of the warped previous mask with this one over visible pixels, intersections and unions pooled over
        the clip, mean over the classes that occur. Equal masks and no motion give exactly 100, and so does a constant
        mask. After Liu et al., "Efficient Semantic Video Segmentation with Per-frame Inference", ECCV 2020.
    tc_all: the same without the visibility mask.
    flicker, 0..1: share of visible pixels whose class differs from the warped one; the mean over the pairs. Of a class:
        among the visible pixels that were of it, pooled over the clip.
    soft_flicker, soft_change, 0..1: of mattes, see `pair_changes`; means over the pairs.

    convention="etc" does what the script released with that paper does, see EtcConsistency: `tc` and `tc_all` are then
    both that value; flicker is as above.

    Bounded: one mask, the pooled counts, and at most 512 blocks of them for the intervals.
    """

    def __init__(self, classes: int, *, convention: Convention = "steadymask", void_is_unseen: bool = False) -> None:
        """classes: how many the set has. void_is_unseen: for labels made by people, see `count_pair`."""
        self.classes = classes
        self._void_is_unseen = void_is_unseen
        self._before: NDArray[np.uint8] | None = None
        self._alpha_before: NDArray[np.float32] | None = None
        side = classes + 1
        self._pooled = np.zeros((8, side, side), np.int64)
        self._splits = {split: np.zeros(2) for split in SPLITS}
        self._spans = SpanSums(2 + side * side)
        self._soft = SpanSums(3)
        self._etc = EtcConsistency(classes) if convention == "etc" else None

    def reset(self) -> None:
        """Forget the mask before: after a seek or a cut. What was counted stays."""
        self._before = self._alpha_before = None
        if self._etc is not None:
            self._etc.reset()

    def update(
        self, mask: NDArray[np.uint8], motion: Motion | None, alpha: NDArray[np.float32] | None = None
    ) -> PairCounts | None:
        """Add a frame: its mask, uint8 (H, W), and its motion against the frame before.

        motion: None for the first frame and after a cut. alpha: float32 (H', W') of a matte. Returns None where
        there is no pair to compare.
        """
        before, self._before = self._before, mask
        alpha_before, self._alpha_before = self._alpha_before, alpha
        if self._etc is not None:
            self._etc.update(mask, motion)
        if motion is None or before is None:
            return None
        pair = count_pair(before, mask, motion, self.classes, void_is_unseen=self._void_is_unseen)
        pair = with_changes(pair, alpha_before, alpha, motion)
        self._pooled += pair.counts
        for split in SPLITS:
            _add(self._splits[split], pair.flicker(split))
        whole = np.zeros(2)
        _add(whole, pair.flicker())
        self._spans.add(np.concatenate([whole, pair.pairs().ravel()]))
        if pair.soft_flicker is not None and pair.soft_change is not None:
            self._soft.add(np.array([1, pair.soft_flicker, pair.soft_change]))
        return pair

    # ---- the clip so far

    @property
    def pairs(self) -> int:
        """How many pairs were compared."""
        return self._spans.pairs

    @property
    def flicker(self) -> float | None:
        """Mean flicker of the pairs, 0..1."""
        return mean_of(self._spans.total)

    def flicker_in(self, split: Split) -> float | None:
        """Mean flicker of the static, the moving or the boundary pixels, 0..1."""
        return mean_of(self._splits[split])

    @property
    def flicker_by_class(self) -> list[float | None]:
        """Flicker of every class, 0..1."""
        return listed(self._clip.flicker_by_class())

    @property
    def soft_flicker(self) -> float | None:
        """Mean soft flicker of the pairs of mattes, 0..1."""
        return mean_of(self._soft.total[:2])

    @property
    def soft_change(self) -> float | None:
        """Mean soft change of the pairs of mattes, 0..1."""
        return mean_of(self._soft.total[[0, 2]])

    @property
    def tc(self) -> float | None:
        """See the class; 0..100."""
        return self._clip.tc() if self._etc is None else self._etc.tc

    @property
    def tc_all(self) -> float | None:
        """tc without the visibility mask, 0..100."""
        return self._clip.tc(visible=False) if self._etc is None else self._etc.tc

    def tc_in(self, split: Split) -> float | None:
        """tc of the static, the moving or the boundary pixels, 0..100."""
        return self._clip.tc(split=split)

    @property
    def tc_by_class(self) -> list[float | None]:
        """IoU of every class with its warped self, 0..100."""
        return listed(100 * ious(*overlaps(self._clip.pairs())))

    # ---- how sure it is

    @property
    def spans(self) -> NDArray[np.float64]:
        """Sums by span, (spans, 2 + (C+1)²): pairs, their flicker, and the visible counts; for `resample`."""
        return self._spans.spans()

    @property
    def soft_spans(self) -> NDArray[np.float64]:
        """Sums by span, (spans, 3): pairs of mattes, their soft flicker, their soft change; for `resample`."""
        return self._soft.spans()

    def interval(self, measure: Literal["flicker", "tc"]) -> Interval | None:
        """95 % interval of the clip's value by spans of the clip. None below 3 spans."""
        return resample(self.spans, statistic(measure, self.classes))

    def difference_interval(self, other: "ConsistencyMeter", measure: Literal["flicker", "tc"]) -> Interval | None:
        """The same of `other` minus this one, both measured on the same frames. None below 3 spans.

        Raises ValueError when the two were not: their spans cannot be paired.
        """
        return resample(self.spans, statistic(measure, self.classes), other.spans)

    # ---- inside

    @property
    def _clip(self) -> PairCounts:
        """The counts of all pairs as if they were one."""
        return PairCounts(self._pooled, np.zeros((0, 0), bool))


def statistic(measure: Literal["flicker", "tc"], classes: int) -> Statistic:
    """From a meter's sums to its clip's value."""
    if measure == "flicker":
        return means_of
    return lambda sums: mean_ious(*overlaps(sums[:, 2:].reshape(-1, classes + 1, classes + 1)))


def _add(sums: NDArray[np.float64], value: float | None) -> None:
    if value is not None:
        sums += (1, value)
