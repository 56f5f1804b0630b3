"""Methods that are steady by doing nothing: every measure and verdict must see through them."""

import numpy as np
from numpy.typing import NDArray

from engine.methods.base import Method, Wrapper
from engine.tasks import Outputs

_BLUR = 31  # pixels of the network's input


class Constant(Wrapper):
    """One class everywhere: the most frequent one of the first frame."""

    def __init__(self, inner: Method, name: str) -> None:
        super().__init__(inner, name)
        self._first: Outputs | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        made, inference_ms, wall_ms = self.ask(rgb)
        if self._first is None:
            self._first = self.task.constant(made)
        return self._first, inference_ms, wall_ms

    def reset(self) -> None:
        """Another clip, another class."""
        super().reset()
        self._first = None


class Frozen(Wrapper):
    """The first frame's mask, for ever; not even a cut changes it."""

    def __init__(self, inner: Method, name: str) -> None:
        super().__init__(inner, name)
        self._first: Outputs | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        if self._first is not None:
            return self._first, 0.0, 0.0
        self._first, inference_ms, wall_ms = self.ask(rgb)
        return self._first, inference_ms, wall_ms

    def reset(self) -> None:
        """Another clip, another mask."""
        super().reset()
        self._first = None


class Blurred(Wrapper):
    """The most frequent class of 31 × 31 pixels, of a matte the mean: small and thin things, where flicker lives, are
    gone.
    """

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        made, inference_ms, wall_ms = self.ask(rgb)
        return self.task.blurred(made, _BLUR), inference_ms, wall_ms
