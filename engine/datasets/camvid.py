"""CamVid in the layout of the SegNet tutorial.

    ROOT/train/images/*.jpg|png   ROOT/train/labels/*.png   (same for val and test)

Labels are index PNGs: 0..10 the eleven classes of the class set `camvid`, 11 (or 255) void.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Dataset, pair_files
from engine.errors import DatasetError
from engine.models.classes import VOID, bundled_class_set

SPLITS = ("train", "val", "test")
VOID_IN_FILE = 11


def open_camvid(root: Path, split: str) -> Dataset:
    """List one split. Raises DatasetError that shows the expected layout and what was found."""
    if split not in SPLITS:
        raise DatasetError(f"camvid has no split {split!r}; expected one of {', '.join(SPLITS)}")
    samples = pair_files(root / split / "images", root / split / "labels", suffixes=(".jpg", ".jpeg", ".png"))
    return Dataset("camvid", split, bundled_class_set("camvid"), samples, split == "val", _decode)


def _decode(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if labels.ndim != 2:
        raise DatasetError(f"a CamVid label must have one channel, this one has the shape {labels.shape}")
    wrong = (labels > VOID_IN_FILE) & (labels != VOID)
    if wrong.any():
        raise DatasetError(f"a CamVid label holds the id {int(labels[wrong][0])}; expected 0..11 or 255")
    return np.where(labels == VOID_IN_FILE, np.uint8(VOID), labels)
