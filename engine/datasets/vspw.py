"""VSPW, whole or in its 480p form.

    ROOT/train.txt, val.txt, test.txt                a clip's name on each line
    ROOT/data/CLIP/origin/*.jpg                      frames, 15 Hz
    ROOT/data/CLIP/mask/*.png                        labels of all frames
    ROOT/label_num_dic_final.json                    {"wall": 1, …}, the classes' names; without it they are numbered

Labels hold 1..124; 0, 254 and 255 are void. Class ids are one less. Splits: train, val (the default), test.
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

_decode = decoder({class_ + 1: class_ for class_ in range(CLASSES)}, (0, 254, VOID))


def open_vspw(root: Path, split: str | None) -> Dataset:
    """List a split's clips. Raises DatasetError that shows the expected layout and what was found."""
    split = split or "val"
    names = listed(root, ("{split}.txt",), split)
    if not (root / "data").is_dir():
        raise wrong_layout(root, "the clips in data/CLIP/origin and data/CLIP/mask")
    clips = tuple(
        ImageClip(name, pair_files(root / "data" / name / "origin", root / "data" / name / "mask"), True, _decode)
        for name in names
    )
    return Dataset("vspw", split, _class_set(root / NAMES), clips)


def _class_set(path: Path) -> ClassSet:
    names = [f"class {class_ + 1}" for class_ in range(CLASSES)]
    if path.is_file():
        try:
            ids = {int(id_): str(name) for name, id_ in json.loads(path.read_bytes()).items()}
            names = [ids[class_ + 1] for class_ in range(CLASSES)]
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            raise DatasetError(
                f"{path}: expected the names of the classes 1..{CLASSES}, as {{name: number}}"
            ) from error
    colours = distinct_colours(CLASSES)
    return ClassSet(
        name="vspw",
        classes=tuple(SegmentClass(name=name, colour=colour) for name, colour in zip(names, colours, strict=True)),
    )
