"""CamVid in the layout of the SegNet tutorial.

    ROOT/train/images/*.jpg|png   ROOT/train/labels/*.png   (same for val and test)

Labels are index PNGs: 0..10 the eleven classes of the class set `camvid`, 11 (or 255) void. `val` is one video.
"""

from pathlib import Path

from engine.datasets.base import Dataset, ImageClip
from engine.datasets.layout import decoder, pair_files
from engine.errors import DatasetError
from engine.models.classes import VOID, bundled_class_set

SPLITS = ("train", "val", "test")
VOID_IN_FILE = 11


def open_camvid(root: Path, split: str | None) -> Dataset:
    """List one split, `test` unless told. Raises DatasetError that shows the expected layout and what was found."""
    split = split or "test"
    if split not in SPLITS:
        raise DatasetError(f"camvid has no split {split!r}; expected one of {', '.join(SPLITS)}")
    samples = pair_files(root / split / "images", root / split / "labels")
    decode = decoder({id_: id_ for id_ in range(VOID_IN_FILE)}, (VOID_IN_FILE, VOID))
    clip = ImageClip(split, samples, split == "val", decode)
    return Dataset("camvid", split, bundled_class_set("camvid"), (clip,))
