"""Accuracy of methods on labelled datasets."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.accuracy import ConfusionMatrix
from engine.datasets import Dataset
from engine.errors import DatasetError, ModelError
from engine.models.bundle import read_graph, write_card
from engine.models.card import Measurement
from engine.segmenter import Segmenter


@dataclass(frozen=True)
class Row:
    """One method's line in the table.

    miou, iou: 0..100, None for what occurs nowhere. fps: frames a second of `segment` alone, reading not counted.
    frames: how many images were judged.
    """

    method: str
    miou: float | None
    iou: dict[str, float | None]
    fps: float
    frames: int

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return dict(vars(self))


def evaluate(dataset: Dataset, method: Segmenter, progress: Callable[[int, int], None] | None = None) -> Row:
    """Judge `method` on every sample: full image, no test-time augmentation, void ignored, IoU pooled over the set.

    Predictions are compared at the labels' size. Raises DatasetError when the model's classes are not the dataset's.
    """
    names = dataset.class_set.names
    if method.card.class_set.names != names:
        theirs = ", ".join(method.card.class_set.names)
        raise DatasetError(f"{method.name} knows the classes {theirs}; {dataset.name} has {', '.join(names)}")
    matrix = ConfusionMatrix(len(names))
    seconds = 0.0
    for done, sample in enumerate(dataset.samples, start=1):
        image = dataset.image(sample)
        begin = time.perf_counter()
        segmentation = method.segment(image)
        seconds += time.perf_counter() - begin
        matrix.update(segmentation.mask, dataset.labels(sample))
        if progress is not None:
            progress(done, len(dataset.samples))
    iou = dict(zip(names, matrix.iou(), strict=True))
    return Row(method.name, matrix.miou(), iou, round(len(dataset.samples) / seconds, 2), len(dataset.samples))


def record(dataset: Dataset, method: Segmenter, row: Row) -> None:
    """Write the row's miou into the card in both files of the method's bundle.

    Raises ModelError when the file has changed since it was loaded: a value never stands beside other weights.
    """
    path = method.path
    _, card = read_graph(path)
    if card.graph_hash != method.card.graph_hash or card.graph_hash is None or row.miou is None:
        raise ModelError(f"{path} is not the model that was measured; measure it again")
    new = Measurement(
        measure="miou",
        value=round(row.miou, 2),
        unit="0..100",
        data=f"{dataset.name}/{dataset.split}, {row.frames} images",
        command=f"steadymask evaluate {dataset.name} --root ROOT --split {dataset.split} --method {method.name}",
        graph_hash=card.graph_hash,
        by_class={name: None if value is None else round(value, 2) for name, value in row.iou.items()},
    )
    write_card(path.with_suffix(""), card.measured(new))
