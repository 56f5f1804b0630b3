"""Farnebäck, "Two-Frame Motion Estimation Based on Polynomial Expansion", SCIA 2003; OpenCV's version."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.dis import grey

LEVELS, WINDOW, ITERATIONS, POLY_N, POLY_SIGMA = 5, 21, 3, 7, 1.5


class Farneback:
    """The scoring flow: 5 levels, window 21. No student is trained with it, so none can learn its errors."""

    name = "farneback"

    def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Flow from `start` to `end`, uint8 (h, w, 3) RGB or (h, w) grey; float32 (h, w, 2), pixels."""
        flow = cv2.calcOpticalFlowFarneback(
            grey(start),
            grey(end),
            None,
            0.5,
            LEVELS,
            WINDOW,
            ITERATIONS,
            POLY_N,
            POLY_SIGMA,
            0,
        )
        return np.asarray(flow, np.float32)
