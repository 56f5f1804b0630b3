"""Accuracy against labels made by people, or against a reference in their place."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.measures.iou import ious, listed, mean_of_known, overlaps
from engine.models.classes import VOID

TOLERANCE = 0.0075
"""Of the diagonal: how far a border may be off."""


class ConfusionMatrix:
    """Pixel counts of label against prediction, pooled over everything it was updated with.

    Definition: IoU of class c = TP / (TP + FP + FN) over all pixels whose label is not void, pooled over the set (the
    convention of PASCAL VOC, Everingham et al. 2010); miou is the mean over the classes that occur in the labels or
    in the predictions. A prediction outside the class set counts as wrong. Scores are 0..100.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.counts = np.zeros((classes, classes + 1), np.int64)
        """counts[label, prediction]; the last column holds predictions outside the class set."""

    def update(self, prediction: NDArray[np.uint8], label: NDArray[np.uint8]) -> None:
        """Add one frame. Both uint8 (H, W) of one size; label values at or above the class count are void.

        Raises ValueError when the sizes differ, or when a label is neither a class nor void (255).
        """
        if prediction.shape != label.shape:
            raise ValueError(f"prediction is {prediction.shape} and label is {label.shape}; both must be of one size")
        seen = label != VOID
        truth = label[seen]
        if truth.size and int(truth.max()) >= self.classes:
            raise ValueError(f"label {int(truth.max())} is outside the {self.classes} classes and is not void (255)")
        guess = np.minimum(prediction[seen], self.classes)
        pairs = truth.astype(np.int64) * (self.classes + 1) + guess
        self.counts += np.bincount(pairs, minlength=self.counts.size).reshape(self.counts.shape)

    def iou(self) -> list[float | None]:
        """IoU of each class, 0..100, in the order of the class set; None for a class that occurs nowhere."""
        return listed(ious(*overlaps(self.counts), full=100))

    def miou(self) -> float | None:
        """Mean IoU over the classes that occur, 0..100; None when nothing was counted."""
        return mean_of_known(self.iou())


class BoundaryF:
    """F-measure of class borders, pooled over everything it was updated with.

    Definition: for each class, precision is the share of the prediction's border pixels that lie within `tolerance` of
    the label's border of that class, recall the same the other way round; F = 2PR / (P + R), pixels pooled over the
    set, mean over the classes that have a border in either. tolerance: 0.75 % of the image's diagonal, at least a
    pixel. After Csurka et al., "What is a good evaluation measure for semantic segmentation?", BMVC 2013, which takes
    the mean over images instead. Pixels within `tolerance` of void are left out. Scores are 0..100.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.counts = np.zeros((classes, 4), np.int64)
        """By class: border pixels of the prediction near the label's, all of them, and the other way round."""

    def update(self, prediction: NDArray[np.uint8], label: NDArray[np.uint8]) -> None:
        """Add one frame. Both uint8 (H, W) of one size; label 255 is void. Raises ValueError when the sizes differ."""
        if prediction.shape != label.shape:
            raise ValueError(f"prediction is {prediction.shape} and label is {label.shape}; both must be of one size")
        tolerance = max(1, round(TOLERANCE * float(np.hypot(*label.shape))))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * tolerance + 1,) * 2)
        judged = cv2.dilate((label == VOID).astype(np.uint8), disc) == 0
        for class_id in np.union1d(np.unique(prediction), np.unique(label)):
            if class_id >= self.classes:
                continue
            borders = [_border(mask == class_id) & judged for mask in (prediction, label)]
            near = [cv2.dilate(border.astype(np.uint8), disc) > 0 for border in borders]
            self.counts[class_id] += [
                np.count_nonzero(borders[0] & near[1]),
                np.count_nonzero(borders[0]),
                np.count_nonzero(borders[1] & near[0]),
                np.count_nonzero(borders[1]),
            ]

    def by_class(self) -> list[float | None]:
        """F of each class, 0..100, in the order of the class set; None for a class without borders."""
        return [_f_measure(*(int(count) for count in counts)) for counts in self.counts]

    def mean(self) -> float | None:
        """Mean F over the classes that have borders, 0..100; None when there are none."""
        return mean_of_known(self.by_class())


def _border(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of an area that touch its outside in the picture, bool (H, W)."""
    area = inside.astype(np.uint8)
    # The picture's own edge is no border: beyond it the area goes on.
    return (area > 0) & (cv2.erode(area, np.ones((3, 3), np.uint8), borderValue=1) == 0)


def _f_measure(near: int, guessed: int, found: int, true: int) -> float | None:
    if not guessed and not true:
        return None
    precision, recall = near / guessed if guessed else 0.0, found / true if true else 0.0
    return 100 * 2 * precision * recall / (precision + recall) if precision + recall else 0.0
