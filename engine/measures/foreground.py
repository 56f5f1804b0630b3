"""How well a person is found in single images, as portrait segmentation is published."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.models.classes import VOID

SIDE = 224
"""Images are judged at 224 × 224, whatever their shape."""


class ForegroundIou:
    """IoU of the person at 224 × 224, mean over the images, 0..100.

    The convention of Park et al., "SINet: Extreme Lightweight Portrait Segmentation Networks with Spatial Squeeze
    Modules and Information Blocking Decoder", WACV 2020: the image is squashed to that size before the method sees it,
    the label by nearest. An image where neither shows a person counts as 100.
    """

    def __init__(self) -> None:
        self._sum, self._images = 0.0, 0

    def update(self, prediction: NDArray[np.uint8], label: NDArray[np.uint8]) -> None:
        """Add an image: the method's mask of `squashed` its picture, uint8 (224, 224), and its label, uint8 (H, W).

        In both 1 is the person. Void (255) is not judged. Raises ValueError for a mask of another size.
        """
        if prediction.shape != (SIDE, SIDE):
            raise ValueError(f"the mask is {prediction.shape}; expected ({SIDE}, {SIDE}), that of the squashed image")
        truth = cv2.resize(label, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST_EXACT)
        found, there = (prediction == 1) & (truth != VOID), truth == 1
        union = np.count_nonzero(found | there)
        self._sum += 100 * np.count_nonzero(found & there) / union if union else 100.0
        self._images += 1

    @property
    def mean(self) -> float | None:
        """Over the images, 0..100; None without one."""
        return self._sum / self._images if self._images else None


def squashed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture, uint8 (H, W, 3), as it is judged: uint8 (224, 224, 3), linear."""
    return np.asarray(cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
