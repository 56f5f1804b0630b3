"""Windows of drawn streets: pictures with perfect labels and, where there are several, exact motion."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.datasets.street import StreetFrame, SyntheticStreet
from engine.datasets.synthetic import street_motion
from engine.flow import EXACT_FLOW
from engine.storage.png import File, from_png, png
from trainer.data.cache import PictureCache
from trainer.data.lossless import motion_files, motion_from
from trainer.data.window import Image, Window
from trainer.recipe import SyntheticPart

RATE = 25
"""Frames a second of a drive; `spacing` counts these."""

APART_S = 2
"""Seconds from one window to the next: what is seen then is mostly something else."""


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
            return self._cache.get(("street", index, place, kind), lambda: from_png(file))

        return Window(
            tuple(read(place, "picture", each.picture) for place, each in enumerate(kept)),
            tuple(each.pts_s - kept[0].pts_s for each in kept),
            tuple(read(place, "label", each.label) for place, each in enumerate(kept)),
            tuple(motion_from(EXACT_FLOW, *each.motion) for each in kept[1:]),
        )


def _kept(frame: StreetFrame, moved: bool = False) -> _Kept:
    motion = street_motion(frame) if moved else None
    files = () if motion is None else motion_files(motion)
    return _Kept(frame.pts_s, png(frame.rgb), png(frame.labels), files)
