"""What every dataset layout gives: a class set and an ordered list of labelled images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import DatasetError
from engine.flow.motion import Motion
from engine.models.classes import ClassSet


@dataclass(frozen=True)
class Sample:
    """One labelled image: its name (file stem) and its two files."""

    name: str
    image: Path
    label: Path


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
class Dataset:
    """A split of a dataset.

    is_clip: True when the samples are consecutive frames of one video.
    decode_label: maps the ids of the label file to class ids with 255 for void.
    """

    name: str
    split: str
    class_set: ClassSet
    samples: tuple[Sample, ...]
    is_clip: bool
    decode_label: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

    @property
    def clips(self) -> "tuple[DatasetClip, ...]":
        """The clips of the split."""
        return (ImageClip(self),)

    def image(self, sample: Sample) -> NDArray[np.uint8]:
        """Read the image, uint8 (H, W, 3) RGB. Raises DatasetError that names a file that cannot be read."""
        return np.ascontiguousarray(_read(sample.image, cv2.IMREAD_COLOR)[:, :, ::-1])

    def labels(self, sample: Sample) -> NDArray[np.uint8]:
        """Read the label, uint8 (H, W) class ids with 255 for void. Raises DatasetError as `image` does."""
        return self.decode_label(_read(sample.label, cv2.IMREAD_UNCHANGED))


@dataclass(frozen=True)
class ImageClip:
    """All images of a dataset as one clip."""

    dataset: Dataset

    @property
    def name(self) -> str:
        """The dataset's split."""
        return self.dataset.split

    @property
    def consecutive(self) -> bool:
        """Whether they are one video."""
        return self.dataset.is_clip

    @property
    def frame_count(self) -> int | None:
        """How many images there are."""
        return len(self.dataset.samples)

    def frames(self) -> Iterator[LabelledFrame]:
        """Image by image."""
        for index, sample in enumerate(self.dataset.samples):
            yield LabelledFrame(index, self.dataset.image(sample), self.dataset.labels(sample))


def pair_files(
    images: Path, labels: Path, *, suffixes: tuple[str, ...], label_suffix: str = ".png"
) -> tuple[Sample, ...]:
    """Pair every image with the label of the same stem, ordered by name.

    Raises DatasetError when a folder is missing or empty, or when an image has no label.
    """
    for folder in (images, labels):
        if not folder.is_dir():
            raise DatasetError(f"expected a folder {folder}, found none; check --root")
    files = sorted(path for path in images.iterdir() if path.suffix.lower() in suffixes)
    if not files:
        raise DatasetError(f"expected images ({', '.join(suffixes)}) in {images}, found none")
    samples = tuple(Sample(path.stem, path, labels / f"{path.stem}{label_suffix}") for path in files)
    for sample in samples:
        if not sample.label.is_file():
            raise DatasetError(f"image {sample.image} has no label: expected {sample.label}")
    return samples


def _read(path: Path, flags: int) -> NDArray[np.uint8]:
    data = np.frombuffer(path.read_bytes(), np.uint8)
    picture = cv2.imdecode(data, flags) if data.size else None
    if picture is None:
        raise DatasetError(f"{path} is not an image that can be read; replace or remove it")
    return picture
