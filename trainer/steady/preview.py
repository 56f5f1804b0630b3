"""A picture of the worst moment among the frames that choose: what flickers there before, and now."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.atomic import write_bytes
from engine.flow import warp
from engine.measures.pair import count_pair, to_size
from engine.methods.base import FrameSegmenter
from engine.storage.png import png
from trainer.steady.judging import Seen

PREVIEW = "preview.png"
_WIDTH = 320
_DIM, _LIT = 0.45, (255, 96, 32)


class Moment(NamedTuple):
    """A frame and the one before it."""

    before: Seen
    now: Seen


def worst_of(clips: Sequence[Sequence[Seen]]) -> Moment | None:
    """The pair of neighbours between which the start flickers most; None where there is none."""
    worst: Moment | None = None
    most = -1.0
    for clip in clips:
        for before, now in pairwise(clip):
            if now.motion is None:
                continue
            flicker = count_pair(before.baseline.mask, now.baseline.mask, now.motion, 255).flicker() or 0.0
            if flicker > most:
                worst, most = Moment(before, now), flicker
    return worst


def write_preview(path: Path, moment: Moment | None, student: FrameSegmenter) -> None:
    """Write the picture: the start's flicker above, the student's below, lit on the frame. Raises OSError."""
    if moment is None:
        return
    start = moment.before.baseline.mask, moment.now.baseline.mask
    now = student.segment(moment.before.rgb).mask, student.segment(moment.now.rgb).mask
    picture = np.vstack([_lit(moment, *start), _lit(moment, *now)])
    write_bytes(path, png(picture).tobytes(), durable=False)


def _lit(moment: Moment, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> NDArray[np.uint8]:
    motion = moment.now.motion
    assert motion is not None
    width, height = motion.size
    fetched = warp(to_size(before, width, height), motion.backward)
    flips = (fetched != to_size(now, width, height)) & motion.visible
    frame = np.asarray(cv2.resize(moment.now.rgb, (width, height), interpolation=cv2.INTER_AREA) * _DIM, np.uint8)
    frame[flips] = _LIT
    size = (_WIDTH, round(height * _WIDTH / width))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
