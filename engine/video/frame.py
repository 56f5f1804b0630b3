"""One decoded picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture, ready to look at.

    index: 0-based position in display order.
    pts_s: presentation time in seconds, as the container gives it (may start below or above 0).
    rgb: uint8 (H, W, 3), RGB, rotation metadata applied.
    """

    index: int
    pts_s: float
    rgb: NDArray[np.uint8]
