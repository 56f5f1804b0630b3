"""Pictures as PNG, in memory: small, and exactly as they were."""

import cv2
import numpy as np
from numpy.typing import NDArray

File = NDArray[np.uint8]
"""The bytes of a PNG."""


def png(picture: NDArray[np.uint8] | NDArray[np.uint16]) -> File:
    """A picture as PNG."""
    done, file = cv2.imencode(".png", picture)
    assert done
    return np.asarray(file, np.uint8)


def from_png(file: File) -> NDArray[np.uint8]:
    """The picture, exactly as it was."""
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), np.uint8)
