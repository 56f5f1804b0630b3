"""One frame as it is seen in a pane: the picture, and what is drawn over it, as a picture of the frame's size."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.atomic import NEW, REPLACE, Placing, atomic_write
from engine.errors import OccupiedError
from engine.results.overlay import LINES_PER_PIXEL, Style, outlines
from engine.video.writer import export_error

_GAP = 4  # pixels between two pictures


@dataclass(frozen=True, slots=True, eq=False)
class StillLayer:
    """What is drawn over the picture.

    levels: uint8 (h, w) of any size, class ids, heat or alpha; or (h, w, 3) RGB, which covers the picture. table: uint8
    (256, 4) RGBA by level; None for RGB. opacity: 0..1. style: whether areas of one level are filled or outlined.
    between: where it begins and ends, shares 0..1 of the width. smooth: whether levels are numbers, with others between
    them.
    """

    levels: NDArray[np.uint8]
    table: NDArray[np.uint8] | None
    opacity: float = 1.0
    style: Style = "fill"
    between: tuple[float, float] = (0.0, 1.0)
    smooth: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """picture: uint8 (h, w, 3) RGB or (h, w) grey. size: (width, height) of the frame, pixels."""

    picture: NDArray[np.uint8]
    size: tuple[int, int]
    layers: tuple[StillLayer, ...] = ()


def draw_still(still: Still) -> NDArray[np.uint8]:
    """The frame with its layers over it, uint8 (H, W, 3) RGB at the frame's size."""
    picture, (width, height) = still.picture, still.size
    if picture.ndim == 2:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
    if picture.shape[:2] != (height, width):
        picture = np.asarray(cv2.resize(picture, still.size, interpolation=cv2.INTER_LINEAR), np.uint8)
    drawn = picture.copy()
    for layer in still.layers:
        left, right = (min(width, max(0, round(share * width))) for share in layer.between)
        if left >= right:
            continue
        levels = layer.levels
        if levels.shape[:2] != (height, width):
            between = cv2.INTER_LINEAR if layer.smooth or layer.table is None else cv2.INTER_NEAREST_EXACT
            levels = np.asarray(cv2.resize(levels, still.size, interpolation=between), np.uint8)
        if layer.table is None:
            drawn[:, left:right] = levels[:, left:right]
            continue
        if layer.style == "outline":
            levels = outlines(levels, max(1, round(height / LINES_PER_PIXEL)))
        over = layer.table[levels[:, left:right]]
        alpha = np.round(over[..., 3:] * np.float32(layer.opacity if layer.style == "fill" else 1)).astype(np.uint16)
        under = drawn[:, left:right]
        drawn[:, left:right] = (over[..., :3] * alpha + under * (255 - alpha) + 127) // 255
    return drawn


def beside(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures of one size, uint8 (H, W, 3), from left to right with a black line between them."""
    line = np.zeros((pictures[0].shape[0], _GAP, 3), np.uint8)
    parts = [part for picture in pictures for part in (line, picture)]
    return np.concatenate(parts[1:], axis=1)


def write_still(path: Path, rgb: NDArray[np.uint8], *, placing: Placing = NEW) -> None:
    """Write a picture, uint8 (H, W, 3) RGB, as PNG, whole or not at all. Raises ExportError."""
    try:
        with atomic_write(path, placing=placing) as temporary:
            Image.fromarray(np.ascontiguousarray(rgb)).save(temporary, format="PNG", compress_level=3)
    except OSError as failure:
        raise export_error(path, failure) from failure


def placing_beside(path: Path, source: Path | None) -> Placing:
    """How a file may be placed at `path`, where a person has agreed to replace what is there.

    source: the clip, a file or a folder of images, which is never written to: raises OccupiedError.
    """
    place = path.resolve()
    if source is not None and source.exists() and source.resolve() in (place, *place.parents):
        raise OccupiedError(f"{path} is, or lies in, the clip {source}, which is never changed. Choose another folder.")
    return REPLACE if os.path.lexists(path) else NEW
