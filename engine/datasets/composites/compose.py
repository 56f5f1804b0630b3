"""One frame of a composite: the person over a background, its true alpha, and the exact motion between two of them."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.composites.cutout import Cutout
from engine.datasets.composites.path import Matrix
from engine.flow.motion import EXACT_FLOW, Motion

_LEAST_FACTOR = 0.75
"""A picture that is shrunk further than this is shrunk by area first, so that nothing shimmers but what should."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A person ready to be placed. premultiplied: float32 (h, w, 4), colours 0..255 times alpha 0..1, and alpha.

    shrunk: from the picture's pixels to this layer's.
    """

    premultiplied: NDArray[np.float32]
    shrunk: Matrix

    @classmethod
    def of(cls, cutout: Cutout, factor: float = 1.0) -> "Layer":
        """factor: how much it will be enlarged at least."""
        alpha = (cutout.alpha / np.float32(255))[..., None]
        picture = np.concatenate([cutout.foreground * alpha, alpha], axis=2).astype(np.float32)
        if factor >= _LEAST_FACTOR:
            return cls(picture, np.eye(3))
        height, width = alpha.shape[:2]
        size = max(1, round(width * factor)), max(1, round(height * factor))
        x, y = size[0] / width, size[1] / height
        shrunk = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1.0]])
        return cls(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32), shrunk)


def placed(layer: Layer, matrix: Matrix, size: tuple[int, int]) -> NDArray[np.float32]:
    """The layer in a frame of `size` (width, height), premultiplied, float32 (H, W, 4)."""
    there = (matrix @ np.linalg.inv(layer.shrunk))[:2]
    return np.asarray(cv2.warpAffine(layer.premultiplied, there, size, flags=cv2.INTER_LINEAR), np.float32)


def over(
    layer: NDArray[np.float32], background: NDArray[np.uint8], grain: NDArray[np.float32] | None
) -> NDArray[np.uint8]:
    """The layer, premultiplied (H, W, 4), over a background, uint8 (H, W, 3), with the sensor's grain (H, W, 3)."""
    picture = (1 - layer[..., 3:]) * background
    picture += layer[..., :3]
    if grain is not None:
        picture += grain
    np.rint(picture, out=picture)
    return np.clip(picture, 0, 255, out=picture).astype(np.uint8)


def grain_of(random: np.random.Generator, size: tuple[int, int], deviation: float) -> NDArray[np.float32]:
    """Noise of a sensor, float32 (H, W, 3), of that standard deviation in steps of 0..255.

    Parts of one sheet of noise, since drawing it anew would take longer than all the rest.
    """
    sheet = _sheet(max(_SHEET, *size))
    channels = []
    for _ in range(3):
        top, left = (int(random.integers(len(sheet) - side + 1)) for side in size[::-1])
        channels.append(sheet[top : top + size[1], left : left + size[0]])
    return np.asarray(cv2.merge(channels), np.float32) * np.float32(deviation)


_SHEET = 1024


@lru_cache(maxsize=2)
def _sheet(side: int) -> NDArray[np.float32]:
    return np.random.default_rng(side).standard_normal((side, side), np.float32)


def exact_motion(
    alphas: tuple[NDArray[np.float32], NDArray[np.float32]],
    person: tuple[Matrix, Matrix],
    scene: tuple[Matrix, Matrix] | None,
) -> Motion:
    """How a composite came out of the one before it, exactly.

    alphas, person, scene: of the frame before, and of this one. A pixel with any alpha moves as the person does, any
    other as the scene. scene: None for a background whose own motion nobody knows; its pixels are not visible then.
    """
    before, now = alphas[0] > 0, alphas[1] > 0
    back = person[0] @ np.linalg.inv(person[1])
    backward, seen = _flow(back, before.shape)
    forward, _ = _flow(np.linalg.inv(back), before.shape)
    behind = np.zeros_like(backward), np.zeros_like(now), np.zeros_like(forward)
    if scene is not None:
        back = scene[0] @ np.linalg.inv(scene[1])
        flow, inside = _flow(back, before.shape)
        where = _grid(before.shape) + flow
        hidden = cv2.remap(before.astype(np.float32), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        behind = flow, inside & (hidden == 0), _flow(np.linalg.inv(back), before.shape)[0]
    return Motion(
        np.where(now[..., None], backward, behind[0]),
        np.where(before[..., None], forward, behind[2]),
        np.where(now, seen, behind[1]),
        EXACT_FLOW,
    )


def filled(rgb: NDArray[np.uint8], size: tuple[int, int], place: tuple[float, float] = (0.5, 0.5)) -> NDArray[np.uint8]:
    """A part of a picture, of the shape of `size` (width, height), at that size.

    place: of the part in the picture, (across, down), 0..1; the middle where not given.
    """
    height, width = rgb.shape[:2]
    factor = max(size[0] / width, size[1] / height)
    wide, high = round(size[0] / factor), round(size[1] / factor)
    left, top = round((width - wide) * place[0]), round((height - high) * place[1])
    smooth = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb[top : top + high, left : left + wide], size, interpolation=smooth), np.uint8)


def _flow(matrix: Matrix, shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where each pixel goes, float32 (h, w, 2), and whether it stays in the frame, bool (h, w)."""
    height, width = shape[:2]
    columns, rows = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    moved = matrix - np.eye(3)
    x = (moved[0, 0] * columns + moved[0, 2]).astype(np.float32) + (moved[0, 1] * rows).astype(np.float32)[:, None]
    y = (moved[1, 0] * columns).astype(np.float32) + (moved[1, 1] * rows + moved[1, 2]).astype(np.float32)[:, None]
    flow = np.asarray(cv2.merge([x, y]), np.float32)
    inside = np.asarray(cv2.inRange(_grid(shape) + flow, (-0.5, -0.5), (width - 0.5, height - 0.5)))
    return flow, inside > 0


def _grid(shape: tuple[int, ...]) -> NDArray[np.float32]:
    columns, rows = np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32)
    return np.asarray(cv2.merge(np.meshgrid(columns, rows)), np.float32)
