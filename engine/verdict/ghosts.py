"""Ghosts: pixels that show a class which the referee's views hardly see there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.verdict.objects import LEAST_PIXELS


def count_ghosts(mask: NDArray[np.uint8], possible: NDArray[np.uint8], classes: int) -> tuple[int, int]:
    """How many pixels of a mask, uint8 (h, w), are ghosts, and how many connected components of at least 12 of them.

    possible: as in `Views`, of the same size. What is of no class of the set is no ghost.
    """
    planes = np.minimum(mask >> 3, len(possible) - 1)
    bytes_ = np.take_along_axis(possible, planes[None], axis=0)[0]
    ghosts = ((bytes_ >> (mask & 7)) & 1 == 0) & (mask < classes)
    pixels = int(np.count_nonzero(ghosts))
    if pixels < LEAST_PIXELS:
        return pixels, 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(ghosts.view(np.uint8))
    return pixels, int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= LEAST_PIXELS))
