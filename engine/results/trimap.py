"""A trimap of a matte: where it is sure, and the band in which another program is to find alpha."""

import cv2
import numpy as np
from numpy.typing import NDArray

BACKGROUND, UNKNOWN, PERSON = 0, 128, 255

SURE = 0.05
"""As near to 0 or to 1 alpha is taken for sure."""
REACH = 0.006
"""How far the band goes beyond what is not sure, of the picture's shorter side."""


def trimap_of(alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """uint8 (H, W) of alpha float32 (H, W): 0 background, 128 unknown, 255 person, as matting programs take it.

    Unknown is what is not sure, and the border where it is sure on both sides, widened by 0.6 % of the shorter side.
    So a steady matte gives a steady trimap.
    """
    person, background = alpha >= 1 - SURE, alpha <= SURE
    radius = max(1, round(REACH * min(alpha.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    unsure = ~(person | background)
    near = [cv2.dilate(each.view(np.uint8), disc) > 0 for each in (unsure, person, background)]
    band = near[0] | (near[1] & near[2])
    return np.where(band, UNKNOWN, np.where(person, PERSON, BACKGROUND)).astype(np.uint8)
