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


def pair_files(images: Path, labels: Path | None, *, every: bool = True) -> tuple[Sample, ...]:
    """The images of a folder in natural order, each with the label `STEM.png`.

    labels: their folder, None where there are none. every: whether each image must have one; otherwise each label must
    have an image. Raises DatasetError when a folder is missing or empty, or a label or an image is.
    """
    for folder in (images, labels):
        if folder is not None and not folder.is_dir():
            raise wrong_layout(folder.parent, f"a folder {folder}")
    files = list_images(images)
    if not files:
        raise wrong_layout(images, f"images in {images}")
    if labels is None:
        return tuple(Sample(path.stem, path, None) for path in files)
    there = {path.stem for path in labels.iterdir() if path.suffix == ".png" and not path.name.startswith(".")}
    if not there.intersection(path.stem for path in files):
        raise wrong_layout(labels, f"labels named as the images, such as {files[0].stem}.png")
    missing = next((path for path in files if path.stem not in there), None)
    if every and missing is not None:
        raise DatasetError(f"image {missing} has no label: expected {labels / missing.stem}.png")
    left = sorted(there.difference(path.stem for path in files))
    if not every and left:
        raise DatasetError(f"label {labels / left[0]}.png has no image: expected {images / left[0]} with .jpg or .png")
    return tuple(Sample(path.stem, path, labels / f"{path.stem}.png" if path.stem in there else None) for path in files)


def listed(root: Path, lists: Sequence[str], split: str) -> list[str]:
    """The lines of the first of the text files `lists` that exists under `root`; in their names `{split}` is filled in.

    Raises DatasetError where none exists, or it is empty.
    """
    paths = [root / name.format(split=split) for name in lists]
    for path in paths:
        if path.is_file():
            try:
                lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
            except UnicodeDecodeError as error:
                raise DatasetError(f"{path} is no text; expected a list of what belongs to the split") from error
            if lines:
                return lines
            raise DatasetError(f"{path} is empty; expected what belongs to the split, one a line")
    folder = next((path.parent for path in paths if path.parent.is_dir()), root)
    raise wrong_layout(folder, f"{paths[0]}, the list of split {split}")


def decoder(classes: dict[int, int], void: Iterable[int]) -> Decode:
    """What maps label ids to class ids by `classes`, and those of `void` to 255; any other id is refused."""
    table = np.full(256, VOID, np.uint8)
    known = np.zeros(256, bool)
    for id_, class_ in classes.items():
        table[id_], known[id_] = class_, True
    known[list(void)] = True
    expected = _ranges(np.flatnonzero(known).tolist())

    def decode(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if not known[labels].all():
            wrong = int(labels[~known[labels]][0])
            raise ValueError(f"holds the id {wrong}, which is no class of this dataset; expected {expected}")
        return np.asarray(table[labels], np.uint8)

    return decode


def _ranges(numbers: list[int]) -> str:
    """Ascending numbers as people write them: 0 to 4, 255."""
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True))
