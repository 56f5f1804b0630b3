"""The usual remedies against flicker, each with what it costs: lag, or latency that comes in bursts.

What averaging, voting and moving mean is the task's: of classes here, of alpha there.
"""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.flow.dis import Dis
from engine.flow.motion import MotionEstimator
from engine.methods.base import Method, Rare, Trailing
from engine.tasks import Outputs

_NOTHING = 2.0**-24
"""A share of the past that a float of 32 bits does not show."""


class Ema(Trailing):
    """p ← alpha·p_prev + (1 − alpha)·p_now on the softmax of `scores`, then argmax; of a matte on its alpha. alpha 0 is
    the method itself.
    """

    def __init__(self, inner: Method, name: str, alpha: float) -> None:
        super().__init__(inner, name)
        self._alpha = alpha
        self.memory = math.ceil(math.log(_NOTHING) / math.log(alpha)) if alpha else 0
        self._mean: NDArray[np.float32] | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper. Raises BackendError for a model that has no scores."""
        made, inference_ms, wall_ms = self.ask(rgb, scores=True)
        now = self.task.mixable(made)
        if now is None:
            raise BackendError(f"{self.name}: {self.inner.name} gives classes without scores; take median(…) instead")
        if self._mean is None or self._mean.shape != now.shape:
            self._mean = now
        else:
            self._mean = self._alpha * self._mean + (1 - self._alpha) * now
        height, width = made.classes.shape
        return self.task.of_mixed(self._mean, (width, height)), inference_ms, wall_ms

    def forget(self) -> None:
        """Begin with the next frame."""
        self._mean = None


class Median(Trailing):
    """The most frequent class of the last n frames, pixel by pixel; of equally frequent ones this frame's, if it is one
    of them, else the one with the smallest id. Of a matte the median of alpha.
    """

    def __init__(self, inner: Method, name: str, n: int) -> None:
        super().__init__(inner, name)
        self._last: deque[Outputs] = deque(maxlen=n)
        self.memory = n - 1

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        made, inference_ms, wall_ms = self.ask(rgb)
        if self._last and self._last[-1].classes.shape != made.classes.shape:
            self._last.clear()
        self._last.append(made)
        return self.task.middle(self._last), inference_ms, wall_ms

    def forget(self) -> None:
        """Begin with the next frame."""
        self._last.clear()


class Hold(Rare):
    """Segment every n-th frame and keep its mask until the next: n − 1 of n frames cost nothing, and lag behind."""

    def __init__(self, inner: Method, name: str, n: int) -> None:
        super().__init__(inner, name, n)
        self._kept: Outputs | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        turn = self.turn()
        if self._kept is not None and not turn:
            return self._kept, 0.0, 0.0
        self._kept, inference_ms, wall_ms = self.ask(rgb)
        return self._kept, inference_ms, wall_ms

    def forget(self) -> None:
        """Segment the next frame."""
        self._kept = None


class Propagate(Rare):
    """Segment every n-th frame and warp its mask along the flow (DIS) from frame to frame until the next.

    What comes into view gets the class of the nearest warped pixel, or its alpha. The family of Zhu et al., "Deep
    Feature Flow for Video Recognition", CVPR 2017, with masks in the place of features.
    """

    def __init__(self, inner: Method, name: str, every: int) -> None:
        super().__init__(inner, name, every)
        self._kept: Outputs | None = None
        self._motion: MotionEstimator | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        turn = self.turn()
        if self._kept is None or self._motion is None:
            self._kept, inference_ms, wall_ms = self.ask(rgb)
            height, width = self._kept.classes.shape
            self._motion = MotionEstimator(Dis("dis-live"), size=(width, height))
            self._motion.update(rgb)
            return self._kept, inference_ms, wall_ms
        motion = self._motion.update(rgb)
        if turn or motion is None:
            self._kept, inference_ms, wall_ms = self.ask(rgb)
            return self._kept, inference_ms, wall_ms
        self._kept = self.task.moved(self._kept, motion)
        return self._kept, 0.0, 0.0

    def forget(self) -> None:
        """Segment the next frame."""
        self._kept = self._motion = None
