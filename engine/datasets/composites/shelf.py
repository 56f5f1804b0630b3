"""Cut-out portraits on disk, so that each is made once: one PNG a portrait, named by what it was made from."""

import hashlib
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from engine.atomic import write_bytes
from engine.datasets.base import Dataset, Sample
from engine.datasets.composites.cutout import BAND, Cutout, cut_out
from engine.errors import DatasetError, ExportError
from engine.progress import CancelCheck, Progress, never
from engine.storage.png import png

_SCHEMA = 1


class Portraits:
    """The persons of a dataset whose labels tell one from the background, cut out. For several threads at once.

    A portrait is made when it is first asked for, half a second at 300 × 400, and kept in `folder` as a PNG with alpha
    (0.2 to 0.3 MB), lossless, whose name is the hash of its image and its label: what has changed is made anew.
    """

    def __init__(self, dataset: Dataset, folder: Path) -> None:
        """folder: where they are kept; made where it is not there. Raises DatasetError for labels of other classes."""
        if not dataset.binary:
            raise DatasetError(
                f"{dataset.name} does not tell a person from the background; take one of eg1800, celebamask"
            )
        self.dataset, self.folder = dataset, folder
        self.samples = dataset.samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Cutout:
        """Portrait `index`, in a few milliseconds once it is kept.

        Raises IndexError; DatasetError for an image or a label that cannot be read, or without pymatting; ExportError
        where it cannot be kept.
        """
        sample = self.samples[index]
        file = self._file(sample)
        kept = _read(file)
        if kept is None:
            kept = cut_out(self.dataset.image(sample), self.dataset.labels(sample) == 1)
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                picture = cv2.cvtColor(kept.rgba(), cv2.COLOR_RGBA2BGRA)
                write_bytes(file, png(np.asarray(picture, np.uint8)).tobytes(), durable=False)
            except OSError as error:
                raise ExportError(f"{file} cannot be written ({error.strerror}); free some space there") from error
        return kept

    @cached_property
    def digest(self) -> str:
        """The hash of everything that the portraits are made from. Raises DatasetError for what cannot be read."""
        return hashlib.sha256("".join(self._file(sample).name for sample in self.samples).encode()).hexdigest()

    def make_all(self, *, progress: Progress | None = None, cancelled: CancelCheck = never) -> None:
        """Make those that are missing. Raises as `self[index]` does."""
        for index in range(len(self)):
            if cancelled():
                return
            if not self._file(self.samples[index]).is_file():
                self[index]
            if progress is not None:
                progress(index + 1, len(self))

    def _file(self, sample: Sample) -> Path:
        digest = hashlib.sha256(repr((_SCHEMA, BAND)).encode())
        for path in (sample.image, sample.label):
            assert path is not None
            try:
                digest.update(path.read_bytes())
            except OSError as error:
                raise DatasetError(f"{path} cannot be read ({error.strerror}); put it back") from error
        return self.folder / f"{digest.hexdigest()[:24]}.png"


def _read(file: Path) -> Cutout | None:
    """What is kept; None where there is nothing, or what is damaged."""
    try:
        data = np.frombuffer(file.read_bytes(), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except (OSError, cv2.error):
        return None
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
        return None
    rgba = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA), np.uint8)
    return Cutout(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))
