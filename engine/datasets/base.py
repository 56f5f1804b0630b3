"""What every dataset layout gives: a class set, and clips of labelled or plain frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from engine.errors import DatasetError
from engine.flow.motion import Motion
from engine.models.classes import ClassSet

Decode = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""From the ids of a label file, uint8 (H, W), to class ids with 255 for void. Raises ValueError for an unknown id."""


@dataclass(frozen=True)
class Sample:
    """One image: its name (file stem), its file, and its label's, None where there is none."""

    name: str
    image: Path
    label: Path | None


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """One frame of a dataset's clip.

    index: 0-based in the clip. rgb: uint8 (H, W, 3). labels: uint8 (H, W), 255 void, or None where there are none.
    motion: against the frame before, where it is known exactly.
    """

    index: int
    rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None = None
    motion: Motion | None = None


class DatasetClip(Protocol):
    """Frames that belong together: those of one video in order (`consecutive`), or a set of unrelated images."""

    @property
    def name(self) -> str:
        """Name within the dataset."""

    @property
    def consecutive(self) -> bool:
        """Whether neighbouring frames can be compared."""

    @property
    def frame_count(self) -> int | None:
        """How many frames there are, where that is known."""

    def frames(self) -> Iterator[LabelledFrame]:
        """All frames in order, each time anew. Raises DatasetError that names the file."""


@dataclass(frozen=True)
class ImageClip:
    """Images as a clip: consecutive frames of one video in order, or a set of unrelated ones. decode: of its labels."""

    name: str
    samples: tuple[Sample, ...]
    consecutive: bool
    decode: Decode

    @property
    def frame_count(self) -> int | None:
        """How many images there are."""
        return len(self.samples)

    def frames(self) -> Iterator[LabelledFrame]:
        """Image by image."""
        for index, sample in enumerate(self.samples):
            yield LabelledFrame(index, self.image(sample), self.labels(sample) if sample.label else None)

    def image(self, sample: Sample) -> NDArray[np.uint8]:
        """Read the image, uint8 (H, W, 3) RGB. Raises DatasetError that names a file that cannot be read."""
        data = np.frombuffer(_bytes(sample.image), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
        if picture is None:
            raise DatasetError(_UNREADABLE.format(sample.image))
        return np.asarray(picture, np.uint8)

    def labels(self, sample: Sample) -> NDArray[np.uint8]:
        """Read the label, uint8 (H, W) class ids with 255 for void; of a file with a palette, its indexes.

        Raises DatasetError that names a file that is missing, cannot be read, or holds what is not a class.
        """
        if sample.label is None:
            raise DatasetError(f"{sample.image} has no label")
        try:
            with Image.open(sample.label) as picture:
                ids = np.asarray(picture)
        except (OSError, UnidentifiedImageError) as error:
            raise DatasetError(_UNREADABLE.format(sample.label)) from error
        if ids.ndim != 2 or ids.dtype not in (np.uint8, np.bool_):
            raise DatasetError(
                f"{sample.label}: a label must have one channel of 8 bits, this one is {ids.shape} of {ids.dtype}"
            )
        try:
            return self.decode(ids.astype(np.uint8))
        except ValueError as error:
            raise DatasetError(f"{sample.label}: {error}") from error


@dataclass(frozen=True)
class Dataset:
    """A split of a dataset.

    class_set: of its labels; None where they are in the class set of whatever model is judged.
    binary: its labels tell one object from the background, whatever a model with two classes calls it.
    """

    name: str
    split: str
    class_set: ClassSet | None
    clips: tuple[DatasetClip, ...]
    binary: bool = False

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All images with a label, of all clips."""
        clips = [clip for clip in self.clips if isinstance(clip, ImageClip)]
        return tuple(sample for clip in clips for sample in clip.samples if sample.label)

    def image(self, sample: Sample) -> NDArray[np.uint8]:
        """As ImageClip.image."""
        return self._images.image(sample)

    def labels(self, sample: Sample) -> NDArray[np.uint8]:
        """As ImageClip.labels."""
        return self._images.labels(sample)

    @property
    def _images(self) -> ImageClip:
        return next(clip for clip in self.clips if isinstance(clip, ImageClip))


_UNREADABLE = "{} is not an image that can be read; replace or remove it"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
