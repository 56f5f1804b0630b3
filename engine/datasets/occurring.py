"""Which values labels hold, so that no score is told of what they do not say."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Dataset, DatasetClip, Decode, ImageClip, Sample
from engine.errors import DatasetError
from engine.models.classes import VOID

_LOOKED_AT = 32
"""Labels that are enough to see how a set is written, before anything is run on it."""

_MUCH_VOID = 0.5


class Occurring:
    """Counts what labels hold."""

    def __init__(self) -> None:
        self._counts = np.zeros(256, np.int64)

    def add(self, labels: NDArray[np.uint8]) -> None:
        """Take in one label, uint8 (H, W), 255 void."""
        self._counts += np.bincount(labels.ravel(), minlength=256)

    def warnings(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What to know of a score on these labels, a sentence each. names: of the classes. Nothing of no labels."""
        total = int(self._counts.sum())
        if not total:
            return ()
        found = []
        missing = [name for name, count in zip(names, self._counts, strict=False) if not count]
        if missing:
            found.append(f"no label holds {', '.join(missing)}: the score says nothing of how well that is found")
        void = self._counts[VOID] / total
        if void > _MUCH_VOID:
            found.append(f"{void:.0%} of the labels' pixels are void ({VOID}), which is left out of the score")
        return tuple(found)

    def refuse_zero_and_void(self, dataset: str, names: tuple[str, ...]) -> None:
        """Raise DatasetError where labels of two classes hold 0 and 255 alone: 255 is meant as the second class."""
        if len(names) == 2 and self._counts[0] and self._counts[VOID] and not self._counts[1:VOID].any():
            raise DatasetError(
                f"{dataset}: its labels hold 0 and {VOID} alone, and {VOID} is void, so that every model would score "
                f"100. Where {VOID} means {names[1]}, give --labels-map {VOID}=1 (in a recipe labels_map = "
                f'{{ "{VOID}" = 1 }} under [data])'
            )


def look_at_some(dataset: Dataset, names: tuple[str, ...]) -> None:
    """Raise DatasetError where some of the labels already show that they are written as `Occurring` refuses."""
    labelled = [(clip, sample) for clip in dataset.clips if isinstance(clip, ImageClip) for sample in _labelled(clip)]
    seen = Occurring()
    for clip, sample in labelled[:: max(1, len(labelled) // _LOOKED_AT)]:
        seen.add(clip.labels(sample))
    seen.refuse_zero_and_void(dataset.name, names)


def with_labels_map(dataset: Dataset, mapping: Mapping[int, int]) -> Dataset:
    """The dataset with other meanings of some values of its label files.

    mapping: from a value in the files to a class id, or to 255 for void. Raises DatasetError where no label is a file.
    """
    if not mapping:
        return dataset
    if not any(isinstance(clip, ImageClip) and _labelled(clip) for clip in dataset.clips):
        raise DatasetError(f"{dataset.name} has no label files whose values could be mapped; leave --labels-map out")
    return replace(dataset, clips=tuple(_mapped(clip, mapping) for clip in dataset.clips))


def _mapped(clip: DatasetClip, mapping: Mapping[int, int]) -> DatasetClip:
    return replace(clip, decode=_decode(clip.decode, mapping)) if isinstance(clip, ImageClip) else clip


def _decode(usual: Decode, mapping: Mapping[int, int]) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    known = np.zeros(256, bool)
    table = np.full(256, VOID, np.uint8)
    for value, class_ in mapping.items():
        known[value], table[value] = True, class_

    def decode(ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
        said, made = known[ids], table[ids]
        made[~said] = usual(ids[~said][None])[0]
        return made

    return decode


def _labelled(clip: ImageClip) -> list[Sample]:
    return [sample for sample in clip.samples if sample.label is not None]
