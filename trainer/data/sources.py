"""Where windows come from: a dataset's clips, read as they are needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets import LabelledFrame, Sample
from engine.datasets.base import ImageClip
from engine.errors import DatasetError
from engine.flow import Motion, MotionEstimator, make_flow
from engine.measures.pair import to_size
from engine.video.images import DEFAULT_RATE
from trainer.data.cache import PictureCache
from trainer.data.footage import Footage
from trainer.data.kept import shrunk_size
from trainer.data.targets import Target, TargetStore
from trainer.data.window import Image, Window


class WindowSource(Protocol):
    """Windows that can be asked for in any order, and from several threads at once."""

    def __len__(self) -> int:
        """How many there are."""

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`; what is drawn about it comes from `random`."""


@dataclass(frozen=True)
class CachedClip(ImageClip):
    """An ImageClip whose pictures stay in `cache` for as long as they fit.

    height: pixels of the shorter side that they are scaled down to, never up; None for as they are.
    """

    cache: PictureCache = field(kw_only=True)
    height: int | None = field(kw_only=True, default=None)

    def image(self, sample: Sample) -> Image:
        """As ImageClip.image."""
        return self.cache.get(
            ("image", sample.image, self.height), lambda: self._shrunk(super(CachedClip, self).image(sample), False)
        )

    def labels(self, sample: Sample) -> Image:
        """As ImageClip.labels."""
        return self.cache.get(
            ("label", sample.label, self.height), lambda: self._shrunk(super(CachedClip, self).labels(sample), True)
        )

    def _shrunk(self, picture: Image, is_label: bool) -> Image:
        if self.height is None:
            return picture
        size = shrunk_size((picture.shape[1], picture.shape[0]), self.height)
        if is_label:
            return to_size(picture, *size)
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def cached(clips: Sequence[ImageClip], cache: PictureCache, height: int | None = None) -> tuple[CachedClip, ...]:
    """The same clips, read through `cache`. height: as of CachedClip."""
    return tuple(
        CachedClip(each.name, each.samples, each.consecutive, each.decode, each.scaled, cache=cache, height=height)
        for each in clips
    )


class ClipWindows:
    """One window around every labelled frame of some clips.

    length: frames in a window. spacing: (least, most) frames from one to the next, drawn; less where the clip is too
    short. Where in the window the labelled frame stands is drawn too. flow: by which estimator the motion between the
    frames is found, None where nobody asks for it. targets: what an offline teacher said of the frames, None without
    one. Raises DatasetError for more than one frame of single images, or of a clip that has fewer.
    """

    def __init__(
        self,
        clips: Sequence[ImageClip],
        *,
        length: int = 1,
        spacing: tuple[int, int] = (1, 1),
        flow: str | None = None,
        targets: TargetStore | None = None,
    ) -> None:
        self._clips, self._length, self._spacing, self._flow, self._targets = clips, length, spacing, flow, targets
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
        """The window around labelled frame `index`. Raises DatasetError that names a file that cannot be read.

        Estimated motion is found anew each time: kept, it would take six times the room of the picture.
        """
        clip, place = self._places[index]
        places = self._draw(place, len(clip.samples), random) if self._length > 1 else [place]
        samples = tuple(clip.samples[each] for each in places)
        frames = list(replace(clip, samples=samples).frames())
        return Window(
            tuple(frame.rgb for frame in frames),
            tuple(float(each / DEFAULT_RATE) for each in places),
            tuple(frame.labels for frame in frames),
            self._motion(frames),
            targets=self._said_of(samples, frames),
        )

    def still(self, index: int) -> Window:
        """Labelled frame `index` alone. Raises as `window` does."""
        clip, place = self._places[index]
        (frame,) = replace(clip, samples=(clip.samples[place],)).frames()
        single = Window.single(frame.rgb, frame.labels)
        return replace(single, targets=self._said_of((clip.samples[place],), (frame,)))

    def _motion(self, frames: Sequence[LabelledFrame]) -> tuple[Motion | None, ...]:
        """Of each frame but the first; None across a cut."""
        if self._flow is None or len(frames) == 1:
            return tuple(frame.motion for frame in frames[1:])
        estimator = MotionEstimator(make_flow(self._flow))  # one each: threads cannot share it
        return tuple([estimator.update(frame.rgb) for frame in frames][1:])

    def _said_of(self, samples: Sequence[Sample], frames: Sequence[LabelledFrame]) -> tuple[Target | None, ...]:
        if self._targets is None:
            return ()
        sizes = ((frame.rgb.shape[1], frame.rgb.shape[0]) for frame in frames)
        return tuple(self._targets.get(str(each.image), size) for each, size in zip(samples, sizes, strict=True))

    def footage(self) -> list[Footage]:
        """All frames that windows may show, clip by clip."""
        found: list[Footage] = []
        for clip in self._clips:
            labelled = [place for place, sample in enumerate(clip.samples) if sample.label]
            shown = range(len(clip.samples)) if labelled and self._length > 1 else labelled
            keys = [str(sample.image) for sample in clip.samples]
            found.append(Footage(keys, shown, clip.consecutive, partial(_pictures, clip)))
        return found

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


def _pictures(clip: ImageClip, places: Sequence[int]) -> Iterator[Image]:
    samples = tuple(replace(clip.samples[place], label=None) for place in places)
    return (frame.rgb for frame in replace(clip, samples=samples).frames())
