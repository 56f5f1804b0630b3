"""Objects: connected pieces of evidence, and which of them a mask finds."""

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_PIXELS = 12
"""Of an object; what is smaller is a speck."""


def count_objects(evidence: NDArray[np.uint8], masks: tuple[NDArray[np.uint8], ...], classes: int) -> NDArray[np.int64]:
    """How many objects of each class there are, and how many of them each mask finds, int64 (1 + masks, classes).

    evidence, masks: uint8 (h, w) of one size. An object is a connected component (of eight neighbours) of at least 12
    pixels of one class; found is one that is half covered by that class.
    """
    counted = np.zeros((1 + len(masks), classes), np.int64)
    pixels = np.bincount(evidence.ravel(), minlength=256)[:classes]
    for class_id in np.flatnonzero(pixels >= LEAST_PIXELS):
        number, pieces, stats, _ = cv2.connectedComponentsWithStats((evidence == class_id).view(np.uint8))
        areas = stats[:, cv2.CC_STAT_AREA]
        objects = areas >= LEAST_PIXELS
        objects[0] = False  # what is not of the class
        counted[0, class_id] = np.count_nonzero(objects)
        for slot, mask in enumerate(masks, start=1):
            covered = np.bincount(pieces[mask == class_id], minlength=number)
            counted[slot, class_id] = np.count_nonzero(objects & (2 * covered >= areas))
    return counted
