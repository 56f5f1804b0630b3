"""DAVIS 2016 and 2017, 480p or full resolution.

    ROOT/JPEGImages/480p/CLIP/*.jpg                  frames (or 1080p/, Full-Resolution/)
    ROOT/Annotations/480p/CLIP/*.png                 labels of all frames (or Annotations_unsupervised/)
    ROOT/ImageSets/2017/SPLIT.txt                    a clip's name on each line (or 2016/, 480p/, 1080p/)

Labels number the objects (2016: 255 is the object). Here every object is the class `foreground` beside `background`;
a model with two classes is judged, whatever it calls the second. Splits: train, val (the default), and all that have a
list; where there are several of one name, YEAR/SPLIT tells them apart (2016/val). Of test splits only the first frame
is labelled as published, so their labels are left aside.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Dataset, ImageClip
from engine.datasets.layout import listed, pair_files, wrong_layout
from engine.models.classes import bundled_class_set

SIZES = ("480p", "1080p", "Full-Resolution")
_LISTS = tuple(f"ImageSets/{group}{{split}}.txt" for group in ("2017/", "2016/", "480p/", "1080p/", ""))
_LABELS = ("Annotations", "Annotations_unsupervised")


def open_davis(root: Path, split: str | None) -> Dataset:
    """List a split's clips. Raises DatasetError that shows the expected layout and what was found."""
    split = split or "val"
    names = _clip_names(listed(root, _LISTS, split))
    size = next((size for size in SIZES if (root / "JPEGImages" / size).is_dir()), None)
    if size is None:
        raise wrong_layout(root / "JPEGImages", f"the frames in one of {', '.join(f'JPEGImages/{s}' for s in SIZES)}")
    images = root / "JPEGImages" / size
    labels = next((root / each / size for each in _LABELS if (root / each / size).is_dir()), root / _LABELS[0] / size)
    clips = tuple(
        ImageClip(name, pair_files(images / name, labels / name if "test" not in split else None), True, _decode)
        for name in names
    )
    return Dataset("davis", split, bundled_class_set("foreground"), clips, binary=True)


def _clip_names(lines: list[str]) -> list[str]:
    """The 2016 lists name an image and its label on each line: /JPEGImages/480p/CLIP/00000.jpg /Annotations/…"""
    names = [Path(line.split()[0]).parent.name if "/" in line else line for line in lines]
    return list(dict.fromkeys(names))


def _decode(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (labels > 0).astype(np.uint8)
