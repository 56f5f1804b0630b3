"""What a method makes of one frame."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import measure_size
from engine.tasks.base import Outputs
from engine.tasks.matting import projected


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The masks of one frame.

    classes: uint8 (h, w), class id per pixel at the network's input size.
    source_size: (width, height) of the frame it was made from, pixels.
    inference_ms: wall time of the runtime's call, milliseconds.
    scores: float32 (C, h', w') logits at the network's output size, or None when not asked for.
    alpha: float32 (h, w), 0..1, of a matte; then `classes` is alpha ≥ 0.5, and so is the mask at every other size. None
        for models of other tasks.
    """

    classes: NDArray[np.uint8]
    source_size: tuple[int, int]
    inference_ms: float
    scores: NDArray[np.float32] | None = None
    alpha: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, made: Outputs, source_size: tuple[int, int], inference_ms: float) -> Self:
        """What a runtime or a wrapper gave of a frame of `source_size`."""
        return cls(made.classes, source_size, inference_ms, made.scores, made.alpha)

    @property
    def outputs(self) -> Outputs:
        """What was given of the frame."""
        return Outputs(self.classes, self.scores, self.alpha)

    @cached_property
    def mask(self) -> NDArray[np.uint8]:
        """Class id per pixel at the source's size, uint8 (H, W); made on first use and kept.

        Nearest; of a matte, where `soft_mask` ≥ 0.5.
        """
        return self._at(self.source_size) if self.soft_mask is None else projected(self.soft_mask)

    @cached_property
    def soft_mask(self) -> NDArray[np.float32] | None:
        """Alpha at the source's size, float32 (H, W), linear; None for what is no matte. Made on first use and kept."""
        return self.alpha_at(self.source_size)

    @property
    def matte(self) -> NDArray[np.float32]:
        """How much of each pixel is of class 1, float32 (H, W) at the source's size; of a mask 0 or 1."""
        return (self.mask == 1).astype(np.float32) if self.soft_mask is None else self.soft_mask

    @cached_property
    def live_mask(self) -> NDArray[np.uint8]:
        """Class id per pixel at the size that is measured live, uint8, as `mask`; made on first use and kept."""
        return self._at(self._live_size) if self.live_alpha is None else projected(self.live_alpha)

    @cached_property
    def live_alpha(self) -> NDArray[np.float32] | None:
        """Alpha at the size that is measured live, float32; None for what is no matte. Made on first use and kept."""
        return self.alpha_at(self._live_size)

    def alpha_at(self, size: tuple[int, int]) -> NDArray[np.float32] | None:
        """Alpha at `size` (width, height), float32, linear; None for what is no matte."""
        if self.alpha is None or self.alpha.shape == size[::-1]:
            return self.alpha
        return np.asarray(cv2.resize(self.alpha, size, interpolation=cv2.INTER_LINEAR), np.float32)

    @property
    def _live_size(self) -> tuple[int, int]:
        return measure_size(*self.source_size, live=True)

    def _at(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """size: (width, height)."""
        if self.classes.shape == size[::-1]:
            return self.classes
        return np.asarray(cv2.resize(self.classes, size, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
