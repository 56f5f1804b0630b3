"""Virtual camera motion: views of one picture along a smooth path, with motion and visibility that are exact."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow import EXACT_FLOW, Motion
from engine.models.classes import VOID
from engine.video.images import DEFAULT_RATE
from trainer.data.augment import recolour
from trainer.data.sources import ClipWindows
from trainer.data.window import Image, Window
from trainer.recipe import VirtualPart

Homography = NDArray[np.float64]
"""(3, 3), from places (x, y, 1) in one view to places in another, in pixels, pixel middles at whole numbers."""


_MARGIN = 2.0
"""Pixels from the picture's border within which a view, or what is fetched from it, is mixed with the padding."""


class VirtualWindows:
    """The windows of `clips`, a share of them in place of their frames views of their labelled one."""

    def __init__(self, clips: ClipWindows, part: VirtualPart) -> None:
        self._clips, self._part = clips, part

    def __len__(self) -> int:
        return len(self._clips)

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`. Raises DatasetError that names a file that cannot be read."""
        if random.random() < self._part.share:
            return virtual_window(self._clips.still(index), self._part, random)
        return self._clips.window(index, random)


def virtual_window(still: Window, part: VirtualPart, random: np.random.Generator) -> Window:
    """`part.views` views of a window of one frame, which is one of them unmoved; which one, and the path, are drawn.

    Outside the picture a view is mid-grey, its label void and nothing visible. Labels are fetched by nearest.
    """
    (image,), (label,), size = still.frames, still.labels, still.size
    steps = _path(part, size, random)
    poses = _poses(steps, int(random.integers(part.views)))
    frames = tuple(_light(_seen(image, pose, cv2.INTER_LINEAR, 127), part, random) for pose in poses)
    labels = tuple(None if label is None else _seen(label, pose, cv2.INTER_NEAREST, VOID) for pose in poses)
    motion = tuple(_motion(step, pose, size) for step, pose in zip(steps, poses[1:], strict=True))
    soft = [still.soft_moved(pose) for pose in poses]
    return Window(
        frames,
        tuple(float(view / DEFAULT_RATE) for view in range(part.views)),
        labels,
        motion,
        targets=tuple(each for view in soft for each in view.targets),
        mattes=tuple(each for view in soft for each in view.mattes),
    )


def _path(part: VirtualPart, size: tuple[int, int], random: np.random.Generator) -> list[Homography]:
    """From each view to the next: a velocity that changes evenly from one that is drawn to another."""
    most = np.array([*[part.shift * size[0]] * 2, np.radians(part.rotation), np.log1p(part.scale), *[part.tilt] * 2])
    first, last = random.uniform(-most, most), random.uniform(-most, most)
    return [_step(first + (last - first) * along, size) for along in np.linspace(0, 1, part.views - 1)]


def _step(velocity: NDArray[np.float64], size: tuple[int, int]) -> Homography:
    """velocity: right and down in pixels, angle, logarithm of the scale, tilt across and down. About the middle."""
    right, down, angle, grown, across, along = velocity
    middle = np.array([[1, 0, (size[0] - 1) / 2], [0, 1, (size[1] - 1) / 2], [0, 0, 1]])
    cos, sin = np.exp(grown) * np.cos(angle), np.exp(grown) * np.sin(angle)
    turn = np.array([[cos, -sin, right], [sin, cos, down], [2 * across / size[0], 2 * along / size[1], 1]])
    return np.asarray(middle @ turn @ _inverse(middle))


def _poses(steps: list[Homography], unmoved: int) -> list[Homography]:
    """From the picture to each view."""
    poses = [np.eye(3)]
    for step in steps:
        poses.append(step @ poses[-1])
    undone = _inverse(poses[unmoved])
    return [np.eye(3) if view == unmoved else pose @ undone for view, pose in enumerate(poses)]


def _seen(picture: Image, pose: Homography, interpolation: int, outside: int) -> Image:
    if np.array_equal(pose, np.eye(3)):
        return picture
    size, fill = (picture.shape[1], picture.shape[0]), (outside, outside, outside)
    return np.asarray(
        cv2.warpPerspective(picture, pose, size, flags=interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=fill),
        np.uint8,
    )


def _light(view: Image, part: VirtualPart, random: np.random.Generator) -> Image:
    (seen,) = recolour(Window.single(view, None), part.light, random).frames
    if not part.noise:
        return seen
    noisy = seen + part.noise * random.standard_normal(seen.shape, np.float32)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _motion(step: Homography, pose: Homography, size: tuple[int, int]) -> Motion:
    """How a view came out of the one before it. step: between the two. pose: from the picture to the later one."""
    here, before, after = (_moved(size, by) for by in (np.eye(3), _inverse(step), step))
    visible = _inside(before, size) & _inside(_moved(size, _inverse(pose)), size, margin=_MARGIN)
    return Motion(before - here, after - here, visible, EXACT_FLOW)


def _inverse(pose: Homography) -> Homography:
    return np.asarray(np.linalg.inv(pose), np.float64)


def _moved(size: tuple[int, int], by: Homography) -> NDArray[np.float32]:
    """Where every pixel of a picture of `size` (width, height) is after a homography: (h, w, 2)."""
    width, height = size
    x, y, scale = (np.add.outer(row[1] * np.arange(height) + row[2], row[0] * np.arange(width)) for row in by)
    return np.stack([x / scale, y / scale], axis=-1, dtype=np.float32, casting="same_kind")


def _inside(places: NDArray[np.float32], size: tuple[int, int], margin: float = 0) -> NDArray[np.bool_]:
    """Whether places (h, w, 2) are in a picture of `size` (width, height), `margin` pixels from its outermost ones."""
    x, y = places[..., 0], places[..., 1]
    (right, bottom), least = (side - 1 - margin for side in size), margin
    return np.asarray((x >= least) & (x <= right) & (y >= least) & (y <= bottom))
