"""`portrait-composites`: portraits over road clips, made once and kept; alpha and the person's motion are exact.

    ROOT/portrait/eg1800/test/images|masks     the portraits, laid out as eg1800
    ROOT/clips/road_white_line.mp4             the backgrounds: nobody is to be seen in them
    ROOT/clips/static_road.mp4

Sixteen clips of 25 frames, twelve of 640×360 and four of 360×640: a still portrait moves smoothly, with a sensor's
grain, over a clip that plays. They are kept under `composites` in the folder of caches, 0.2 GB in all, where they may
be deleted.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.atomic import atomic_write
from engine.datasets.base import Dataset, LabelledFrame
from engine.datasets.composites.compose import Layer, exact_motion, filled, grain_of, over, placed
from engine.datasets.composites.path import PERSON, Matrix, factor_of, place_person
from engine.datasets.composites.path import Path as Movement
from engine.datasets.composites.shelf import Portraits
from engine.datasets.eg1800 import open_eg1800
from engine.datasets.layout import wrong_layout
from engine.errors import DatasetError, ExportError
from engine.models.classes import bundled_class_set
from engine.storage.places import cache_folder
from engine.storage.png import from_png, png
from engine.video import open_video

FRAMES = 25
CLIPS = 16
GRAIN = 2.0
LEAST_SHOWN = 0.6
"""Of the person: heads with their shoulders, as people film themselves."""
LANDSCAPE, UPRIGHT = (640, 360), (360, 640)
_STEP = 13
"""Frames of a background from where one clip begins to where the next one does."""

_BACKGROUNDS = ("road_white_line.mp4", "static_road.mp4")
_SCHEMA = 2
_WHOLE = 65535


@dataclass(frozen=True)
class CompositeClip:
    """One clip, written when its frames are first asked for.

    number: which of the set; all that is drawn, is drawn from it. background: the clip behind. start: its first frame.
    size: (width, height). portraits: in an order; the first that can be placed so that no cut edge is seen, is taken.
    """

    number: int
    background: Path
    start: int
    size: tuple[int, int]
    portraits: Portraits
    folder: Path
    frame_count: int = FRAMES
    consecutive: bool = True

    @property
    def name(self) -> str:
        """`composite-03`."""
        return f"composite-{self.number:02d}"

    def frames(self) -> Iterator[LabelledFrame]:
        """Frame by frame, with labels, alpha, and the motion of the person, beyond whom nothing counts as visible.

        Writes the clip before, some seconds, where it is not kept. Raises DatasetError where the sources cannot be read
        or no portrait can be placed, VideoError for the background, ExportError where the clip cannot be kept.
        """
        if not self._file.is_file():
            self._write()
        try:
            with np.load(self._file) as kept:
                yield from _read(kept)
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, cv2.error) as error:
            raise DatasetError(f"{self._file} is damaged ({error}); remove it, and it is made anew") from error

    @cached_property
    def _file(self) -> Path:
        """Its name says what it is made from."""
        behind = _digest(self.background), self.start
        about = repr((_SCHEMA, self.number, self.size, self.frame_count, GRAIN, behind, self.portraits.digest))
        return self.folder / f"{self.name}-{hashlib.sha256(about.encode()).hexdigest()[:16]}.npz"

    @property
    def _candidates(self) -> list[int]:
        """The portraits in the order in which this clip tries them; other clips begin with others."""
        order = np.random.default_rng(_SCHEMA).permutation(len(self.portraits)).tolist()
        return [*order[self.number :: CLIPS], *order]

    def _write(self) -> None:
        random = np.random.default_rng([_SCHEMA, self.number])
        movement = Movement(random, PERSON, self.size)
        times = [movement.at(time) for time in range(self.frame_count)]
        layer, steps = self._placed(times, random)
        members: dict[str, NDArray] = {"person": np.stack(steps)}
        for index, (matrix, behind) in enumerate(zip(steps, self._behind(), strict=True)):
            person = placed(layer, matrix, self.size)
            alpha = np.rint(person[..., 3] * _WHOLE).astype(np.uint16)
            person[..., 3] = alpha / np.float32(_WHOLE)
            rgb = over(person, behind, grain_of(random, self.size, GRAIN))
            members |= {f"rgb_{index:03d}": png(rgb), f"alpha_{index:03d}": png(alpha)}
        packed = io.BytesIO()
        np.savez(packed, **members)  # type: ignore[arg-type]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._file, durable=False) as temporary:
                temporary.write_bytes(packed.getvalue())
        except OSError as error:
            raise ExportError(f"{self._file} cannot be written ({error.strerror}); free some space there") from error

    def _placed(self, times: list[Matrix], random: np.random.Generator) -> tuple[Layer, tuple[Matrix, ...]]:
        for place in self._candidates:
            cutout = self.portraits[place]
            steps = place_person(cutout.alpha, self.size, times, random, least_shown=LEAST_SHOWN)
            if steps is not None:
                return Layer.of(cutout, factor_of(steps)), steps
        raise DatasetError(
            f"{self.name}: none of the portraits of {self.portraits.dataset.name} can be placed in "
            f"{self.size[0]}×{self.size[1]} without showing where its photograph ends; check its masks"
        )

    def _behind(self) -> list[NDArray[np.uint8]]:
        with open_video(self.background) as source:
            wanted = islice(source.frames(self.start), self.frame_count)
            frames = [filled(frame.rgb, self.size) for frame in wanted]
        if len(frames) < self.frame_count:
            raise DatasetError(
                f"{self.background}: {self.start + self.frame_count} frames are needed of it, and it ends after "
                f"{self.start + len(frames)}; put the whole clip there"
            )
        return frames


def open_portrait_composites(root: Path, split: str | None) -> Dataset:
    """List the clips of the split `test`. Raises DatasetError that shows the expected layout and what was found."""
    split = split or "test"
    if split != "test":
        raise DatasetError(f"portrait-composites has no split {split!r}; expected test")
    clips = [root / "clips" / name for name in _BACKGROUNDS]
    for clip in clips:
        if not clip.is_file():
            raise wrong_layout(root / "clips" if root.is_dir() else root, f"the background {clip}")
    folder = cache_folder() / "composites"
    portraits = Portraits(open_eg1800(root / "portrait" / "eg1800", "test"), folder / "portraits")
    made = tuple(
        CompositeClip(
            number,
            # Three of four before the moving road, one before the still one; one of four upright.
            clips[number % 4 == 3],
            _STEP * number,
            UPRIGHT if number % 4 == 1 else LANDSCAPE,
            portraits,
            folder,
        )
        for number in range(CLIPS)
    )
    return Dataset("portrait-composites", split, bundled_class_set("foreground"), made, binary=True)


def _read(kept: "np.lib.npyio.NpzFile") -> Iterator[LabelledFrame]:
    steps: NDArray[np.float64] = kept["person"]
    before: NDArray[np.float32] | None = None
    for index in range(len(steps)):
        rgb = from_png(kept[f"rgb_{index:03d}"])
        steps_of_alpha = cv2.imdecode(kept[f"alpha_{index:03d}"], cv2.IMREAD_UNCHANGED)
        alpha = np.asarray(steps_of_alpha, np.float32) / np.float32(_WHOLE)
        motion = None if before is None else exact_motion((before, alpha), (steps[index - 1], steps[index]), None)
        yield LabelledFrame(index, rgb, (alpha >= 0.5).astype(np.uint8), motion, alpha)
        before = alpha


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
