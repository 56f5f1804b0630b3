"""Datasets by name, one file per layout."""

from pathlib import Path

from engine.datasets.base import Dataset, Sample
from engine.datasets.camvid import open_camvid
from engine.errors import DatasetError

__all__ = ["DATASETS", "Dataset", "Sample", "open_dataset"]

DATASETS = {"camvid": open_camvid}


def open_dataset(name: str, root: Path, split: str) -> Dataset:
    """List a split of the dataset `name` under `root`. Raises DatasetError for an unknown name or a wrong layout."""
    if name not in DATASETS:
        raise DatasetError(f"there is no dataset {name!r}; known: {', '.join(sorted(DATASETS))}")
    return DATASETS[name](root, split)
