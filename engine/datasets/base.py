"""What every dataset layout gives: a class set, and clips of labelled or plain frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import DatasetError
from engine.flow.motion import Motion
from engine.measures.pair import to_size
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
    motion: against the frame before, where it is known exactly. alpha: float32 (H, W) in 0..1, how much of each pixel
    is the person, where that is known; `labels` are then where it is at least a half.
    """

    index: int
    rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None = None
    motion: Motion | None = None
    alpha: NDArray[np.float32] | None = None


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
    """Images as a clip: consecutive frames of one video in order, or a set of unrelated ones.

    decode: of its labels. scaled: consecutive images of other sizes are brought to the first one's; else refused.
    """

    name: str
    samples: tuple[Sample, ...]
    consecutive: bool
    decode: Decode
    scaled: bool = False

    @property
    def frame_count(self) -> int | None:
        """How many images there are."""
        return len(self.samples)

    def frames(self) -> Iterator[LabelledFrame]:
        """Image by image."""
        size: tuple[int, int] | None = None
        for index, sample in enumerate(self.samples):
            rgb, labels = self.image(sample), self.labels(sample) if sample.label else None
            if labels is not None:
                _check_shapes(sample, rgb, labels)
            if self.consecutive:
                size = size or _size(rgb)
                if size != _size(rgb):
                    rgb, labels = self._to_size(size, sample, rgb, labels)
            yield LabelledFrame(index, rgb, labels)

    def image(self, sample: Sample) -> NDArray[np.uint8]:
        """Read the image, uint8 (H, W, 3) RGB. Raises DatasetError that names a file that cannot be read."""
        data = np.frombuffer(_bytes(sample.image), np.uint8)
        try:
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
        except cv2.error as error:
            raise DatasetError(_UNREADABLE.format(sample.image)) from error
        if picture is None:
            raise DatasetError(_UNREADABLE.format(sample.image))
        return np.asarray(picture, np.uint8)

    def labels(self, sample: Sample) -> NDArray[np.uint8]:
        """Read the label, uint8 (H, W) class ids with 255 for void.

        Of a file with a palette its indexes count, of a grey picture that was saved in colour its grey.

        Raises DatasetError that names a file that is missing, cannot be read, or holds what is not a class.
        """
        if sample.label is None:
            raise DatasetError(f"{sample.image} has no label")
        try:
            with Image.open(sample.label) as picture:
                ids = np.asarray(picture)
        except FileNotFoundError as error:
            raise DatasetError(f"{sample.image} has no label: expected {sample.label}") from error
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:  # all that Pillow raises
            raise DatasetError(_UNREADABLE.format(sample.label)) from error
        if ids.ndim == 3 and (ids[..., :3] == ids[..., :1]).all():
            ids = ids[..., 0]
        if ids.ndim != 2 or ids.dtype not in (np.uint8, np.bool_):
            raise DatasetError(
                f"{sample.label}: expected one channel of 8 bits with a class id for each pixel, or a palette; found "
                f"{ids.shape[2] if ids.ndim == 3 else 1} channels of {ids.dtype}"
            )
        try:
            return self.decode(ids.astype(np.uint8))
        except ValueError as error:
            raise DatasetError(f"{sample.label} {error}") from error

    def _to_size(
        self, size: tuple[int, int], sample: Sample, rgb: NDArray[np.uint8], labels: NDArray[np.uint8] | None
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        if not self.scaled:
            raise DatasetError(
                f"{sample.image}: expected {size[0]}×{size[1]} like the first image of {self.name}, found "
                "{}×{}. Scale the images to one size".format(*_size(rgb))
            )
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        return rgb, None if labels is None else to_size(labels, *size)


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


def _check_shapes(sample: Sample, rgb: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    """Labels may be larger or smaller than their image, but of its shape."""
    (width, height), (wide, high) = _size(rgb), _size(labels)
    if abs(wide * height - high * width) > _SHAPE_TOLERANCE * wide * height:
        raise DatasetError(
            f"{sample.label}: expected the shape of its image, {width}×{height}, found {wide}×{high}; is it another "
            "image's label, or turned?"
        )


def _size(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """(width, height)."""
    return picture.shape[1], picture.shape[0]


_SHAPE_TOLERANCE = 0.02
_UNREADABLE = "{} is not an image that can be read; replace or remove it"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
