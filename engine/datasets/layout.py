"""What the layouts share: errors that show what was expected and found, pairing of files, tables of label ids."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import Decode, Sample
from engine.errors import DatasetError
from engine.models.classes import VOID
from engine.video.images import list_images

_SHOWN = 8


def wrong_layout(folder: Path, expected: str) -> DatasetError:
    """The error for a folder that is not laid out as `expected`, with what is in it."""
    return DatasetError(f"expected {expected}; found {_found(folder)}. Check --root, or see docs/datasets.md")


def _found(folder: Path) -> str:
    if not folder.exists():
        return f"no folder {folder}"
    if not folder.is_dir():
        return f"that {folder} is a file"
    names = sorted(child.name + "/" * child.is_dir() for child in folder.iterdir())
    more = f", … ({len(names)} in all)" if len(names) > _SHOWN else ""
    return f"in {folder}: {', '.join(names[:_SHOWN]) or 'nothing'}{more}"


def pair_files(images: Path, labels: Path | None, *, every: bool = True, suffix: str = "") -> tuple[Sample, ...]:
    """The images of a folder in natural order, each with the label `STEM.png`.

    labels: their folder, None where there are none. every: whether each image must have one; otherwise at least one.
    suffix: what of an image's stem a label leaves out. Raises DatasetError when a folder is missing or empty, or a
    label is.
    """
    for folder in (images, labels):
        if folder is not None and not folder.is_dir():
            raise wrong_layout(folder.parent, f"a folder {folder}")
    files = list_images(images)
    if not files:
        raise wrong_layout(images, f"images in {images}")
    samples = []
    for path in files:
        label = None if labels is None else labels / f"{path.stem.removesuffix(suffix)}.png"
        if label is not None and not label.is_file():
            if every:
                raise DatasetError(f"image {path} has no label: expected {label}")
            label = None
        samples.append(Sample(path.stem, path, label))
    if labels is not None and not any(sample.label for sample in samples):
        raise wrong_layout(labels, f"labels named as the images, such as {samples[0].name}.png")
    return tuple(samples)


def listed(root: Path, lists: Sequence[str], split: str) -> list[str]:
    """The names in the first of the text files `lists` that exists under `root`, one a line.

    Raises DatasetError where none exists, or it is empty.
    """
    for name in lists:
        path = root / name.format(split=split)
        if path.is_file():
            names = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            if names:
                return names
            raise DatasetError(f"{path} is empty; expected the name of a clip on each line")
    raise wrong_layout(root, f"{root / lists[0].format(split=split)} with the names of the split's clips")


def decoder(classes: dict[int, int], void: Iterable[int]) -> Decode:
    """What maps label ids to class ids by `classes`, and those of `void` to 255; any other id is refused."""
    table = np.full(256, VOID, np.uint8)
    known = np.zeros(256, bool)
    for id_, class_ in classes.items():
        table[id_], known[id_] = class_, True
    known[list(void)] = True
    expected = ", ".join(str(id_) for id_ in np.flatnonzero(known)[:40])

    def decode(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if not known[labels].all():
            wrong = int(labels[~known[labels]][0])
            raise ValueError(f"holds the id {wrong}, which is no class of this dataset; expected {expected}")
        return np.asarray(table[labels], np.uint8)

    return decode
