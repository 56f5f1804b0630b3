"""Where windows come from: a dataset's clips, read as they are needed, and drawn streets."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets import Sample
from engine.datasets.base import ImageClip
from engine.datasets.street import SyntheticStreet
from engine.errors import DatasetError
from engine.video.images import DEFAULT_RATE
from trainer.data.cache import PictureCache
from trainer.data.window import Image, Window
from trainer.recipe import SyntheticPart


class WindowSource(Protocol):
    """Windows that can be asked for in any order, and from several threads at once."""

    def __len__(self) -> int:
        """How many there are."""

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`; what is drawn about it comes from `random`."""


@dataclass(frozen=True)
class CachedClip(ImageClip):
    """An ImageClip whose pictures stay in `cache` for as long as they fit."""

    cache: PictureCache = field(kw_only=True)

    def image(self, sample: Sample) -> Image:
        """As ImageClip.image."""
        return self.cache.get(("image", sample.image), lambda: super(CachedClip, self).image(sample))

    def labels(self, sample: Sample) -> Image:
        """As ImageClip.labels."""
        return self.cache.get(("label", sample.label), lambda: super(CachedClip, self).labels(sample))


def cached(clips: Sequence[ImageClip], cache: PictureCache) -> tuple[CachedClip, ...]:
    """The same clips, read through `cache`."""
    return tuple(
        CachedClip(each.name, each.samples, each.consecutive, each.decode, each.scaled, cache=cache) for each in clips
    )


class ClipWindows:
    """One window around every labelled frame of some clips.

    length: frames in a window. spacing: (least, most) frames from one to the next, drawn; less where the clip is too
    short. Where in the window the labelled frame stands is drawn too. Raises DatasetError for more than one frame of
    single images, or of a clip that has fewer.
    """

    def __init__(self, clips: Sequence[ImageClip], *, length: int = 1, spacing: tuple[int, int] = (1, 1)) -> None:
        self._clips, self._length, self._spacing = clips, length, spacing
        self._places: list[tuple[ImageClip, int]] = []
        for clip in clips:
            places = [(clip, place) for place, sample in enumerate(clip.samples) if sample.label]
            if places and length > 1 and not clip.consecutive:
                raise DatasetError(
                    f"{clip.name} holds single images and the recipe's window is {length}; set window = 1 under "
                    "[data], or train on video"
                )
            if places and len(clip.samples) < length:
                raise DatasetError(
                    f"{clip.name} has a stretch of {len(clip.samples)} frames to learn from and the recipe's window is "
                    f"{length}; shorten the window, or leave the clip out"
                )
            self._places += places

    def __len__(self) -> int:
        return len(self._places)

    def window(self, index: int, random: np.random.Generator) -> Window:
        """The window around labelled frame `index`. Raises DatasetError that names a file that cannot be read."""
        clip, place = self._places[index]
        places = self._draw(place, len(clip.samples), random) if self._length > 1 else [place]
        frames = list(replace(clip, samples=tuple(clip.samples[each] for each in places)).frames())
        return Window(
            tuple(frame.rgb for frame in frames),
            tuple(float(each / DEFAULT_RATE) for each in places),
            tuple(frame.labels for frame in frames),
            tuple(frame.motion for frame in frames[1:]),
        )

    def _draw(self, place: int, count: int, random: np.random.Generator) -> list[int]:
        """Which of a clip's `count` frames make the window around frame `place`."""
        spacing = int(random.integers(self._spacing[0], self._spacing[1] + 1))
        length = self._length
        while not (
            starts := [
                start
                for number in range(length)
                if (start := place - number * spacing) >= 0 and start + (length - 1) * spacing < count
            ]
        ):
            spacing -= 1
        start = starts[int(random.integers(len(starts)))]
        return [start + number * spacing for number in range(length)]

    def class_shares(self, classes: int) -> NDArray[np.float64]:
        """Share of each class among the labelled pixels, float64 (classes,). Reads every label, one after another."""
        counts = np.zeros(256, np.int64)
        for clip, place in self._places:
            counts += np.bincount(clip.labels(clip.samples[place]).ravel(), minlength=256)
        return counts[:classes] / counts[:classes].sum()


class StreetWindows:
    """Single pictures of synthetic streets, held as lossless PNG: a seventh of their size, read in milliseconds."""

    def __init__(self, part: SyntheticPart, cache: PictureCache) -> None:
        """Draw them: about a second for each street and a tenth of a second for each picture."""
        self._cache = cache
        self._files: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = []
        for seed in range(part.first_seed, part.first_seed + part.streets):
            street = SyntheticStreet(seed, size=part.size, frame_rate=Fraction(1, 2), frames=part.frames, truth=False)
            self._files += [(_png(frame.rgb), _png(frame.labels)) for frame in street]

    def __len__(self) -> int:
        return len(self._files)

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Picture `index` with its label."""
        picture, label = (
            self._cache.get(("street", index, kind), lambda kind=kind: _from_png(self._files[index][kind]))  # type: ignore[misc]
            for kind in (0, 1)
        )
        return Window.single(picture, label)


def _png(picture: Image) -> NDArray[np.uint8]:
    done, file = cv2.imencode(".png", picture)
    assert done
    return np.asarray(file, np.uint8)


def _from_png(file: NDArray[np.uint8]) -> Image:
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), np.uint8)
