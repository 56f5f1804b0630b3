"""Objects: connected pieces of evidence, and which of them a mask finds."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_PIXELS = 12
"""Of an object; what is smaller is a speck."""


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """The objects of one frame: connected components (of eight neighbours) of at least 12 pixels of one class.

    numbered: int32 (h, w), each object's number, 0 where there is none. classes, areas: int64 (n + 1,), by number, the
    class and the pixels of each; those of number 0 mean nothing.
    """

    numbered: NDArray[np.int32]
    classes: NDArray[np.int64]
    areas: NDArray[np.int64]

    def count(self, classes: int) -> NDArray[np.int64]:
        """How many there are of each of so many classes."""
        return np.bincount(self.classes[1:], minlength=classes)

    def found(self, right: NDArray[np.bool_], classes: int) -> NDArray[np.int64]:
        """How many of each class are found, which is half covered. right: bool (h, w), where a mask has their class."""
        covered = np.bincount(self.numbered[right], minlength=len(self.areas))
        return np.bincount(self.classes[1:][2 * covered[1:] >= self.areas[1:]], minlength=classes)


def objects_of(evidence: NDArray[np.uint8], classes: int) -> Objects:
    """The objects of evidence, uint8 (h, w); ids at or above `classes` have none."""
    numbered = np.zeros(evidence.shape, np.int32)
    of_class, areas = [0], [0]
    for class_id in np.flatnonzero(np.bincount(evidence.ravel(), minlength=256)[:classes] >= LEAST_PIXELS):
        _, pieces, stats, _ = cv2.connectedComponentsWithStats((evidence == class_id).view(np.uint8))
        large = stats[:, cv2.CC_STAT_AREA] >= LEAST_PIXELS
        large[0] = False  # what is not of the class
        numbers = np.where(large, len(areas) - 1 + np.cumsum(large), 0).astype(np.int32)
        numbered += numbers[pieces]
        of_class += [int(class_id)] * int(large.sum())
        areas += stats[large, cv2.CC_STAT_AREA].tolist()
    return Objects(numbered, np.asarray(of_class), np.asarray(areas))
