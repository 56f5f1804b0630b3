"""The usual remedies against flicker, each with what it costs: lag, or latency that comes in bursts."""

import math
from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.flow.dis import Dis
from engine.flow.motion import MotionEstimator
from engine.flow.warp import warp
from engine.methods.base import Method, Rare, Trailing

_TINY = 1e-12
_NOTHING = 2.0**-24
"""A share of the past that a float of 32 bits does not show."""


class Ema(Trailing):
    """p ← alpha·p_prev + (1 − alpha)·p_now on the softmax of `scores`, then argmax. alpha 0 is the method itself."""

    def __init__(self, inner: Method, name: str, alpha: float) -> None:
        super().__init__(inner, name)
        self._alpha = alpha
        self.memory = math.ceil(math.log(_NOTHING) / math.log(alpha)) if alpha else 0
        self._mean: NDArray[np.float32] | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper. Raises BackendError for a model that has no scores."""
        made, wall_ms = self.ask(rgb, scores=True)
        if made.scores is None:
            raise BackendError(f"{self.name}: {self.inner.name} gives classes without scores; take median(…) instead")
        now = softmax(made.scores)
        if self._mean is None or self._mean.shape != now.shape:
            self._mean = now
        else:
            self._mean = self._alpha * self._mean + (1 - self._alpha) * now
        height, width = made.classes.shape
        return argmax_at(self._mean, width, height), made.inference_ms, wall_ms

    def forget(self) -> None:
        """Begin with the next frame."""
        self._mean = None


class Median(Trailing):
    """The most frequent class of the last n frames, pixel by pixel; of equally frequent ones this frame's, if it is one
    of them, else the one with the smallest id.
    """

    def __init__(self, inner: Method, name: str, n: int) -> None:
        super().__init__(inner, name)
        self._masks: deque[NDArray[np.uint8]] = deque(maxlen=n)
        self.memory = n - 1

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper."""
        made, wall_ms = self.ask(rgb)
        if self._masks and self._masks[-1].shape != made.classes.shape:
            self._masks.clear()
        self._masks.append(made.classes)
        best = made.classes.copy()
        most = _votes(self._masks, best)
        for class_id in _present(self._masks):
            votes = np.zeros(best.shape, np.uint8)
            for mask in self._masks:
                votes += mask == class_id
            wins = votes > most
            best[wins] = class_id
            np.maximum(most, votes, out=most)
        return best, made.inference_ms, wall_ms

    def forget(self) -> None:
        """Begin with the next frame."""
        self._masks.clear()


class Hold(Rare):
    """Segment every n-th frame and keep its mask until the next: n − 1 of n frames cost nothing, and lag behind."""

    def __init__(self, inner: Method, name: str, n: int) -> None:
        super().__init__(inner, name, n)
        self._kept: NDArray[np.uint8] | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper."""
        turn = self.turn()
        if self._kept is not None and not turn:
            return self._kept, 0.0, 0.0
        made, wall_ms = self.ask(rgb)
        self._kept = made.classes
        return self._kept, made.inference_ms, wall_ms

    def forget(self) -> None:
        """Segment the next frame."""
        self._kept = None


class Propagate(Rare):
    """Segment every n-th frame and warp its mask along the flow (DIS) from frame to frame until the next.

    What comes into view gets the class of the nearest warped pixel. The family of Zhu et al., "Deep Feature Flow for
    Video Recognition", CVPR 2017, with masks in the place of features.
    """

    def __init__(self, inner: Method, name: str, every: int) -> None:
        super().__init__(inner, name, every)
        self._kept: NDArray[np.uint8] | None = None
        self._motion: MotionEstimator | None = None

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        """See Wrapper."""
        turn = self.turn()
        if self._kept is None or self._motion is None:
            made, wall_ms = self._key(rgb)
            size = (made.shape[1], made.shape[0])
            self._motion = MotionEstimator(Dis("dis-live"), size=size)
            self._motion.update(rgb)
            return made, *wall_ms
        motion = self._motion.update(rgb)
        if turn or motion is None:
            made, wall_ms = self._key(rgb)
            return made, *wall_ms
        moved = np.asarray(warp(self._kept, motion.backward), np.uint8)
        self._kept = fill_from_nearest(moved, motion.visible)
        return self._kept, 0.0, 0.0

    def forget(self) -> None:
        """Segment the next frame."""
        self._kept = self._motion = None

    def _key(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[float, float]]:
        made, wall_ms = self.ask(rgb)
        self._kept = made.classes
        return made.classes, (made.inference_ms, wall_ms)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities 0..1 of logits (C, h, w), over C."""
    raised = np.exp(scores - scores.max(axis=0))
    return np.asarray(raised / raised.sum(axis=0), np.float32)


def argmax_at(probabilities: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """The likeliest class at another size, uint8 (height, width).

    What is enlarged (bilinear) is the logarithm: the graph enlarges logits, and those differ from it by what all
    classes of a pixel have in common, so that probabilities of one frame give exactly its own classes.
    """
    best = np.zeros((height, width), np.uint8)
    most: NDArray[np.float32] | None = None
    for class_id, plane in enumerate(np.log(probabilities + _TINY)):
        large = np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        if most is None:
            most = large
            continue
        best[large > most] = class_id
        np.maximum(most, large, out=most)
    return best


def fill_from_nearest(mask: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """`mask` uint8 (h, w) with every pixel that is not `known` replaced by the nearest one that is."""
    if known.all() or not known.any():
        return mask
    _, nearest = cv2.distanceTransformWithLabels(
        np.where(known, 0, 255).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    classes = np.zeros(int(nearest.max()) + 1, np.uint8)
    classes[nearest[known]] = mask[known]
    return classes[nearest]


def _present(masks: deque[NDArray[np.uint8]]) -> list[int]:
    seen = np.zeros(256, np.int64)
    for mask in masks:
        seen += np.bincount(mask.ravel(), minlength=256)
    return [int(class_id) for class_id in np.flatnonzero(seen)]


def _votes(masks: deque[NDArray[np.uint8]], classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How many of the masks have each pixel's class of `classes`."""
    votes = np.zeros(classes.shape, np.uint8)
    for mask in masks:
        votes += mask == classes
    return votes
