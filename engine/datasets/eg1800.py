"""EG1800: portraits with the mask of their person.

    ROOT/train/images/*.jpg|png   ROOT/train/masks/*.png   (same for test)

Masks hold 0 background and 1 (or 255) person: the class set `foreground`. Images are unrelated.
"""

from pathlib import Path

from engine.datasets.base import Dataset, ImageClip
from engine.datasets.layout import decoder, pair_files
from engine.errors import DatasetError
from engine.models.classes import bundled_class_set

SPLITS = ("test", "train")


def open_eg1800(root: Path, split: str | None) -> Dataset:
    """List one split, `test` unless told. Raises DatasetError that shows the expected layout and what was found."""
    split = split or SPLITS[0]
    if split not in SPLITS:
        raise DatasetError(f"eg1800 has no split {split!r}; expected one of {', '.join(SPLITS)}")
    samples = pair_files(root / split / "images", root / split / "masks")
    clip = ImageClip(split, samples, False, decoder({0: 0, 1: 1, 255: 1}, ()))
    return Dataset("eg1800", split, bundled_class_set("foreground"), (clip,), binary=True)
