"""Portraits to learn people from: two datasets under one folder, of which nothing is judged by.

    ROOT/eg1800      as `eg1800`, of which the split `train` counts
    ROOT/celebamask  as `celebamask`, all but every tenth image

One of the two is enough. Labels hold 0 background and 1 person: the class set `foreground`.
"""

from pathlib import Path

from engine.datasets.base import Dataset
from engine.datasets.celebamask import open_celebamask
from engine.datasets.eg1800 import open_eg1800
from engine.datasets.layout import wrong_layout
from engine.errors import DatasetError
from engine.models.classes import bundled_class_set

SPLIT = "train"
_PARTS = {"eg1800": open_eg1800, "celebamask": open_celebamask}


def open_portraits(root: Path, split: str | None) -> Dataset:
    """List both. Raises DatasetError that shows the expected layout and what was found."""
    if split not in (None, SPLIT):
        raise DatasetError(f"portraits has no split {split!r}; expected {SPLIT}: nothing is judged by it")
    there = {name: open_part for name, open_part in _PARTS.items() if (root / name).is_dir()}
    if not there:
        raise wrong_layout(root, "eg1800/ and celebamask/, or one of them")
    clips = tuple(clip for name, open_part in there.items() for clip in open_part(root / name, SPLIT).clips)
    return Dataset("portraits", SPLIT, bundled_class_set("foreground"), clips, binary=True)
