"""What is said of a frame, averaged with what is said of its neighbours along the motion between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, visible_pixels, warp

ALIKE = 0.1
"""Mean difference of colour, 0..1, from which on what a flow fetches is taken for something else."""

SURER = 3.0
HELD = 0.5
"""Probability from which on a class that is seen in three frames in a row is held."""

Chances = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A frame and what is said of it. chances: float32 (h, w, C). rgb: float32 (h, w, 3), 0..1, at the same size.

    motion: how the frame came out of the one before it, at any size; None where that is not known, as after a cut.
    """

    chances: Chances
    rgb: NDArray[np.float32]
    motion: Motion | None


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """From one frame to another. flow: float32 (h, w, 2). visible: bool (h, w), where its end is seen as well."""

    flow: NDArray[np.float32]
    visible: NDArray[np.bool_]

    def then(self, step: "_Way") -> "_Way":
        """This way, and on from where it ends. Flow is fetched bilinearly, visibility by nearest."""
        flow = self.flow + np.asarray(warp(step.flow, self.flow, linear=True), np.float32)
        seen = np.asarray(warp(step.visible.view(np.uint8), self.flow), np.uint8).view(np.bool_)
        height, width = seen.shape
        x, y = flow[..., 0] + np.arange(width), flow[..., 1] + np.arange(height)[:, None]
        inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
        return _Way(flow, self.visible & seen & inside)

    def at(self, size: tuple[int, int]) -> "_Way":
        """The same in cells (width, height): flow averaged, and a cell visible where all of its pixels are."""
        height, width = self.visible.shape
        if size == (width, height):
            return self
        flow = cv2.resize(self.flow, size, interpolation=cv2.INTER_AREA)
        share = cv2.resize(self.visible.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        scale = np.array([size[0] / width, size[1] / height], np.float32)
        return _Way(np.asarray(flow * scale, np.float32), share > 1 - 1e-4)


def averaged(span: Sequence[Said], at: int, reach: int, *, hold: bool = False) -> Chances:
    """The mean of what is said of frame `at` of `span` and, at each cell, of up to `reach` frames on either side.

    A neighbour is fetched bilinearly along the flow to it and counts in a cell where that is visible there and back,
    step by step, and its colour differs by less than ALIKE. The flow to frames further off is put together of steps
    from one frame to the next: neighbours move little, so that each is easy to find, and is found once for all frames
    that need it. Where a motion is not known nothing beyond it counts.
    hold: what is said alike of the frame and of both neighbours, by HELD at least, is not averaged but said surer,
    its probabilities to the power of SURER: there nothing flickers, and what is small would be averaged away.
    """
    own = span[at]
    size = (own.chances.shape[1], own.chances.shape[0])
    total, count = own.chances.copy(), np.ones((*own.chances.shape[:2], 1), np.float32)
    here = own.chances.argmax(axis=-1)
    held = own.chances.max(axis=-1) >= HELD
    for step, ways in ((-1, _earlier(span, at)), (1, _later(span, at))):
        together = accumulate(ways, _Way.then)
        alike_there = np.zeros_like(held)
        for distance, way in zip(range(1, reach + 1), together, strict=False):
            other, cells = span[at + step * distance], way.at(size)
            fetched, colour = (
                np.asarray(warp(each, cells.flow, linear=True), np.float32) for each in (other.chances, other.rgb)
            )
            fetched = fetched.reshape(total.shape)
            counts = cells.visible & (np.abs(colour - own.rgb).mean(axis=-1) < ALIKE)
            if distance == 1:
                alike_there = counts & (fetched.argmax(axis=-1) == here)
            total += np.where(counts[..., None], fetched, 0)
            count += counts[..., None]
        held &= alike_there
    mean = np.asarray(total / count, np.float32)
    if not hold:
        return mean
    surer = own.chances**SURER
    return np.where(held[..., None], surer / surer.sum(axis=-1, keepdims=True), mean)


def _earlier(span: Sequence[Said], at: int) -> Iterator[_Way]:
    """The steps from frame `at` back, each to the one before."""
    for place in range(at, 0, -1):
        motion = span[place].motion
        if motion is None:
            return
        yield _Way(motion.backward, motion.visible)


def _later(span: Sequence[Said], at: int) -> Iterator[_Way]:
    """The steps from frame `at` on, each to the one after."""
    for said in span[at + 1 :]:
        if said.motion is None:
            return
        yield _Way(said.motion.forward, visible_pixels(said.motion.forward, said.motion.backward))
