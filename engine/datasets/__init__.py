"""Datasets by name, one file per layout."""

from pathlib import Path

from engine.datasets.base import Dataset, DatasetClip, LabelledFrame, Sample
from engine.datasets.camvid import open_camvid
from engine.errors import DatasetError, UnknownNameError

__all__ = ["DATASETS", "Dataset", "DatasetClip", "LabelledFrame", "Sample", "open_dataset"]

DATASETS = {"camvid": open_camvid}


def open_dataset(name: str, root: Path | None, split: str | None) -> Dataset:
    """List a split of the dataset `name` under `root`. Raises UnknownNameError, DatasetError for a wrong layout."""
    if name not in DATASETS:
        raise UnknownNameError(f"there is no dataset {name!r}; known: {', '.join(sorted(DATASETS))}")
    if root is None:
        raise DatasetError(f"{name} needs the folder of its data; give it with --root")
    return DATASETS[name](root, split or "test")
