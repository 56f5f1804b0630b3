"""Backgrounds on disk, decoded and scaled down once, so that any frame of theirs is read in a millisecond."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.atomic import atomic_write
from engine.datasets.street import SyntheticStreet
from engine.errors import DatasetError, ExportError
from engine.progress import CancelCheck, never
from engine.video import open_video
from engine.video.images import stamps_of

SIDE = 360
"""The shorter side of what is kept, pixels, at most."""

MOST_FRAMES = 120
"""Of each clip, from its first on: 80 MB at 640×360."""

_SCHEMA = 1


_Wanted = tuple[str, object, Callable[[], Iterator[NDArray[np.uint8]]]]
"""Name, what it is made from, and how."""


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A clip without people, in order. name: whose. frames: uint8 (n, h, w, 3) RGB, on disk."""

    name: str
    frames: NDArray[np.uint8]


def backdrops_of(
    clips: Sequence[Path], streets: Iterable[int], folder: Path, *, cancelled: CancelCheck = never
) -> tuple[Backdrop, ...]:
    """The clips (videos, folders of images), and the synthetic streets of these seeds, 30 frames each.

    Those that `folder` does not hold yet are made: a second for a clip, five for a street. Raises VideoError for a clip
    that cannot be read, ExportError where they cannot be kept, DatasetError for what is there but damaged.
    """
    wanted: list[_Wanted] = [
        (clip.name, (str(clip.absolute()), stamps_of(clip)), partial(_played, clip)) for clip in clips
    ]
    wanted += [(f"street-{seed}", seed, partial(_driven, seed)) for seed in streets]
    found = []
    for name, about, frames in wanted:
        if cancelled():
            break
        key = hashlib.sha256(repr((_SCHEMA, SIDE, MOST_FRAMES, about)).encode()).hexdigest()[:16]
        file = folder / f"backdrop-{key}.npy"
        if not file.is_file():
            _keep(file, name, frames())
        try:
            found.append(Backdrop(name, np.load(file, mmap_mode="r", allow_pickle=False)))
        except (OSError, ValueError, EOFError) as error:
            raise DatasetError(f"{file} is damaged ({error}); remove it, and it is made anew") from error
    return tuple(found)


def _keep(file: Path, name: str, frames: Iterator[NDArray[np.uint8]]) -> None:
    some = list(islice(frames, MOST_FRAMES))
    if not some:
        raise DatasetError(f"{name} has no frame that decodes; leave it out of the backgrounds")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(file, durable=False) as temporary, temporary.open("wb") as stream:
            npy.write_array(stream, np.stack(some), allow_pickle=False)
    except OSError as error:
        raise ExportError(f"{file} cannot be written ({error.strerror}); free some space there") from error


def _played(clip: Path) -> Iterator[NDArray[np.uint8]]:
    with open_video(clip) as source:
        for frame in source.frames():
            factor = min(1.0, SIDE / min(frame.rgb.shape[:2]))
            size = round(frame.rgb.shape[1] * factor), round(frame.rgb.shape[0] * factor)
            yield np.asarray(cv2.resize(frame.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _driven(seed: int) -> Iterator[NDArray[np.uint8]]:
    for frame in SyntheticStreet(seed, frames=_STREET_FRAMES, truth=False):
        yield frame.rgb


_STREET_FRAMES = 30
