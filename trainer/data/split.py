"""What a training learns from, and what is held out to choose the checkpoint by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from engine.datasets import Dataset, Sample, open_dataset
from engine.datasets.base import ImageClip
from engine.datasets.occurring import look_at_some
from engine.errors import DatasetError
from engine.models.classes import ClassSet
from trainer.recipe import DataPart, KeepAside


@dataclass(frozen=True)
class Split:
    """Clips to learn from and clips that are held out: no frame is in both.

    left_out: in words, what is not learnt from.
    """

    learn: tuple[ImageClip, ...]
    held_out: tuple[ImageClip, ...]
    left_out: str


@dataclass(frozen=True)
class TrainingData(Split):
    """A split of a dataset whose labels say of which classes they are."""

    class_set: ClassSet


def split_held_out(dataset: Dataset, *, every: int, how: KeepAside = "auto") -> Split:
    """Hold a part of `dataset` out.

    how: `every`: of all labelled images every `every`-th in their order, the first among them. `span`: of every clip
    its last `every`-th part, since a frame of a video is much like its neighbours. `auto`: `span` for consecutive
    frames, `every` for single images. What is learnt from of a clip whose frames are consecutive comes in clips
    without gaps.
    """
    learn: list[ImageClip] = []
    held_out: list[ImageClip] = []
    texts: dict[str, None] = {}
    labelled = 0
    for clip in dataset.clips:
        if not isinstance(clip, ImageClip):
            continue
        samples = clip.samples
        if how == "span" or (how == "auto" and clip.consecutive):
            first = len(samples) - (-(-len(samples) // every) if len(samples) > 1 else 0)
            kept = set(range(first, len(samples)))
            consecutive = clip.consecutive
            texts[f"the last 1/{every} of every clip"] = None
        else:
            places = [place for place, sample in enumerate(samples) if sample.label]
            kept = {place for number, place in enumerate(places, labelled) if number % every == 0}
            labelled += len(places)
            consecutive = False
            texts[f"every {every}th image"] = None
        if kept:
            those = tuple(samples[place] for place in sorted(kept))
            held_out.append(replace(clip, samples=those, consecutive=consecutive))
        learn += _rest(clip, kept)
    return Split(tuple(learn), tuple(held_out), " and ".join(texts))


def _rest(clip: ImageClip, kept: set[int]) -> list[ImageClip]:
    """What is left of `clip`: runs of neighbours where its frames are consecutive, else one set of images."""
    runs: list[list[Sample]] = [[]]
    for place, sample in enumerate(clip.samples):
        if place not in kept:
            runs[-1].append(sample)
        elif clip.consecutive:
            runs.append([])
    return [replace(clip, samples=tuple(run)) for run in runs if run]


def open_training_data(root: Path, part: DataPart) -> TrainingData:
    """Open the recipe's dataset under `root` and split it.

    Raises DatasetError where there are too few labels, they do not say of which classes they are, of two classes they
    hold 0 and 255 alone, one has not the size of its image, or none is held out.
    """
    assert part.dataset is not None  # without one nothing is opened
    dataset = open_dataset(part.dataset, root, part.split, part.labels_map)
    name = f"{dataset.name}/{dataset.split}"
    if len(dataset.samples) < 2:
        raise DatasetError(
            f"{name} has {len(dataset.samples)} labelled images; expected one to learn from "
            "and one to hold out, at least"
        )
    if dataset.class_set is None:
        raise DatasetError(
            f"{name} does not say which classes its labels hold, so nothing can be trained on "
            "them; put a classes.json in its folder, see docs/datasets.md"
        )
    look_at_some(dataset, dataset.class_set.names)
    split = split_held_out(dataset, every=part.keep_aside_every, how=part.keep_aside)
    for clips, purpose in ((split.learn, "to learn from"), (split.held_out, "that is held out")):
        if not any(sample.label for clip in clips for sample in clip.samples):
            raise DatasetError(
                f'{name}: nothing {purpose} has a label. Set keep_aside = "every" under [data] in the recipe, which '
                f"keeps every {part.keep_aside_every}th label aside, or another keep_aside_every"
            )
        check_sizes(clips)
    return TrainingData(split.learn, split.held_out, split.left_out, dataset.class_set)


def check_sizes(clips: Sequence[ImageClip]) -> None:
    """Raise DatasetError where a label has not the size of its image. Looks at the files' heads, which is quick."""
    for clip in clips:
        for sample in clip.samples:
            if sample.label is None or _head_size(sample.image) == _head_size(sample.label):
                continue
            # A head may say what decoding does not give: a camera's picture is turned by it, a damaged file has none.
            (height, width), (high, wide) = clip.image(sample).shape[:2], clip.labels(sample).shape
            if (height, width) != (high, wide):
                raise DatasetError(
                    f"{sample.label}: expected {width}×{height} like its image, found {wide}×{high}; "
                    "scale one of them to the other, labels by nearest"
                )


def _head_size(path: Path) -> tuple[int, int] | None:
    """(width, height) by the file's head, None where that cannot be read."""
    try:
        with Image.open(path) as picture:
            return picture.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
