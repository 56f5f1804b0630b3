"""VSPW, whole or in its 480p form.

    ROOT/train.txt, val.txt, test.txt                a clip's name on each line
    ROOT/data/CLIP/origin/*.jpg                      frames, 15 Hz
    ROOT/data/CLIP/mask/*.png                        labels of all frames; the test split may lack them
    ROOT/label_num_dic_final.json                    {"wall": 1, …}, the classes' names; without it they are numbered

Labels hold 1..124; 0 ("others") and 255 are void. Class ids are one less. Splits: train, val (the default), test.
"""

import json
from pathlib import Path

from engine.datasets.base import Dataset, ImageClip
from engine.datasets.layout import decoder, listed, pair_files, wrong_layout
from engine.errors import DatasetError
from engine.models.classes import VOID, ClassSet, SegmentClass
from engine.models.colours import distinct_colours

CLASSES = 124
NAMES = "label_num_dic_final.json"

_decode = decoder({class_ + 1: class_ for class_ in range(CLASSES)}, (0, VOID))


def open_vspw(root: Path, split: str | None) -> Dataset:
    """List a split's clips. Raises DatasetError that shows the expected layout and what was found."""
    split = split or "val"
    names = listed(root, ("{split}.txt",), split)
    if not (root / "data").is_dir():
        raise wrong_layout(root, "the clips in data/CLIP/origin and data/CLIP/mask")
    clips = tuple(_clip(root / "data" / name, split) for name in names)
    return Dataset("vspw", split, _class_set(root / NAMES), clips)


def _clip(folder: Path, split: str) -> ImageClip:
    labels = folder / "mask"
    unlabelled = split == "test" and not labels.is_dir()
    return ImageClip(folder.name, pair_files(folder / "origin", None if unlabelled else labels), True, _decode)


def _class_set(path: Path) -> ClassSet:
    names = {class_ + 1: f"class {class_ + 1}" for class_ in range(CLASSES)}
    colours = distinct_colours(CLASSES)
    try:
        if path.is_file():
            names = {int(id_): str(name) for name, id_ in json.loads(path.read_bytes()).items()}
        classes = [SegmentClass(name=names[class_ + 1], colour=colours[class_]) for class_ in range(CLASSES)]
        return ClassSet(name="vspw", classes=tuple(classes))
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise DatasetError(
            f"{path}: expected the classes 1 to {CLASSES}, each with a name of its own, as {{name: number}}; found "
            f"{error!r}"
        ) from error
