"""Cityscapes, as it is published or as plain folders.

    ROOT/leftImg8bit_sequence/SPLIT/CITY/CITY_SSSSSS_FFFFFF_leftImg8bit.png     snippets of 30 frames at 17 Hz, or
    ROOT/leftImg8bit/SPLIT/CITY/CITY_SSSSSS_FFFFFF_leftImg8bit.png              the labelled images alone
    ROOT/gtFine/SPLIT/CITY/CITY_SSSSSS_FFFFFF_gtFine_labelIds.png               labels of one frame of each snippet

    ROOT/CLIP/images/*.jpg|png   ROOT/CLIP/labels/*.png                         plain: any number of clips

Labels hold labelIds; the 19 that are evaluated are the class set `cityscapes`, all others are void. A snippet is the 19
frames before a labelled one, itself, and the 10 after it. Splits: train, val (the default), and test, whose published
labels hold no class and are left aside; of plain folders, all clips or the one that is named.
"""

import re
from pathlib import Path

from engine.datasets.base import Dataset, DatasetClip, ImageClip, Sample
from engine.datasets.layout import decoder, pair_files, wrong_layout
from engine.errors import DatasetError
from engine.models.classes import VOID, bundled_class_set
from engine.video.images import natural_key

BEFORE, AFTER = 19, 10
"""Frames of a snippet before and after the labelled one."""

_EVALUATED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_IDS = 34
_LABEL = re.compile(r"(?P<snippet>.+_\d{6})_(?P<frame>\d{6})_gtFine_labelIds\.png")
_EXPECTED = (
    "gtFine/ beside leftImg8bit_sequence/ or leftImg8bit/ with SPLIT/CITY/ in each, or plain folders "
    "CLIP/images and CLIP/labels"
)


_decode = decoder(
    {id_: class_ for class_, id_ in enumerate(_EVALUATED)}, sorted({*range(_IDS), VOID} - set(_EVALUATED))
)


def open_cityscapes(root: Path, split: str | None) -> Dataset:
    """List a split's clips. Raises DatasetError that shows the expected layout and what was found."""
    if (root / "gtFine").is_dir():
        split = split or "val"
        clips = _published(root, split)
    else:
        clips, split = _plain(root, split), split or "all"
    return Dataset("cityscapes", split, bundled_class_set("cityscapes"), clips)


def _published(root: Path, split: str) -> tuple[DatasetClip, ...]:
    labels = sorted((root / "gtFine" / split).glob("*/*_gtFine_labelIds.png"))
    if not labels:
        raise wrong_layout(root / "gtFine", f"gtFine/SPLIT/CITY/*_gtFine_labelIds.png of split {split}")
    sequences = root / "leftImg8bit_sequence" / split
    if sequences.is_dir():
        return tuple(_snippet(sequences, label) for label in labels)
    images = root / "leftImg8bit" / split
    if not images.is_dir():
        raise wrong_layout(root, f"the images in leftImg8bit_sequence/{split} or leftImg8bit/{split}")
    samples = tuple(_sample(images, label) for label in labels)
    return (ImageClip(split, samples, False, _decode),)


def _sample(images: Path, label: Path) -> Sample:
    name = label.name.replace("_gtFine_labelIds.png", "")
    image = images / label.parent.name / f"{name}_leftImg8bit.png"
    if not image.is_file():
        raise DatasetError(f"label {label} has no image: expected {image}")
    return Sample(name, image, None if _is_test(label) else label)


def _is_test(label: Path) -> bool:
    return label.parent.parent.name == "test"


def _snippet(sequences: Path, label: Path) -> ImageClip:
    parts = _LABEL.fullmatch(label.name)
    if parts is None:
        raise DatasetError(f"{label}: expected a name like CITY_SSSSSS_FFFFFF_gtFine_labelIds.png")
    centre, city = int(parts["frame"]), label.parent.name
    samples = []
    for frame in range(centre - BEFORE, centre + AFTER + 1):
        name = f"{parts['snippet']}_{frame:06d}"
        image = sequences / city / f"{name}_leftImg8bit.png"
        if not image.is_file():
            raise DatasetError(f"the snippet around {label.name} lacks a frame: expected {image}")
        samples.append(Sample(name, image, label if frame == centre and not _is_test(label) else None))
    return ImageClip(f"{parts['snippet']}_{centre:06d}", tuple(samples), True, _decode)


def _plain(root: Path, split: str | None) -> tuple[DatasetClip, ...]:
    folders = sorted(root.iterdir(), key=lambda path: natural_key(path.name)) if root.is_dir() else []
    found = [path for path in folders if (path / "images").is_dir() and split in (None, "all", path.name)]
    if not found:
        raise wrong_layout(root, _EXPECTED + (f", one of them named {split}" if split else ""))
    return tuple(ImageClip(path.name, pair_files(path / "images", path / "labels"), True, _decode) for path in found)
