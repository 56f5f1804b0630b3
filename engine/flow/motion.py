"""How each frame came out of the one before it: flow both ways and what of it is visible, frame by frame."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.base import Flow
from engine.flow.cuts import CutDetector
from engine.flow.dis import grey
from engine.flow.warp import visible_pixels

EXACT_FLOW = "exact"
"""What motion that is known and not estimated says it comes from."""

SCORING_WIDTH = 640
LIVE_WIDTH = 320
_LIVE_PIXELS = 320 * 200
_LIVE_FLOW_SIDE = 64  # below 64, OpenCV's Farnebäck leaves its pyramid out and misses fast motion

_other_way = ThreadPoolExecutor(thread_name_prefix="flow")
"""For one direction of a flow while the caller's thread finds the other. Its threads stay for the process's life."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """From the frame before (Before) to this one (Now), all at one size (h, w).

    backward: float32 (h, w, 2), flow from Now to Before: it fetches what Before had onto Now's pixels.
    forward: float32 (h, w, 2), flow from Before to Now. visible: bool (h, w), on Now's pixels, True where the point was
    seen in Before too. flow: what it comes from, such as `farneback` or `exact`.
    """

    backward: NDArray[np.float32]
    forward: NDArray[np.float32]
    visible: NDArray[np.bool_]
    flow: str

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), pixels."""
        return self.visible.shape[1], self.visible.shape[0]

    @classmethod
    def still(cls, size: tuple[int, int]) -> "Motion":
        """No motion at all, everything visible. size: (width, height)."""
        nothing = np.zeros((size[1], size[0], 2), np.float32)
        return cls(nothing, nothing, np.ones((size[1], size[0]), bool), "none")

    def at(self, size: tuple[int, int]) -> "Motion":
        """The same at another size (width, height): flow by bilinear, visibility by nearest."""
        if size == self.size:
            return self
        backward, forward = (_enlarged(flow, size) for flow in (self.backward, self.forward))
        seen = np.asarray(cv2.resize(self.visible.view(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT))
        return Motion(backward, forward, seen.view(np.bool_), self.flow)


def measure_size(width: int, height: int, *, live: bool = False) -> tuple[int, int]:
    """The size that a source of `width` × `height` is measured at: its own, at most 640 wide.

    live: at most 320 wide, and no more pixels than 320 × 200, so that a portrait costs no more than a landscape.
    """
    scale = min(1.0, (LIVE_WIDTH if live else SCORING_WIDTH) / width)
    if live:
        scale = min(scale, (_LIVE_PIXELS / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))


class MotionEstimator:
    """Streaming: one frame in, its motion against the frame before out. Keeps one small picture. One thread at a time.

    A cut (another scene) has no motion, and neither has the first frame after it was reset.
    """

    def __init__(self, flow: Flow, *, live: bool = False, size: tuple[int, int] | None = None) -> None:
        """flow: the estimator. size: (width, height) instead of `measure_size`.

        live: at the live size; flow and visibility are found on a grey picture with a shorter side of 64 pixels.
        """
        self.flow = flow
        self._size = size
        self._live = live
        self._before: NDArray[np.uint8] | None = None
        self._cuts = CutDetector()

    def reset(self) -> None:
        """Forget the frame before: after a seek, or at the start of another clip."""
        self._before = None
        self._cuts.reset()

    def update(self, rgb: NDArray[np.uint8]) -> Motion | None:
        """Motion of this frame, rgb uint8 (H, W, 3), at `measure_size`; None where there is nothing to compare with."""
        size = self._size or measure_size(rgb.shape[1], rgb.shape[0], live=self._live)
        now = _small_grey(rgb, _live_flow_size(size)) if self._live else _shrunk(rgb, size)
        before, self._before = self._before, now
        if self._cuts.update(now) or before is None or before.shape != now.shape:
            return None
        backward, forward = self._both_ways(now, before)
        return Motion(backward, forward, visible_pixels(backward, forward), self.flow.name).at(size)

    def _both_ways(
        self, now: NDArray[np.uint8], before: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if not self.flow.parallel:
            return self.flow(now, before), self.flow(before, now)
        forward = _other_way.submit(self.flow, before, now)
        return self.flow(now, before), forward.result()


def _live_flow_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _LIVE_FLOW_SIDE / min(size))
    return round(size[0] * scale), round(size[1] * scale)


def _small_grey(rgb: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Grey, uint8 (h, w), at size (width, height). Halved by area as long as that can be, which is much quicker."""
    small = grey(rgb)
    while all(now % 2 == 0 and now >= 2 * least for now, least in zip(small.shape[::-1], size, strict=True)):
        small = _shrunk(small, (small.shape[1] // 2, small.shape[0] // 2))
    return _shrunk(small, size)


def _shrunk(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """At size (width, height), by area."""
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _enlarged(flow: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """A flow, float32 (h, w, 2), on a grid of (width, height), in its pixels."""
    height, width = flow.shape[:2]
    scaled = np.empty_like(flow)
    # Channel by channel, which takes a tenth of the time of doing both at once.
    np.multiply(flow[..., 0], size[0] / width, out=scaled[..., 0])
    np.multiply(flow[..., 1], size[1] / height, out=scaled[..., 1])
    return np.asarray(cv2.resize(scaled, size, interpolation=cv2.INTER_LINEAR), np.float32)
