"""What a method makes of one frame."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The masks of one frame.

    classes: uint8 (h, w), class id per pixel at the network's input size.
    source_size: (width, height) of the frame it was made from, pixels.
    inference_ms: wall time of the runtime's call, milliseconds.
    scores: float32 (C, h', w') logits at the network's output size, or None when not asked for.
    """

    classes: NDArray[np.uint8]
    source_size: tuple[int, int]
    inference_ms: float
    scores: NDArray[np.float32] | None = None

    @cached_property
    def mask(self) -> NDArray[np.uint8]:
        """Class id per pixel at the source's size, uint8 (H, W), nearest; made on first use and kept."""
        width, height = self.source_size
        if self.classes.shape == (height, width):
            return self.classes
        return cv2.resize(self.classes, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
