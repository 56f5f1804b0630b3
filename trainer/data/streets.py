"""Windows of drawn streets: pictures with perfect labels and, where there are several, exact motion."""

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street import StreetFrame, SyntheticStreet
from engine.datasets.synthetic import street_motion
from engine.flow import EXACT_FLOW, Motion
from trainer.data.cache import PictureCache
from trainer.data.window import Image, Window
from trainer.recipe import SyntheticPart

RATE = 25
"""Frames a second of a drive; `spacing` counts these."""

APART_S = 2
"""Seconds from one window to the next: what is seen then is mostly something else."""

File = NDArray[np.uint8]

_STEPS = 64
"""Steps of a pixel in which a flow is kept: exact to 1/128 pixel, and up to 512 pixels fit in 16 bits."""
_ZERO, _MOST = 2**15, 2**16 - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A frame as PNG. motion: backward with visibility, then forward; empty of a window's first frame."""

    pts_s: float
    picture: File
    label: File
    motion: tuple[File, ...]


class StreetWindows:
    """Windows of synthetic streets, held as lossless PNG: a seventh of their size, read in milliseconds."""

    def __init__(
        self, part: SyntheticPart, cache: PictureCache, *, length: int = 1, spacing: tuple[int, int] = (1, 1)
    ) -> None:
        """Draw them: about a second for each street and a tenth of a second for each picture, three times that where
        there is motion. A window of three frames of 480 × 360 takes 1.6 MB, 0.6 of them its motion.

        length: frames in a window. spacing: (least, most) frames of a drive from one to the next, drawn for each street
        by its seed.
        """
        self._cache = cache
        self._windows: list[list[_Kept]] = []
        for seed in range(part.first_seed, part.first_seed + part.streets):
            if length == 1:
                drive = SyntheticStreet(
                    seed, size=part.size, frame_rate=Fraction(1, APART_S), frames=part.frames, truth=False
                )
                self._windows += [[_kept(frame)] for frame in drive]
                continue
            rate = Fraction(RATE, int(np.random.default_rng(seed).integers(spacing[0], spacing[1] + 1)))
            starts = [round(number * APART_S * rate) for number in range(part.frames)]
            drive = SyntheticStreet(seed, size=part.size, frame_rate=rate, frames=starts[-1] + length)
            for start in starts:
                self._windows.append([_kept(drive.frame(start + step), step > 0) for step in range(length)])

    def __len__(self) -> int:
        return len(self._windows)

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`; every frame of it has its label, and nothing is drawn from `random`."""
        kept = self._windows[index]

        def read(place: int, kind: str, file: File) -> Image:
            return self._cache.get(("street", index, place, kind), lambda: _from_png(file))

        return Window(
            tuple(read(place, "picture", each.picture) for place, each in enumerate(kept)),
            tuple(each.pts_s - kept[0].pts_s for each in kept),
            tuple(read(place, "label", each.label) for place, each in enumerate(kept)),
            tuple(_motion(*each.motion) for each in kept[1:]),
        )


def _kept(frame: StreetFrame, moved: bool = False) -> _Kept:
    motion = street_motion(frame) if moved else None
    files = () if motion is None else (_flow_file(motion.backward, motion.visible), _flow_file(motion.forward))
    return _Kept(frame.pts_s, _png(frame.rgb), _png(frame.labels), files)


def _flow_file(flow: NDArray[np.float32], visible: NDArray[np.bool_] | None = None) -> File:
    """A picture of 16 bits: x, y, and 1 where it is visible. What does not fit leads out of any picture."""
    steps = np.clip(np.rint(flow * _STEPS) + _ZERO, 0, _MOST).astype(np.uint16)
    seen = np.zeros(flow.shape[:2], np.uint16) if visible is None else visible.astype(np.uint16)
    return _png(np.dstack([steps, seen]))


def _motion(backward: File, forward: File) -> Motion:
    there, back = (np.asarray(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), np.uint16) for file in (backward, forward))
    return Motion(_flow(there), _flow(back), there[..., 2] > 0, EXACT_FLOW)


def _flow(file: NDArray[np.uint16]) -> NDArray[np.float32]:
    return np.asarray((file[..., :2].astype(np.float32) - _ZERO) / _STEPS, np.float32)


def _png(picture: Image | NDArray[np.uint16]) -> File:
    done, file = cv2.imencode(".png", picture)
    assert done
    return np.asarray(file, np.uint8)


def _from_png(file: File) -> Image:
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), np.uint8)
