"""A picture of the worst moment among the frames that choose: what flickers there before, and now."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.atomic import write_bytes
from engine.flow import Motion, warp
from engine.measures.pair import count_pair, to_size
from engine.methods.base import FrameSegmenter
from engine.storage.png import png
from trainer.steady.judging import HeardClip

PREVIEW = "preview.png"
_WIDTH = 320
_DIM, _LIT = 0.45, (255, 96, 32)


class Moment(NamedTuple):
    """Two neighbouring frames, the start's masks of them, and the motion between them."""

    rgb: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    start: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    motion: Motion


def worst_of(clips: Sequence[HeardClip]) -> Moment | None:
    """The pair of neighbours between which the start flickers most; None where there is none."""
    worst: Moment | None = None
    most = -1.0
    for clip in clips:
        for (one, frame), (before, now) in zip(pairwise(clip.frames), pairwise(clip.hearing), strict=True):
            if now.motion is None:
                continue
            masks = before.baseline.mask, now.baseline.mask
            flicker = count_pair(*masks, now.motion, 255).flicker() or 0.0
            if flicker > most:
                worst, most = Moment((one.rgb, frame.rgb), masks, now.motion), flicker
    return worst


def write_preview(path: Path, moment: Moment | None, student: FrameSegmenter) -> None:
    """Write the picture: the start's flicker above, the student's below, lit on the frame. Raises OSError."""
    if moment is None:
        return
    now = [student.segment(rgb).mask for rgb in moment.rgb]
    picture = np.vstack([_lit(moment, *moment.start), _lit(moment, *now)])
    write_bytes(path, png(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)).tobytes(), durable=False)


def _lit(moment: Moment, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> NDArray[np.uint8]:
    motion = moment.motion
    width, height = motion.size
    fetched = warp(to_size(before, width, height), motion.backward)
    flips = (fetched != to_size(now, width, height)) & motion.visible
    frame = np.asarray(cv2.resize(moment.rgb[1], (width, height), interpolation=cv2.INTER_AREA) * _DIM, np.uint8)
    frame[flips] = _LIT
    size = (_WIDTH, round(height * _WIDTH / width))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
