"""The colours of flicker, the same in the window, in pictures and in videos."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

HOT = 0.12
"""The share of flipping pixels from which a frame is as hot as it gets, 0..1."""


@lru_cache(maxsize=1)
def ramp() -> NDArray[np.uint8]:
    """From calm to hot, uint8 (256, 3) RGB: perceptually even and apart for colour-blind people (the ramp inferno)."""
    levels = np.arange(256, dtype=np.uint8).reshape(256, 1)
    colours = np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[:, 0, ::-1])
    colours.flags.writeable = False  # everybody has this one
    return colours


def level(flicker: float | NDArray[np.float32], hot: float = HOT) -> NDArray[np.uint8]:
    """Place on the ramp, 0..255, of flicker 0..1; by square root, so that small differences show."""
    return np.asarray(255 * np.sqrt(np.clip(np.asarray(flicker) / hot, 0, 1)), np.uint8)
