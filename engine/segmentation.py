"""What a method makes of one frame."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import measure_size


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
        return self._at(self.source_size)

    @cached_property
    def live_mask(self) -> NDArray[np.uint8]:
        """Class id per pixel at the size that is measured live, uint8, nearest; made on first use and kept."""
        return self._at(measure_size(*self.source_size, live=True))

    def _at(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """size: (width, height)."""
        if self.classes.shape == size[::-1]:
            return self.classes
        return np.asarray(cv2.resize(self.classes, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
