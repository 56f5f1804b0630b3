"""Between a track and the shelves of its clip: what was analysed once comes back, what is analysed is put there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.frame_result import SlotResult
from engine.live.counts import UNKNOWN, Count, Rows, measured_rows, shared_areas
from engine.live.track import MeasureTrack
from engine.methods import Method
from engine.models.mapping import ClassView
from engine.shelves import ClipShelves, Columns
from engine.tasks import task_of

_COLUMNS = ("pts_s", "follows", "values", "counts", "inference_ms")
_SHARED = "shared"


class Remembering:
    """Of one analysis. One thread at a time.

    What is measured in other classes than a method's own, because it is compared with one that knows others, has
    shelves of its own; the mask is kept beside the measures in its own classes, as ever.
    """

    def __init__(self, shelves: ClipShelves | None, track: MeasureTrack) -> None:
        """shelves: None to keep nothing."""
        self._shelves = shelves
        self._track = track
        self._views = track.views
        self._recalled: dict[int, frozenset[int]] = {}
        self._shared: frozenset[int] = frozenset()

    def recall(self, methods: Sequence[Method]) -> int:
        """Put into the track what is on the shelves of the methods in slots A and B. Returns the first frame that is
        not there for all of them, with what they share.
        """
        if self._shelves is None or not methods:
            return 0
        for slot, method in enumerate(methods):
            found = self._rows(_COLUMNS, (method,), (self._views[slot],))
            if found is not None:
                index, columns = found
                rows = Rows(index, *(columns[name] for name in _COLUMNS[:4]))
                self._recalled[slot] = frozenset(index.tolist())
                self._track.put(slot, method.name, rows)
        sets = [self._recalled.get(slot, frozenset()) for slot in range(len(methods))]
        if len(methods) > 1:
            found = self._rows((_SHARED,), methods, self._views)
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
        if self._shelves is None or self._track.views != self._views or self._track.name(slot) != method.name:
            return
        rows, view = self._track.rows(slot, index), self._views[slot]
        own, shelf = self._shelves.of(method), self._shelves.of(method, views=(view,))
        if own is None or shelf is None or rows is None:
            return
        if view is not None:
            if made.unsmoothed is None and (before := own.get(index)) is not None:
                # The mask was at hand, so the model inside was not asked; what it said is told by class.
                rows.counts[0, Count.UNSMOOTHED] = view.fold_areas(before.columns["counts"][Count.UNSMOOTHED])
                self._track.put(slot, method.name, rows)
            shelf.put(index, _columns(rows, made))
            if index in own:
                return
            pts_s = float(rows.pts_s[0])
            rows = measured_rows(made, len(method.card.class_set), index=index, pts_s=pts_s)
        own.put(index, _columns(rows, made), task_of(method.card.task).packed(made.segmentation.outputs))

    def take_shared(self, methods: tuple[Method, Method], index: int, b: SlotResult, a: SlotResult) -> None:
        """Put there what B shares with A of a frame."""
        if self._shelves is None or index in self._shared or self._track.views != self._views:
            return
        shelf = self._shelves.of(*methods, views=self._views)
        if shelf is not None:
            # Not the track's classes: by now it may know another method in B, or none.
            classes = len(methods[1].card.class_set) if self._views[1] is None else self._views[1].classes
            shared = shared_areas(b, a, classes, self._views)
            names = (methods[0].name, methods[1].name)
            self._track.put_shared(names, np.array([index], np.int64), shared[None])
            shelf.put(index, {_SHARED: shared})

    def flush(self) -> None:
        """Bring all of it to the disk."""
        if self._shelves is not None:
            self._shelves.flush()

    def _rows(
        self, names: Sequence[str], methods: Sequence[Method], views: Sequence[ClassView | None]
    ) -> tuple[NDArray[np.int64], Columns] | None:
        shelf = None if self._shelves is None else self._shelves.of(*methods, views=views)
        found = None if shelf is None else shelf.rows()
        return found if found is not None and found[1].keys() >= set(names) else None


def _columns(rows: Rows, made: SlotResult) -> Columns:
    """What is kept of one frame; what it shares with another method is kept elsewhere."""
    counts = rows.counts[0].copy()
    counts[Count.SHARED], counts[Count.EITHER] = UNKNOWN, 0
    return {
        "pts_s": rows.pts_s[0],
        "follows": rows.follows[0],
        "values": rows.values[0],
        "counts": counts,
        "inference_ms": np.float32(made.latency_ms),
    }


def _first_missing(index: frozenset[int]) -> int:
    first = 0
    while first in index:
        first += 1
    return first
