"""What one method made of one clip: frames are put in and taken out by their index, and are on the disk in between."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.atomic import write_bytes
from engine.shelves.chunk import DAMAGE, FRAMES, Chunk, Columns, pack, unpack
from engine.storage.png import File, from_png, png

_LOG = logging.getLogger(__name__)

_AT_HAND = 6
"""Chunks that are held in memory; one of street's masks takes some 1 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """A frame. mask: uint8 (h, w), None on a shelf without masks. columns: a row each."""

    mask: NDArray[np.uint8] | None
    columns: Columns


class Shelf:
    """For use from several threads at once. What cannot be read, is damaged or was deleted meanwhile is not there; what
    cannot be written is left out, and told once in the log.
    """

    def __init__(self, folder: Path, allows: Callable[[Path, int], bool]) -> None:
        """folder: made when the first file is written. allows: whether a file of so many bytes may be written there."""
        self._folder = folder
        self._allows = allows
        self._lock = threading.RLock()
        self._filling: dict[int, dict[int, tuple[Columns, File | None]]] = {}
        self._at_hand: OrderedDict[int, Chunk | None] = OrderedDict()
        self._full = False

    # ---- what is there

    def __contains__(self, index: int) -> bool:
        number = index // FRAMES
        with self._lock:
            if index in self._filling.get(number, ()):
                return True
            chunk = self._chunk(number)
        return chunk is not None and chunk.place(index) is not None

    def get(self, index: int) -> Shelved | None:
        """Frame `index`, or None. Takes a millisecond, or a few where its file must be read."""
        number = index // FRAMES
        with self._lock:
            filling = self._filling.get(number, {}).get(index)
            chunk = self._chunk(number) if filling is None else None
        if filling is not None:
            columns, file = filling
        else:
            place = None if chunk is None else chunk.place(index)
            if chunk is None or place is None:
                return None
            columns = {name: column[place] for name, column in chunk.columns.items()}
            file = chunk.masks[place] if chunk.masks else None
        try:
            return Shelved(None if file is None else from_png(file), columns)
        except (cv2.error, TypeError):  # a file that is whole, with a picture that is none
            return None

    def rows(self) -> tuple[NDArray[np.int64], Columns] | None:
        """The index of every frame that is there, (n,), growing, and the columns of all, without masks; None for
        nothing. Reads the heads of all files, a millisecond each.
        """
        with self._lock:
            chunks = {number: self._filled(number) for number in self._filling}
        for number in self._numbers():
            if number not in chunks:
                try:
                    chunks[number] = unpack(self._path(number), number, masks=False)
                except DAMAGE as error:
                    _LOG.warning("%s is damaged, and what it kept is made again: %s", self._path(number), error)
        found = [chunk for _, chunk in sorted(chunks.items())]
        if not found:
            return None
        names = set.intersection(*(set(chunk.columns) for chunk in found))
        try:
            columns = {name: np.concatenate([chunk.columns[name] for chunk in found]) for name in names}
        except ValueError:  # of other shapes: none of them can be trusted
            return None
        return np.concatenate([chunk.index for chunk in found]), columns

    def has_all(self, frames: int) -> bool:
        """Whether every frame from 0 to `frames` − 1 is there, and whole. Reads all files."""
        return frames > 0 and all(index in self for index in range(frames))

    # ---- what is put in

    def put(self, index: int, columns: Columns, mask: NDArray[np.uint8] | None = None) -> None:
        """Put frame `index` there, in place of what was. columns: a row each, the same names for all frames."""
        if self._full:
            return
        file = None if mask is None else png(mask)
        number = index // FRAMES
        with self._lock:
            if number not in self._filling:
                self._filling[number] = self._begun(number)
            filling = self._filling[number]
            filling[index] = ({name: np.asarray(row) for name, row in columns.items()}, file)
            due = [each for each in self._filling if each != number or len(filling) == FRAMES]
        self._write(due)

    def flush(self) -> None:
        """Bring to the disk what is not there yet, and hold nothing in memory."""
        with self._lock:
            due = list(self._filling)
        self._write(due)
        with self._lock:
            self._at_hand.clear()

    # ---- inside

    def _write(self, numbers: list[int]) -> None:
        for number in numbers:
            with self._lock:
                if number not in self._filling:
                    continue
                chunk = self._filled(number)
                written = self._place(number, pack(chunk))
                self._full = self._full or not written
                del self._filling[number]
                self._keep(number, chunk if written else None)

    def _place(self, number: int, data: bytes) -> bool:
        try:
            if not self._allows(self._folder, len(data)):
                return False
            self._folder.mkdir(parents=True, exist_ok=True)
            write_bytes(self._path(number), data, durable=False)
        except OSError as error:
            _LOG.warning("masks and measures are not kept in %s: %s", self._folder, error)
            return False
        return True

    def _begun(self, number: int) -> dict[int, tuple[Columns, File | None]]:
        """What is there already of a file that is to be filled."""
        chunk = self._chunk(number)
        if chunk is None:
            return {}
        return {
            int(index): (
                {name: column[place] for name, column in chunk.columns.items()},
                chunk.masks[place] if chunk.masks else None,
            )
            for place, index in enumerate(chunk.index)
        }

    def _filled(self, number: int) -> Chunk:
        frames = sorted(self._filling[number].items())
        names = frames[0][1][0]
        columns = {name: np.stack([columns[name] for _, (columns, _) in frames]) for name in names}
        masks = tuple(file for _, (_, file) in frames if file is not None)
        return Chunk(np.array([index for index, _ in frames], np.int64), columns, masks)

    def _chunk(self, number: int) -> Chunk | None:
        """A file's contents, or None; holding the lock."""
        if number in self._at_hand:
            self._at_hand.move_to_end(number)
            return self._at_hand[number]
        try:
            chunk: Chunk | None = unpack(self._path(number), number)
        except FileNotFoundError:
            chunk = None
        except DAMAGE as error:
            _LOG.warning("%s is damaged, and what it kept is made again: %s", self._path(number), error)
            chunk = None
        return self._keep(number, chunk)

    def _keep(self, number: int, chunk: Chunk | None) -> Chunk | None:
        self._at_hand[number] = chunk
        self._at_hand.move_to_end(number)
        while len(self._at_hand) > _AT_HAND:
            self._at_hand.popitem(last=False)
        return chunk

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.npz"

    def _numbers(self) -> list[int]:
        try:
            return sorted(int(path.stem) for path in self._folder.glob("[0-9]*.npz") if path.stem.isdigit())
        except OSError:
            return []
