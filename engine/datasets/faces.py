"""300VW-Mask: faces in video with a label on every frame, as it is published.

    ROOT/images_orig/VVV_FFFFFF.jpg            frame FFFFFF of video VVV, cropped to the face
    ROOT/labels_orig/VVV_FFFFFF.png            its label
    ROOT/data_splits/split_1/SPLIT.txt         /images_orig/VVV_FFFFFF.jpg /labels_orig/VVV_FFFFFF.png on each line
    ROOT/data_splits/split_2/SPLIT.txt

Labels hold 0..4: background, facial skin, eyes, outer mouth, inner mouth (the class set `300vw-mask`); 255 is void.
A clip is a run of frames of one video without a gap. Every frame is cropped for itself: those of a clip are brought to
the size of its first. Splits: test_per10 (the default), train_per10, val_per10, A, B, C, and all.
"""

import re
from pathlib import Path

from engine.datasets.base import Dataset, ImageClip, Sample
from engine.datasets.layout import decoder, listed, pair_files, wrong_layout
from engine.errors import DatasetError
from engine.models.classes import VOID, bundled_class_set
from engine.video.images import natural_key

DEFAULT_SPLIT = "test_per10"
EVERYTHING = "all"
_LISTS = ("data_splits/split_1/{split}.txt", "data_splits/split_2/{split}.txt")
_FRAME = re.compile(r"(?P<video>.+)_(?P<frame>\d+)")


def open_300vw_mask(root: Path, split: str | None) -> Dataset:
    """List a split's clips. Raises DatasetError that shows the expected layout and what was found."""
    split = split or DEFAULT_SPLIT
    class_set = bundled_class_set("300vw-mask")
    if not (root / "images_orig").is_dir():
        raise wrong_layout(root, "images_orig/, labels_orig/ and data_splits/")
    samples = pair_files(root / "images_orig", root / "labels_orig", every=split == EVERYTHING)
    if split != EVERYTHING:
        samples = _chosen(samples, listed(root, _LISTS, split), split)
    decode = decoder({class_: class_ for class_ in range(len(class_set))}, (VOID,))
    clips = tuple(ImageClip(run[0].name, tuple(run), True, decode, scaled=True) for run in _runs(samples))
    return Dataset("300vw-mask", split, class_set, clips)


def _chosen(samples: tuple[Sample, ...], lines: list[str], split: str) -> tuple[Sample, ...]:
    """The samples on the split's list, in natural order."""
    there = {sample.name: sample for sample in samples}
    names = sorted({Path(line.split()[0]).stem for line in lines}, key=natural_key)
    for name in names:
        if name not in there:
            raise DatasetError(f"the list of split {split} names {name}: expected images_orig/{name}.jpg, found none")
        if there[name].label is None:
            raise DatasetError(f"the list of split {split} names {name}: expected labels_orig/{name}.png, found none")
    return tuple(there[name] for name in names)


def _runs(samples: tuple[Sample, ...]) -> list[list[Sample]]:
    """Frames of one video whose numbers follow one another."""
    runs: list[list[Sample]] = []
    before: tuple[str, int] | None = None
    for sample in samples:
        parts = _FRAME.fullmatch(sample.name)
        if parts is None:
            raise DatasetError(f"{sample.image}: expected a name like 001_000001.jpg, video and frame")
        video, frame = parts["video"], int(parts["frame"])
        if before != (video, frame - 1):
            runs.append([])
        runs[-1].append(sample)
        before = video, frame
    return runs
