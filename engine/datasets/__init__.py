"""Datasets by name, one file per layout."""

from pathlib import Path

from engine.datasets.base import Dataset, Sample
from engine.datasets.camvid import open_camvid
from engine.errors import UnknownNameError

__all__ = ["DATASETS", "Dataset", "Sample", "open_dataset"]

DATASETS = {"camvid": open_camvid}


def open_dataset(name: str, root: Path, split: str) -> Dataset:
    """List a split of the dataset `name` under `root`. Raises UnknownNameError, DatasetError for a wrong layout."""
    if name not in DATASETS:
        raise UnknownNameError(f"there is no dataset {name!r}; known: {', '.join(sorted(DATASETS))}")
    return DATASETS[name](root, split)
