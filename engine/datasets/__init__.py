"""Datasets by name, one file per layout."""

from collections.abc import Callable, Mapping
from pathlib import Path

from engine.datasets.base import Dataset, DatasetClip, LabelledFrame, Sample
from engine.datasets.camvid import open_camvid
from engine.datasets.celebamask import open_celebamask, open_celebamask_faces
from engine.datasets.cityscapes import open_cityscapes
from engine.datasets.composites import open_portrait_composites
from engine.datasets.davis import open_davis
from engine.datasets.eg1800 import open_eg1800
from engine.datasets.faces import open_300vw_mask
from engine.datasets.folder import open_folder
from engine.datasets.occurring import with_labels_map
from engine.datasets.portraits import open_portraits
from engine.datasets.synthetic import open_street
from engine.datasets.vspw import open_vspw
from engine.errors import DatasetError, UnknownNameError

__all__ = ["DATASETS", "Dataset", "DatasetClip", "LabelledFrame", "Sample", "open_dataset"]

NEEDS_NO_DATA = "street-synthetic"

_OF_FOLDERS: dict[str, Callable[[Path, str | None], Dataset]] = {
    "camvid": open_camvid,
    "cityscapes": open_cityscapes,
    "vspw": open_vspw,
    "davis": open_davis,
    "300vw-mask": open_300vw_mask,
    "eg1800": open_eg1800,
    "celebamask": open_celebamask,
    "celebamask-faces": open_celebamask_faces,
    "portraits": open_portraits,
    "portrait-composites": open_portrait_composites,
    "folder": open_folder,
}

DATASETS = (*_OF_FOLDERS, NEEDS_NO_DATA)


def open_dataset(
    name: str, root: Path | None = None, split: str | None = None, labels_map: Mapping[int, int] | None = None
) -> Dataset:
    """List a split of the dataset `name` under `root`; without a split, the one that the layout judges by.

    labels_map: other meanings of values in its label files, as `occurring.with_labels_map` has it.
    Raises UnknownNameError, and DatasetError that shows what was expected and found for a wrong layout.
    """
    if name == NEEDS_NO_DATA:
        return with_labels_map(open_street(root, split), labels_map or {})
    if name not in _OF_FOLDERS:
        raise UnknownNameError(f"there is no dataset {name!r}; known: {', '.join(DATASETS)}")
    if root is None:
        raise DatasetError(f"{name} needs the folder of its data; give it with --root")
    return with_labels_map(_OF_FOLDERS[name](root, split), labels_map or {})
