"""One frame as six views of it, and what was made of each laid back onto the frame."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.segmentation import Segmentation

SURE = 0.5
"""From this probability on the likeliest class is seen."""
UNTHINKABLE = 0.05
"""Below this probability a class is not there."""

VIEWS: tuple[tuple[bool, float, float, float], ...] = (
    (False, 1.0, 0.0, 0.0),
    (True, 1.0, 0.0, 0.0),
    (False, 1.0, 0.02, 0.015),
    (True, 1.0, -0.02, 0.015),
    (False, 0.85, 0.0, 0.0),
    (True, 0.85, 0.0, 0.0),
)
"""(mirrored, scale, shift to the right, shift down), shifts in widths and heights of the frame."""


@dataclass(frozen=True, eq=False)
class Views(Segmentation):
    """What a model makes of a frame in the mean of six views, of that frame alone.

    classes: uint8 (h, w), the likeliest class. sure: bool (h, w), where that has a probability of at least 0.5.
    possible: uint8 (ceil(C / 8), h, w), bit c % 8 of plane c // 8 is set where class c has a probability of at least
    0.05. drawn: whether evidence is wanted of this frame, and not of a neighbour alone.
    """

    sure: NDArray[np.bool_] | None = None
    possible: NDArray[np.uint8] | None = None
    drawn: bool = False


def settle(planes: NDArray[np.float32], size: tuple[int, int]) -> tuple[NDArray, NDArray, NDArray]:
    """`classes`, `sure` and `possible` of `Views` at size (width, height), of probabilities (C, h, w) of any size."""
    shape = (size[1], size[0])
    best, most = np.zeros(shape, np.uint8), np.zeros(shape, np.float32)
    possible = np.zeros((-(-len(planes) // 8), *shape), np.uint8)
    for class_id, plane in enumerate(planes):
        large = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
        best[large > most] = class_id
        np.maximum(most, large, out=most)
        possible[class_id // 8] |= (large >= UNTHINKABLE).view(np.uint8) << np.uint8(class_id % 8)
    # Three of six exact votes may sum up to a hair less than a half.
    return best, most >= SURE - 1e-4, possible


def shown(rgb: NDArray[np.uint8], flip: bool, scale: float, right: float, down: float) -> NDArray[np.uint8]:
    """The frame as a view shows it, of the same size; what comes in at the edges is mirrored."""
    height, width = rgb.shape[:2]
    placed = _placed(width, height, flip, scale, right, down)
    return np.asarray(
        cv2.warpAffine(rgb, placed, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101),
        np.uint8,
    )


def laid_back(planes: NDArray[np.float32], flip: bool, scale: float, right: float, down: float) -> NDArray[np.float32]:
    """What was made of a view, (C, h, w) of any size, where it belongs on the frame."""
    height, width = planes.shape[1:]
    placed = _placed(width, height, flip, scale, right, down)
    # OpenCV turns the matrix over unless it is told not to: it fetches, from the view, what the frame's pixel became.
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [cv2.warpAffine(plane, placed, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE) for plane in planes]
    )


def _placed(width: int, height: int, flip: bool, scale: float, right: float, down: float) -> NDArray[np.float64]:
    """Where a view shows the frame's pixels, float64 (2, 3): about the middle, so that it holds at every size."""
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    across = -scale if flip else scale
    return np.asarray(
        [
            [across, 0, middle_x - across * middle_x + right * width],
            [0, scale, middle_y - scale * middle_y + down * height],
        ]
    )
