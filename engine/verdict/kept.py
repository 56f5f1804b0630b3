"""What a candidate has kept of what the baseline showed in one clip, counted frame by frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, measure_size
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.iou import ious, mean_of_known, overlaps
from engine.measures.pair import PairCounts, to_size
from engine.models.classes import VOID
from engine.segmentation import Segmentation
from engine.verdict.evidence import Evidence
from engine.verdict.ghosts import count_ghosts
from engine.verdict.mattes import MattesKept
from engine.verdict.moved import count_fresh

LEAST_SHARE = 0.0002
"""Of the evidence: a class with as much is one that there is."""
STEADY_SHARE = 0.02
"""Of the visible pixels: what the baseline holds on as many, from a frame to the next, is there without evidence."""
_LEAST_FRESH = 100


@dataclass(frozen=True, slots=True)
class ClassKept:
    """One class in one clip; each pair is the baseline's and the candidate's.

    share: of the evidence, 0..1. objects: how many, counted anew in every refereed frame. found: of those. iou: on the
    evidence, 0..1, None where it is nowhere in it. area: mean share of the picture, 0..1. steady: whether the
    baseline holds it from one frame to the next on at least 2 % of the visible pixels.
    """

    share: float
    objects: int
    found: tuple[int, int]
    iou: tuple[float, float] | None
    area: tuple[float, float]
    steady: bool

    @property
    def there(self) -> bool:
        """Whether there is evidence of it on at least 0.02 % of all evidence."""
        return self.share >= LEAST_SHARE


class Kept:
    """Counts of a baseline's and a candidate's masks against evidence, on the frames of one clip. Streaming, bounded.

    Add every frame with `update`, and after it, where there is any, the evidence about it with `weigh`.
    """

    def __init__(self, classes: int, name: str = "", *, leaves_out: bool = False) -> None:
        """classes: how many the set has; ids at or above it belong to none. name: of the clip. leaves_out: the id
        `classes` stands for what is not compared (`engine.models.mapping`), which is nothing that a mask could be
        blamed for; where the candidate shows it there is no evidence.
        """
        self.name = name
        self.frames = self.refereed = 0
        self.labelled = False
        self._classes = classes
        self._first_outside = classes + leaves_out
        self._matrices = ConfusionMatrix(classes), ConfusionMatrix(classes)
        self._objects = np.zeros((3, classes), np.int64)
        self._areas = np.zeros((2, classes + 1), np.float64)
        self._steady = np.zeros(classes + 1, np.int64)
        self._visible = 0
        self._fresh = np.zeros(2, np.int64)
        self._ghosts = np.zeros((2, 2), np.int64)
        self._ghost_frames = self._ghost_pixels = 0
        self._masks: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        self._before: NDArray[np.uint8] | None = None
        self._motion: Motion | None = None
        self.mattes: MattesKept | None = None
        """Of two mattes; None of all else."""

    def soften(self, baseline: Segmentation, candidate: Segmentation, motion: Motion | None) -> None:
        """What `update` is given, of two mattes, is more than their classes; nothing happens where one is none."""
        if baseline.alpha is None or candidate.alpha is None:
            return
        self.mattes = self.mattes or MattesKept.new()
        size = measure_size(*baseline.source_size) if motion is None else motion.size
        self.mattes.update(baseline, candidate, motion, size)

    def update(
        self,
        baseline: NDArray[np.uint8],
        candidate: NDArray[np.uint8],
        motion: Motion | None = None,
        pair: PairCounts | None = None,
    ) -> None:
        """Add a frame: two masks, uint8, of any size.

        motion: against the frame before, None for the first one and after a cut. pair: the baseline's along it.
        """
        self._before = None if motion is None or self._masks is None else self._masks[0]
        self._masks, self._motion = (baseline, candidate), motion
        self.frames += 1
        for slot, mask in enumerate(self._masks):
            self._areas[slot] += self._by_class(mask) / mask.size
        if pair is not None:
            visible = pair.pairs()
            self._steady += np.diagonal(visible)
            self._visible += int(visible.sum())

    def weigh(self, evidence: Evidence) -> None:
        """Hold the last frame against the evidence about it, once. Evidence of nothing at all counts for nothing.

        Raises ValueError for evidence of an id that is neither a class nor void, and before there is a frame.
        """
        if self._masks is None:
            raise ValueError("there is evidence, but no frame that it is about; add the frame first")
        height, width = evidence.classes.shape
        baseline, candidate = (to_size(mask, width, height) for mask in self._masks)
        if self._first_outside > self._classes:
            evidence = evidence.without(candidate == self._classes)
        truth = evidence.classes[evidence.classes != VOID]
        if not truth.size:
            return
        if int(truth.max()) >= self._classes:
            raise ValueError(
                f"the referee says {int(truth.max())}, which is none of the {self._classes} classes nor void"
            )
        self.refereed += 1
        if self.mattes is not None:
            self.mattes.weigh(evidence)
        self.labelled |= evidence.labelled
        for matrix, mask in zip(self._matrices, (baseline, candidate), strict=True):
            matrix.update(mask, evidence.classes)
        self._objects[0] += evidence.objects.count(self._classes)
        for slot, mask in enumerate((baseline, candidate), start=1):
            self._objects[slot] += evidence.objects.found(mask == evidence.classes, self._classes)
        if evidence.possible is not None:
            self._ghost_frames += 1
            self._ghost_pixels += baseline.size
            for slot, mask in enumerate((baseline, candidate)):
                self._ghosts[slot] += count_ghosts(mask, evidence.possible, self._classes)
        if self._motion is not None and self._before is not None:
            self._fresh += count_fresh(evidence.classes, baseline, candidate, self._before, self._motion)

    # ---- what came of it

    @property
    def fresh(self) -> float | None:
        """Share of the fresh pixels that the candidate shows right, 0..1; None below 100 of them."""
        asked, right = self._fresh
        return float(right / asked) if asked >= _LEAST_FRESH else None

    @property
    def ghosts(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Of the baseline and of the candidate: share of the refereed pixels that are ghosts, 0..1, and components of
        them a refereed frame. None where the referee does not say what may be there, as labels do not.
        """
        if not self._ghost_frames:
            return None
        both = [(int(pixels) / self._ghost_pixels, int(pieces) / self._ghost_frames) for pixels, pieces in self._ghosts]
        return both[0], both[1]

    @property
    def outside(self) -> tuple[float, float]:
        """Share of the pixels that the baseline and the candidate give to no class of the set, 0..1."""
        baseline, candidate = self._areas[:, -1] / max(1, self.frames)
        return float(baseline), float(candidate)

    @property
    def agreement(self) -> tuple[float, float] | None:
        """mIoU of the baseline and of the candidate on the evidence, over the classes with 0.02 % of it, 0..100.

        None where there is none. A ghost of another class costs those that it takes pixels from.
        """
        pixels = self._matrices[0].counts.sum(axis=1)
        there = (pixels > 0) & (pixels >= LEAST_SHARE * pixels.sum())
        baseline, candidate = (mean_of_known(each[there]) for each in self._ious())
        return None if baseline is None or candidate is None else (100 * baseline, 100 * candidate)

    def classes(self) -> dict[int, ClassKept]:
        """What has become of every class that is in the evidence or in either's masks, by its id."""
        pixels = self._matrices[0].counts.sum(axis=1)
        areas = self._areas / max(1, self.frames)
        steady = self._steady[:-1] >= STEADY_SHARE * max(1, self._visible)
        before, now = self._ious()
        kept = {}
        for class_id in np.flatnonzero((pixels > 0) | areas[:, :-1].any(axis=0)):
            known = pixels[class_id] > 0
            objects, *found = (int(each) for each in self._objects[:, class_id])
            kept[int(class_id)] = ClassKept(
                share=float(pixels[class_id] / max(1, pixels.sum())),
                objects=objects,
                found=(found[0], found[1]),
                iou=(float(before[class_id]), float(now[class_id])) if known else None,
                area=(float(areas[0, class_id]), float(areas[1, class_id])),
                steady=bool(steady[class_id]),
            )
        return kept

    def _ious(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of every class on the evidence, the baseline's and the candidate's, (C,)."""
        baseline, candidate = (ious(*overlaps(each.counts)) for each in self._matrices)
        return baseline, candidate

    def _by_class(self, mask: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Pixels of each class, (C+1,), the last of no class of the set."""
        counts = np.bincount(mask.ravel(), minlength=256).astype(np.float64)
        return np.append(counts[: self._classes], counts[self._first_outside :].sum())
