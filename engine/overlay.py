"""Masks drawn over frames."""

import cv2
import numpy as np
from numpy.typing import NDArray


def blend(
    rgb: NDArray[np.uint8], classes: NDArray[np.uint8], palette: NDArray[np.uint8], opacity: float = 0.5
) -> NDArray[np.uint8]:
    """Draw class colours over a frame, at the size of the classes: the view or the encoder scales the result.

    rgb: uint8 (H, W, 3); classes: uint8 (h, w); palette: uint8 (256, 3); opacity: 0..1. Returns uint8 (h, w, 3).
    """
    height, width = classes.shape
    if rgb.shape[:2] != (height, width):
        smooth = cv2.INTER_AREA if width < rgb.shape[1] else cv2.INTER_LINEAR
        rgb = cv2.resize(rgb, (width, height), interpolation=smooth)
    colours = cv2.applyColorMap(classes, np.ascontiguousarray(palette.reshape(256, 1, 3)))
    return cv2.addWeighted(colours, opacity, rgb, 1 - opacity, 0)
