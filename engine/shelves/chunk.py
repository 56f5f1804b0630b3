"""Up to 128 neighbouring frames of a shelf as one file: arrays by name (a .npz, with a checksum each), masks as PNG."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.storage.png import File

FRAMES = 128
"""Frames of a clip that share a file; file n holds those from 128 n on."""
DAMAGE = (ValueError, TypeError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError)
"""What reading a damaged or half-written file raises."""

Columns = Mapping[str, NDArray]
"""Arrays by name, whose first axis goes over frames."""

_INDEX, _ENDS, _MASKS = "index", "ends", "masks"
_OURS = frozenset({_INDEX, _ENDS, _MASKS})


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """index: of the frames, int64 (n,), growing. columns: what is known of them, n rows each. masks: a PNG each, or
    none at all where the shelf has none or they were not read.
    """

    index: NDArray[np.int64]
    columns: Columns
    masks: tuple[File, ...] = ()

    def place(self, index: int) -> int | None:
        """Where frame `index` stands, or None."""
        place = int(np.searchsorted(self.index, index))
        return place if place < len(self.index) and self.index[place] == index else None


def pack(chunk: Chunk) -> bytes:
    """The file's contents."""
    ends = np.cumsum([len(mask) for mask in chunk.masks], dtype=np.int64)
    masks = np.concatenate(chunk.masks) if chunk.masks else np.zeros(0, np.uint8)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, array in {_INDEX: chunk.index, _ENDS: ends, _MASKS: masks, **chunk.columns}.items():
            # PNG is not compressed again; counts by class are mostly zero.
            method = zipfile.ZIP_STORED if name == _MASKS else zipfile.ZIP_DEFLATED
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), data.getvalue(), method, compresslevel=1)
    return out.getvalue()


def unpack(path: Path, number: int, *, masks: bool = True) -> Chunk:
    """Read file `number` of a shelf. masks: False leaves them out, which is much quicker.

    Raises one of `DAMAGE` where it is not there, or not whole.
    """
    with np.load(path, allow_pickle=False) as file:
        index, ends = file[_INDEX], file[_ENDS]
        columns = {name: file[name] for name in file.files if name not in _OURS}
        pictures = file[_MASKS] if masks else None
    first = number * FRAMES
    if index.ndim != 1 or not len(index) or index[0] < first or index[-1] >= first + FRAMES:
        raise ValueError(f"{path}: its frames are not those from {first} to {first + FRAMES - 1}")
    if (np.diff(index) <= 0).any() or len(ends) not in (0, len(index)):
        raise ValueError(f"{path}: its frames are in no order, or have no masks")
    if any(len(column) != len(index) for column in columns.values()):
        raise ValueError(f"{path}: its arrays are not of one length")
    if pictures is None or not len(ends):
        return Chunk(index, columns)
    return Chunk(index, columns, tuple(np.split(pictures, ends[:-1])))
