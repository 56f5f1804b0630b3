"""Flicker and tc of what is being shown, at a cost that playing does not notice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.flow import LIVE_FLOW, Motion, MotionEstimator, make_flow
from engine.measures.pair import PairCounts, count_pair
from engine.measures.soft import with_changes
from engine.segmentation import Segmentation


class LiveMeter:
    """The live measures: `farneback-live`, masks at most 320 wide, one motion for all slots. One thread at a time.

    Frames that were dropped in between make the pairs of both slots wider alike. How far live values lie from the full
    ones is in docs/measures.md.
    """

    def __init__(self) -> None:
        self._motion = MotionEstimator(make_flow(LIVE_FLOW), live=True)
        self._before: list[tuple[int, Segmentation]] = []

    def reset(self) -> None:
        """Forget the frame before: after a seek."""
        self._motion.reset()
        self._before = []

    def update(
        self, rgb: NDArray[np.uint8], segmentations: Sequence[Segmentation], classes: Sequence[int]
    ) -> tuple[PairCounts | None, ...]:
        """Add a frame, uint8 (H, W, 3), with what every slot made of it; classes: how many each slot's set has.

        Returns one a slot; None where there is nothing to compare with, as after a change of the method's class set.
        """
        if not segmentations:
            self.reset()
            return ()
        motion = self._motion.update(rgb)
        before, self._before = self._before, list(zip(classes, segmentations, strict=True))
        return tuple(
            _pair(before[slot][1], made, motion, classes[slot])
            if motion is not None and slot < len(before) and before[slot][0] == classes[slot]
            else None
            for slot, made in enumerate(segmentations)
        )


def _pair(before: Segmentation, now: Segmentation, motion: Motion, classes: int) -> PairCounts:
    pair = count_pair(before.live_mask, now.live_mask, motion, classes, splits=False)
    return with_changes(pair, before.live_alpha, now.live_alpha, motion)
