"""Composites to learn from, drawn at random: pictures, true alphas, and the exact motion between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import LabelledFrame
from engine.datasets.composites.backdrops import Backdrop
from engine.datasets.composites.compose import Layer, exact_motion, filled, grain_of, over, placed
from engine.datasets.composites.cutout import Cutout
from engine.datasets.composites.path import CAMERA, PERSON, Matrix, Path, factor_of, place_person, place_scene
from engine.datasets.composites.shelf import Portraits
from engine.errors import DatasetError

_PATIENCE = 50
"""How many portraits are tried until one can be placed."""


@dataclass(frozen=True)
class TrainingComposites:
    """Windows of composites by seed: the same number always gives the same window. For several threads at once.

        windows = TrainingComposites((people, faces), backdrops, size=(384, 384))
        before, now = windows[seed]     # .rgb, .alpha, .labels; now.motion is exact

    portraits: each of them equally likely, whichever dataset it is of. backdrops: each equally likely. size: (width,
    height) of the frames. length: frames in a window. gap: (least, most) frames from one to the next, drawn.
    still: the share of windows whose background is one picture, seen by a moving camera, so that its motion is exact
    too; in the others it plays, and what is not the person is not visible in `motion`.
    closest: up to so many times enlarged a piece of the background is shown, in half of the windows; a piece of road or
    sky is a plain surface, as walls are. 1: always the whole.
    grain: the largest standard deviation of the sensor's noise. mirrored: whether half of the people are.
    """

    portraits: Sequence[Portraits]
    backdrops: Sequence[Backdrop]
    size: tuple[int, int]
    length: int = 2
    gap: tuple[int, int] = (1, 3)
    still: float = 0.5
    closest: float = 1.0
    grain: float = 3.0
    mirrored: bool = True

    def __getitem__(self, seed: int) -> tuple[LabelledFrame, ...]:
        """The window of a seed, 0 or more: `length` frames. 60 ms at 384 × 384 on one core, once portraits are kept.

        Raises DatasetError where no portrait can be placed, and as `Portraits` does.
        """
        random = np.random.default_rng([_STREAM, seed])
        gap = int(random.integers(self.gap[0], self.gap[1] + 1))
        times = [gap * step for step in range(self.length)]
        layer, person = self._person(times, random)
        backgrounds, scene = self._scene(times, gap, random)
        deviation = float(random.uniform(0, self.grain))
        frames: list[LabelledFrame] = []
        for step, (matrix, behind) in enumerate(zip(person, backgrounds, strict=True)):
            there = placed(layer, matrix, self.size)
            alpha = np.ascontiguousarray(there[..., 3])
            motion = None
            if step:
                before = frames[-1].alpha
                assert before is not None
                between = None if scene is None else (scene[step - 1], scene[step])
                motion = exact_motion((before, alpha), (person[step - 1], matrix), between)
            rgb = over(there, behind, grain_of(random, self.size, deviation))
            frames.append(LabelledFrame(step, rgb, (alpha >= 0.5).astype(np.uint8), motion, alpha))
        return tuple(frames)

    def _person(self, times: Sequence[int], random: np.random.Generator) -> tuple[Layer, tuple[Matrix, ...]]:
        ends = np.cumsum([len(each) for each in self.portraits])
        for _ in range(_PATIENCE):
            index = int(random.integers(ends[-1]))
            which = int(np.searchsorted(ends, index, side="right"))
            cutout = self.portraits[which][index - int(ends[which])]
            if self.mirrored and random.random() < 0.5:
                cutout = Cutout(*(np.ascontiguousarray(each[:, ::-1]) for each in (cutout.foreground, cutout.alpha)))
            movement = Path(random, PERSON, self.size)
            steps = place_person(cutout.alpha, self.size, [movement.at(time) for time in times], random)
            if steps is not None:
                return Layer.of(cutout, factor_of(steps)), steps
        raise DatasetError(
            f"none of {_PATIENCE} portraits can be placed in {self.size[0]}×{self.size[1]} without showing where its "
            "photograph ends; take frames of a shape nearer to theirs"
        )

    def _scene(
        self, times: Sequence[int], gap: int, random: np.random.Generator
    ) -> tuple[list[NDArray[np.uint8]], tuple[Matrix, ...] | None]:
        """The backgrounds, and how they move where that is known."""
        frames = self._piece(self.backdrops[int(random.integers(len(self.backdrops)))].frames, random)
        last = len(frames) - gap * (self.length - 1)
        if random.random() < self.still or last < 1:
            picture = frames[int(random.integers(len(frames)))]
            movement = Path(random, CAMERA, self.size)
            size = picture.shape[1], picture.shape[0]
            steps = place_scene(size, self.size, [movement.at(time) for time in times], random)
            shown = [cv2.warpAffine(picture, step[:2], self.size, flags=cv2.INTER_LINEAR) for step in steps]
            return [np.asarray(each, np.uint8) for each in shown], steps
        first = int(random.integers(last))
        across, down = random.uniform(0, 1, 2)
        played = [filled(frames[first + gap * step], self.size, (across, down)) for step in range(self.length)]
        return played, None

    def _piece(self, frames: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
        """The whole frames, (n, h, w, 3), or one piece of them all, anywhere."""
        if self.closest <= 1 or random.random() < 0.5:
            return frames
        part = float(np.exp(-random.uniform(0, np.log(self.closest))))
        height, width = (max(1, round(side * part)) for side in frames.shape[1:3])
        top = int(random.integers(frames.shape[1] - height + 1))
        left = int(random.integers(frames.shape[2] - width + 1))
        return frames[:, top : top + height, left : left + width]


_STREAM = 16
