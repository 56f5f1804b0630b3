"""Methods that are steady by doing nothing: every measure and verdict must see through them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.methods.base import Method, Wrapper

_BLUR = 31  # pixels of the network's input


class Constant(Wrapper):
    """One class everywhere: the most frequent one of the first frame."""

    def __init__(self, inner: Method, name: str) -> None:
        super().__init__(inner, name)
        self._class: int | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper."""
        made, wall_ms = self.ask(rgb)
        if self._class is None:
            self._class = int(np.bincount(made.classes.ravel()).argmax())
        return np.full_like(made.classes, self._class), made.inference_ms, wall_ms

    def reset(self) -> None:
        """Another clip, another class."""
        super().reset()
        self._class = None


class Frozen(Wrapper):
    """The first frame's mask, for ever; not even a cut changes it."""

    def __init__(self, inner: Method, name: str) -> None:
        super().__init__(inner, name)
        self._first: NDArray[np.uint8] | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper."""
        if self._first is not None:
            return self._first, 0.0, 0.0
        made, wall_ms = self.ask(rgb)
        self._first = made.classes
        return self._first, made.inference_ms, wall_ms

    def reset(self) -> None:
        """Another clip, another mask."""
        super().reset()
        self._first = None


class Blurred(Wrapper):
    """The most frequent class of 31 × 31 pixels: small and thin things, where flicker lives, are gone."""

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper."""
        made, wall_ms = self.ask(rgb)
        return majority(made.classes, _BLUR), made.inference_ms, wall_ms


def majority(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The most frequent class in a square of `side` pixels around every pixel of a mask, uint8 (h, w)."""
    best = np.zeros_like(mask)
    most = np.full(mask.shape, -1.0, np.float32)
    for class_id in np.unique(mask):
        share = cv2.boxFilter((mask == class_id).astype(np.float32), -1, (side, side), borderType=cv2.BORDER_REPLICATE)
        best[share > most] = class_id
        np.maximum(most, share, out=most)
    return best
