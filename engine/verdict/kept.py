"""What a candidate has kept of what the baseline showed, counted frame by frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, warp
from engine.measures import Lag
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.iou import ious, mean_of_known, overlaps
from engine.measures.pair import PairCounts, to_size
from engine.models.classes import VOID

LEAST_SHARE = 0.0002
"""Of the referee's pixels: a class with as many is one that it sees."""
LEAST_FRAMES = 3
"""Frames in which the referee sees a class that is rarer than that."""
STEADY_SHARE = 0.005
"""Of the visible pixels: a class that the baseline holds on as many from one frame to the next is seen as well."""
_SPECK = 10
_LEAST_FRESH = 100


@dataclass(frozen=True, slots=True)
class ClassKept:
    """One class that must not be lost.

    share: of the referee's pixels, 0..1. recall, recall_before: the candidate's and the baseline's on them, 0..1; None
    where the referee does not see it. area: the candidate's as a multiple of the baseline's; None where that has none.
    """

    share: float
    recall: float | None
    recall_before: float | None
    area: float | None


class Kept:
    """Counts of a baseline's and a candidate's masks against a referee's, on the same frames. Streaming and bounded.

    A class is *seen* that the referee sees on at least 0.02 % of its pixels, or in at least 3 frames (fewer than 10
    pixels in a frame are a speck); and one that the baseline holds from one frame to the next on at least 0.5 % of the
    visible pixels, so that no class can be dropped only because the model is never sure of it.
    *Fresh* pixels are those that something moved onto just now: visible ones of a refereed frame whose class, by
    referee and baseline, is the one that the motion brought there, and not the one that the baseline gave that place
    the frame before. Flicker is none of it: no motion explains it. What trails shows the old class there.
    """

    def __init__(self, classes: int, *, leaves_out: bool = False) -> None:
        """classes: how many the set has; ids at or above it belong to none. leaves_out: the id `classes` stands for
        what is not compared (`engine.models.mapping`), which is nothing that a mask could be blamed for.
        """
        self._classes = classes
        self._first_outside = classes + leaves_out
        self._matrices = ConfusionMatrix(classes), ConfusionMatrix(classes)
        self._frames_with = np.zeros(classes, np.int64)
        self._areas = np.zeros((2, classes + 1), np.float64)
        self._steady = np.zeros(classes + 1, np.int64)
        self._visible = 0
        self._fresh = np.zeros(2, np.int64)
        self._lag = Lag(classes)
        self._before: NDArray[np.uint8] | None = None
        self.frames = self.refereed = 0

    def update(
        self,
        baseline: NDArray[np.uint8],
        candidate: NDArray[np.uint8],
        referee: NDArray[np.uint8] | None,
        motion: Motion | None = None,
        pair: PairCounts | None = None,
    ) -> None:
        """Add a frame: three masks, uint8, of any size. referee: 255 where it says nothing, None where unasked.

        motion: against the frame before, None for the first one and after a cut. pair: the baseline's along it.
        Raises ValueError for a referee's id that is neither a class nor void.
        """
        if motion is None:
            self._lag.reset()
            self._before = None
        self.frames += 1
        for slot, mask in enumerate((baseline, candidate)):
            self._areas[slot] += self._by_class(mask) / mask.size
        self._lag.update(baseline, candidate)
        if pair is not None:
            visible = pair.pairs()
            self._steady += np.diagonal(visible)
            self._visible += int(visible.sum())
        before, self._before = self._before, baseline
        if referee is None or not self._compare(baseline, candidate, referee):
            return
        self.refereed += 1
        if motion is not None and before is not None:
            self._look_at_fresh(baseline, candidate, referee, before, motion)

    def _compare(self, baseline: NDArray[np.uint8], candidate: NDArray[np.uint8], referee: NDArray[np.uint8]) -> bool:
        """Count both masks against the referee's; False where it says nothing."""
        truth = referee[referee != VOID]
        if not truth.size:
            return False
        if int(truth.max()) >= self._classes:
            raise ValueError(
                f"the referee says {int(truth.max())}, which is none of the {self._classes} classes nor void"
            )
        self._frames_with += np.bincount(truth, minlength=self._classes) >= _SPECK
        height, width = referee.shape
        for matrix, mask in zip(self._matrices, (baseline, candidate), strict=True):
            matrix.update(to_size(mask, width, height), referee)
        return True

    def _look_at_fresh(
        self,
        baseline: NDArray[np.uint8],
        candidate: NDArray[np.uint8],
        referee: NDArray[np.uint8],
        before: NDArray[np.uint8],
        motion: Motion,
    ) -> None:
        truth, now, shown, then = (to_size(mask, *motion.size) for mask in (referee, baseline, candidate, before))
        brought = warp(then, motion.backward)
        fresh = motion.visible & (truth != VOID) & (now == truth) & (brought == truth) & (then != truth)
        self._fresh += (np.count_nonzero(fresh), np.count_nonzero(fresh & (shown == truth)))

    # ---- what came of it

    @property
    def lag(self) -> float | None:
        """Frames by which the candidate trails the baseline; see `engine.measures.Lag`."""
        return self._lag.frames

    @property
    def fresh(self) -> float | None:
        """Share of the fresh pixels that the candidate shows right, 0..1; None below 100 of them."""
        asked, right = self._fresh
        return float(right / asked) if asked >= _LEAST_FRESH else None

    @property
    def outside(self) -> tuple[float, float]:
        """Share of the pixels that the baseline and the candidate give to no class of the set, 0..1."""
        baseline, candidate = self._areas[:, -1] / max(1, self.frames)
        return float(baseline), float(candidate)

    @property
    def agreement(self) -> tuple[float, float] | None:
        """mIoU of the baseline and of the candidate with the referee over the classes that it sees, 0..100.

        None where it sees none. A ghost of a class that the referee does not see costs those that it takes pixels from.
        """
        seen = self._refereed_classes()
        baseline, candidate = (mean_of_known(ious(*overlaps(each.counts))[seen]) for each in self._matrices)
        return None if baseline is None or candidate is None else (100 * baseline, 100 * candidate)

    def classes(self) -> dict[int, ClassKept]:
        """What has become of every class that is seen, by its id."""
        refereed, pixels = self._refereed_classes(), self._refereed_pixels()
        steady = self._steady[:-1] >= STEADY_SHARE * max(1, self._visible)
        kept = {}
        for class_id in np.flatnonzero(refereed | steady):
            recalls: list[float | None] = [None, None]
            if refereed[class_id]:
                recalls = [float(each.counts[class_id, class_id] / pixels[class_id]) for each in self._matrices]
            before, now = self._areas[:, class_id]
            kept[int(class_id)] = ClassKept(
                share=float(pixels[class_id] / max(1, pixels.sum())),
                recall=recalls[1],
                recall_before=recalls[0],
                area=float(now / before) if before else None,
            )
        return kept

    def _refereed_classes(self) -> NDArray[np.bool_]:
        pixels = self._refereed_pixels()
        often = pixels >= LEAST_SHARE * pixels.sum()
        return (pixels > 0) & (often | (self._frames_with >= LEAST_FRAMES))

    def _refereed_pixels(self) -> NDArray[np.int64]:
        """The referee's pixels of each class, (C,)."""
        return np.asarray(self._matrices[0].counts.sum(axis=1), np.int64)

    def _by_class(self, mask: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Pixels of each class, (C+1,), the last of no class of the set."""
        counts = np.bincount(mask.ravel(), minlength=256).astype(np.float64)
        return np.append(counts[: self._classes], counts[self._first_outside :].sum())
