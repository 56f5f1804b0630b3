"""Farnebäck, "Two-Frame Motion Estimation Based on Polynomial Expansion", SCIA 2003; OpenCV's version."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.dis import grey

_SETTINGS = {"farneback": (5, 21, 3, 7, 1.5), "farneback-live": (2, 9, 1, 3, 1.1)}
"""Levels of the pyramid, window, iterations, neighbourhood and sigma of the polynomials."""


class Farneback:
    """`farneback` scores: 5 levels, window 21. No student is trained with it, so none can learn its errors.

    `farneback-live` is made for the small pictures of live measures: 2 levels, window 9, one iteration.
    """

    def __init__(self, name: str = "farneback") -> None:
        self.name = name
        self.parallel = name == "farneback"  # on small pictures a second thread costs more than it saves
        self._settings = _SETTINGS[name]

    def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Flow from `start` to `end`, uint8 (h, w, 3) RGB or (h, w) grey; float32 (h, w, 2), pixels."""
        flow = cv2.calcOpticalFlowFarneback(grey(start), grey(end), None, 0.5, *self._settings, 0)
        return np.asarray(flow, np.float32)
