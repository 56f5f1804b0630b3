"""Accuracy against labels made by people."""

import numpy as np
from numpy.typing import NDArray

from engine.models.classes import VOID


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
        hits = np.diagonal(self.counts)
        union = self.counts.sum(axis=1) + self.counts[:, : self.classes].sum(axis=0) - hits
        return [float(100 * hit / total) if total else None for hit, total in zip(hits, union, strict=True)]

    def miou(self) -> float | None:
        """Mean IoU over the classes that occur, 0..100; None when nothing was counted."""
        values = [value for value in self.iou() if value is not None]
        return float(np.mean(values)) if values else None
