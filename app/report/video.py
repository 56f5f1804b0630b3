"""compare.mp4: both methods side by side, names burnt in, and below them when each flickered."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.style.ramp import level, ramp
from engine.comparison import ComparedFrame
from engine.results.overlay import blend
from engine.storage.disk import Space, foresee
from engine.video.writer import CLOCK, OverlayWriter

_PANE = 640  # pixels wide at most
_HEAD, _LANE, _GAP = 34, 16, 4
_GROUND, _TEXT, _QUIET = (18, 20, 24), (236, 238, 242), (140, 146, 156)
_ROLLING = 600  # frames that the strip shows of a clip whose length is not known


def video_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the video for a source of `size`, both in pixels and even."""
    width, height = _pane_size(size)
    whole = _HEAD + height + 2 * _LANE + 3 * _GAP
    return 2 * width + _GAP, whole + whole % 2


def space_of(folder: Path, size: tuple[int, int], frames: int) -> Space:
    """What comparing `frames` frames of `size` (width, height) will take in `folder`. Raises as `foresee` does."""
    return foresee(folder, video_size(size), frames, ("comparison",))


def _pane_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _PANE / size[0])
    return 2 * round(size[0] * scale / 2), 2 * round(size[1] * scale / 2)


class CompareVideo:
    """Draws and writes frame by frame. The strip fills from left to right as the clip goes on."""

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        names: tuple[str, str],
        palettes: tuple[NDArray[np.uint8], NDArray[np.uint8]],
        *,
        frames: int | None,
        time_base: Fraction | None = None,
    ) -> None:
        """size: (width, height) of the source. frames: of the clip, or None. Raises ExportError."""
        self._pane = _pane_size(size)
        width, height = video_size(size)
        self._canvas = np.full((height, width, 3), _GROUND, np.uint8)
        self._canvas[:_HEAD] = _header(width, self._pane[0] + _GAP, names)
        self._strip = np.full((2, width, 3), 40, np.uint8)
        self._frames = frames
        self._palettes = palettes
        self._ramp = ramp()
        self._writer = OverlayWriter(path, (width, height), time_base=time_base or CLOCK)

    def write(self, frame: ComparedFrame) -> None:
        """Add a frame. Raises ExportError."""
        canvas, (width, height) = self._canvas, self._pane
        for slot, made in enumerate(frame.result.slots):
            drawn = blend(
                frame.result.frame.rgb,
                made.segmentation.classes,
                self._palettes[slot],
                alpha=made.segmentation.alpha,
            )
            if drawn.shape[:2] != (height, width):
                smooth = cv2.INTER_AREA if width < drawn.shape[1] else cv2.INTER_LINEAR
                drawn = np.asarray(cv2.resize(drawn, (width, height), interpolation=smooth), np.uint8)
            left = slot * (width + _GAP)
            canvas[_HEAD : _HEAD + height, left : left + width] = drawn
        right = self._mark(frame)
        for slot in range(2):
            top = _HEAD + height + _GAP + slot * (_LANE + _GAP)
            canvas[top : top + _LANE] = self._strip[slot]
            canvas[top : top + _LANE, max(0, right - 2) : right] = _TEXT
        self._writer.write(canvas, frame.result.frame.pts_s)

    def close(self) -> None:
        """Put the video in its place. Raises ExportError."""
        if self._writer.frames:
            self._writer.close()
        else:
            self._writer.abort()

    def abort(self) -> None:
        """Leave nothing."""
        self._writer.abort()

    def _mark(self, frame: ComparedFrame) -> int:
        """Paint this frame's flicker into the strip; the column that it ends at."""
        width, index = self._strip.shape[1], self._writer.frames
        total = self._frames or _ROLLING
        if index >= total:
            shift = -(-width // total)
            self._strip = np.roll(self._strip, -shift, axis=1)
            index = total - 1
        left, right = index * width // total, max(index * width // total + 1, (index + 1) * width // total)
        for slot, flicker in enumerate(frame.flicker):
            if flicker is not None:
                self._strip[slot, left:right] = self._ramp[int(level(flicker))]
        return right


def _header(width: int, second: int, names: tuple[str, str]) -> NDArray[np.uint8]:
    """The line with both names, uint8 (_HEAD, width, 3)."""
    picture = Image.new("RGB", (width, _HEAD), _GROUND)
    draw = ImageDraw.Draw(picture)
    bold, plain = (ImageFont.load_default(size) for size in (17, 15))
    for letter, name, left in (("A", names[0], 10), ("B", names[1], second + 10)):
        draw.text((left, _HEAD / 2), letter, _QUIET, bold, anchor="lm")
        draw.text((left + 22, _HEAD / 2), name, _TEXT, plain, anchor="lm")
    return np.asarray(picture, np.uint8)
