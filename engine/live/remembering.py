"""Between a track and the shelves of its clip: what was analysed once comes back, what is analysed is put there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.frame_result import SlotResult
from engine.live.track import UNKNOWN, Count, MeasureTrack, Rows, shared_areas
from engine.methods import Method
from engine.shelves import ClipShelves, Columns

_COLUMNS = ("pts_s", "follows", "values", "counts", "inference_ms")
_SHARED = "shared"


class Remembering:
    """Of one analysis. One thread at a time."""

    def __init__(self, shelves: ClipShelves | None, track: MeasureTrack) -> None:
        """shelves: None to keep nothing."""
        self._shelves = shelves
        self._track = track
        self._recalled: dict[int, frozenset[int]] = {}
        self._shared: frozenset[int] = frozenset()

    def recall(self, methods: Sequence[Method]) -> int:
        """Put into the track what is on the shelves of the methods in slots A and B. Returns the first frame that is
        not there for all of them, with what they share.
        """
        if self._shelves is None or not methods:
            return 0
        for slot, method in enumerate(methods):
            found = self._rows(_COLUMNS, method)
            if found is not None:
                index, columns = found
                rows = Rows(index, *(columns[name] for name in _COLUMNS[:4]))
                self._recalled[slot] = frozenset(index.tolist())
                self._track.put(slot, method.name, rows)
        sets = [self._recalled.get(slot, frozenset()) for slot in range(len(methods))]
        if len(methods) > 1:
            found = self._rows((_SHARED,), *methods)
            if found is not None:
                index, columns = found
                self._shared = frozenset(index.tolist())
                self._track.put_shared((methods[0].name, methods[1].name), index, columns[_SHARED])
            sets.append(self._shared)
        return _first_missing(frozenset.intersection(*sets))

    def recalled(self, slot: int, index: int) -> bool:
        """Whether a frame of a slot was there."""
        return index in self._recalled.get(slot, ())

    def take(self, slot: int, method: Method, index: int, made: SlotResult) -> None:
        """Put there what the track knows of a frame, and its mask."""
        shelf = None if self._shelves is None else self._shelves.of(method)
        rows = None if shelf is None or self._track.name(slot) != method.name else self._track.rows(slot, index)
        if shelf is None or rows is None:
            return
        counts = rows.counts[0].copy()
        counts[Count.SHARED] = UNKNOWN
        columns = {
            "pts_s": rows.pts_s[0],
            "follows": rows.follows[0],
            "values": rows.values[0],
            "counts": counts,
            "inference_ms": np.float32(made.latency_ms),
        }
        shelf.put(index, columns, made.segmentation.classes)

    def take_shared(self, methods: tuple[Method, Method], index: int, b: SlotResult, a: SlotResult) -> None:
        """Put there what B shares with A of a frame."""
        shelf = None if self._shelves is None or index in self._shared else self._shelves.of(*methods)
        if shelf is not None:
            shared = shared_areas(b, a, len(methods[1].card.class_set)).astype(np.uint16)
            names = (methods[0].name, methods[1].name)
            self._track.put_shared(names, np.array([index], np.int64), shared[None])
            shelf.put(index, {_SHARED: shared})

    def flush(self) -> None:
        """Bring all of it to the disk."""
        if self._shelves is not None:
            self._shelves.flush()

    def _rows(self, names: Sequence[str], *methods: Method) -> tuple[NDArray[np.int64], Columns] | None:
        shelf = None if self._shelves is None else self._shelves.of(*methods)
        found = None if shelf is None else shelf.rows()
        return found if found is not None and found[1].keys() >= set(names) else None


def _first_missing(index: frozenset[int]) -> int:
    first = 0
    while first in index:
        first += 1
    return first
