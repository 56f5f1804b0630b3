"""A folder of images with labels beside the clips: some are learnt again, the rest say how right a student is.

Imports no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets import DATASETS, NEEDS_NO_DATA, Dataset, open_dataset
from engine.datasets.base import Decode, ImageClip
from engine.errors import DatasetError, SteadymaskError
from engine.models.classes import VOID, ClassSet
from trainer.data.split import Split, check_sizes, split_held_out

KEPT_EVERY = 3
"""A third of the labelled images is never learnt from."""
LEAST = 6
"""Labelled images: of fewer neither part says anything."""
_LOOKED_AT = 12
_LAYOUTS = tuple(name for name in DATASETS if name != NEEDS_NO_DATA)
_LIKE_OTHERS = {"celebamask", "celebamask-faces", "portraits", "portrait-composites"}
"""Layouts whose folders look like anybody's; taken where they are named."""
_FOUND_OUT = tuple(name for name in _LAYOUTS if name not in _LIKE_OTHERS)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A folder of labelled images. layout: one of DATASETS, None to find out. part: the split of it; "" for the one
    that the layout judges by.
    """

    folder: Path
    layout: str | None = None
    part: str = ""


def holds_labels(folder: Path) -> bool:
    """Whether `folder` holds images with labels in any layout; one that does not may be a clip."""
    return folder.is_dir() and any(_opens(name, folder) for name in _FOUND_OUT)


def look_at(labelled: Labelled, class_set: ClassSet) -> tuple[str, int]:
    """(layout, how many images have a label) of what a student of the classes `class_set` is to learn and to know.

    Of several layouts that fit the first counts whose labels are of these classes. Raises DatasetError where none fits,
    the classes are others, or there are too few labels; and UnknownNameError for a layout that there is not.
    """
    folder, part = labelled.folder, labelled.part
    known = [name for name in _FOUND_OUT if _opens(name, folder, part)]
    layouts = [labelled.layout] if labelled.layout else known
    if not layouts:
        open_dataset("folder", folder, part or None)  # which may know what is wrong
        raise DatasetError(
            f"{folder} holds no images with labels in any layout that is known ({', '.join(_LAYOUTS)}); lay them out "
            "as images/ and labels/, see docs/datasets.md"
        )
    refused: DatasetError | None = None
    for layout in layouts:
        try:
            return layout, _count(split_labelled(folder, layout, part, class_set))
        except DatasetError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def split_labelled(folder: Path, layout: str, part: str, class_set: ClassSet) -> Split:
    """What is learnt from and what is held out, with labels in the classes of `class_set`.

    Of a video its last third is held out, of single images every third. Raises DatasetError.
    """
    dataset = _in_classes(open_dataset(layout, folder, part or None), folder, class_set)
    count = len(dataset.samples)
    if count < LEAST:
        raise DatasetError(f"{folder} has {count} images with a label; at least {LEAST} are needed")
    split = split_held_out(dataset, every=KEPT_EVERY)
    if not all(any(sample.label for clip in side for sample in clip.samples) for side in (split.learn, split.held_out)):
        split = split_held_out(dataset, every=KEPT_EVERY, how="every")  # a video with few labels
    check_sizes((*split.learn, *split.held_out))
    return split


def _opens(layout: str, folder: Path, part: str = "") -> bool:
    try:
        return bool(open_dataset(layout, folder, part or None).samples)
    except (SteadymaskError, OSError):
        return False


def _count(split: Split) -> int:
    """How many labels there are. Raises DatasetError where one of some that are looked at holds no class."""
    those = [(clip, sample) for clip in (*split.learn, *split.held_out) for sample in clip.samples if sample.label]
    for clip, sample in those[:: max(1, len(those) // _LOOKED_AT)]:
        clip.labels(sample)
    return len(those)


def _in_classes(dataset: Dataset, folder: Path, class_set: ClassSet) -> Dataset:
    """The same with labels in the order of `class_set`. Raises DatasetError where the classes are others."""
    ours, theirs = class_set.names, dataset.class_set.names if dataset.class_set is not None else None
    binary = dataset.binary and theirs is not None and len(ours) == len(theirs)
    if theirs is not None and not binary and set(ours) != set(theirs):
        raise DatasetError(
            f"the labels in {folder} are of other classes than the student knows: {_names(set(theirs) - set(ours))} "
            f"only there, {_names(set(ours) - set(theirs))} only in the student; give labels of the student's classes"
        )
    order = range(len(ours)) if theirs is None or binary else [ours.index(name) for name in theirs]
    clips = [
        replace(clip, decode=partial(_decoded, clip.decode, tuple(order))) if isinstance(clip, ImageClip) else clip
        for clip in dataset.clips
    ]
    return replace(dataset, class_set=class_set, clips=tuple(clips))


def _decoded(decode: Decode, order: Sequence[int], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Class ids in the student's order. Raises ValueError for one that it has not."""
    table = np.full(256, VOID, np.uint8)
    table[: len(order)] = order
    classes = decode(labels)
    strange = (classes >= len(order)) & (classes != VOID)
    if strange.any():
        raise ValueError(
            f"holds the class {int(classes[strange][0])}, and the student knows 0 to {len(order) - 1}, or {VOID} for "
            "void; say in classes.json which classes the labels hold"
        )
    return np.asarray(table[classes], np.uint8)


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
