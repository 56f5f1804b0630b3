"""What was measured of every frame of a clip, by its index, for slots A and B: compact and bounded."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engine.frame_result import SlotResult
from engine.live.counts import (
    BY_CLASS,
    MEASURES,
    UNKNOWN,
    Count,
    Measure,
    Rows,
    class_values,
    measured_rows,
    shared_areas,
)
from engine.models.mapping import ClassView

MOST_FRAMES = 1 << 20
"""Frames that are kept of a clip or a camera; then the older half goes."""
_COUNT_BYTES = 48 << 20  # for the counts by class of one slot
_CHUNK = 1024
_FIRST_ROOM = 4096


class Known(IntEnum):
    """How a frame of a slot came to be measured."""

    NOT = 0
    LIVE = 1
    """While it was played: against the frame shown before, which need not be the one before it."""
    ANALYSED = 2
    """Against the frame before it, whatever was played."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One measure of one slot over frames that were measured, in their order.

    index: int64 (n,). pts_s: float64 (n,), seconds. values: float32 (n,), flicker 0..1, tc 0..100, inference_ms in
    milliseconds; nan where a frame has none, as the first has no flicker.
    """

    index: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    values: NDArray[np.float32]


class MeasureTrack:
    """Takes frames in any order and from any thread; read it from any thread.

    A frame that was analysed is not replaced by one that was merely played. Bounded: 28 bytes a frame and slot for at
    most 2^20 frames, and 48 MiB a slot for counts by class, of which the oldest go first.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._names: list[str | None] = [None, None]
        self._views: list[ClassView | None] = [None, None]
        self.apart: str | None = None
        """Why A and B cannot be compared; None where they can, or B is empty."""
        self._slots = [_Slot(0), _Slot(0)]
        self._pts = np.full(_FIRST_ROOM, np.nan)
        self._base = 0
        self._end = 0
        self.version = 0
        """Changes with everything that comes in."""

    # ---- what is measured

    def set_method(self, slot: int, name: str | None, classes: int = 0, view: ClassView | None = None) -> None:
        """Slot 0 (A) or 1 (B) is now the method `name` with so many classes; what another one left there goes.

        None empties the slot. view: what is measured in place of the method's own classes. A change in A takes back
        what B shares with it.
        """
        with self._lock:
            classes = classes if view is None else view.classes
            if (name, view, classes) == (self._names[slot], self._views[slot], self._slots[slot].classes):
                return
            self._names[slot], self._views[slot] = name, view
            self._slots[slot] = _Slot(classes)
            self._slots[slot].make_room(len(self._pts))
            if slot == 0:
                self._slots[1].forget_shared()
            self.version += 1

    def name(self, slot: int) -> str | None:
        """The method in a slot."""
        return self._names[slot]

    @property
    def views(self) -> tuple[ClassView | None, ClassView | None]:
        """What is measured in place of the methods' own classes, in A and in B."""
        with self._lock:
            return self._views[0], self._views[1]

    def classes(self, slot: int) -> int:
        """How many classes of the method in a slot are measured."""
        return self._slots[slot].classes

    def add(
        self,
        slot: int,
        index: int,
        pts_s: float,
        made: SlotResult,
        *,
        reference: SlotResult | None = None,
        known: Known = Known.LIVE,
    ) -> None:
        """Add what a slot made of a frame; nothing happens if another method is in the slot by now.

        index, pts_s: of the frame. reference: what slot A made of it, for slot B.
        """
        name = made.method
        with self._lock:
            views, classes = self.views, self.classes(slot)
            wanted = name == self._names[slot]
        measured = measured_rows(made, classes, views[slot]) if wanted else None
        if measured is not None and reference is not None:
            measured.counts[0, [Count.SHARED, Count.EITHER]] = shared_areas(made, reference, classes, views)
        with self._lock:
            if measured is None or (name, *views) != (self._names[slot], *self._views) or not self._reach(index):
                return
            row, store = index - self._base, self._slots[slot]
            if store.known[row] > known:
                return
            self._pts[row] = pts_s
            self._end = max(self._end, index + 1)
            store.known[row], store.follows[row] = known, made.follows
            store.values[:, row] = measured.values[0]
            store.put_counts(np.array([index]), measured.counts)
            self.version += 1

    def put(self, slot: int, name: str, rows: Rows) -> None:
        """Add frames that were analysed before; nothing happens if another method is in the slot by now, or it knows
        other classes.
        """
        with self._lock:
            store = self._slots[slot]
            if name != self._names[slot] or rows.counts.shape[1:] != (len(Count), store.classes) or not len(rows.index):
                return
            if not self._reach(int(rows.index[-1])):
                return
            store = self._slots[slot]
            fits = rows.index >= self._base
            index = rows.index[fits]
            at = index - self._base
            self._pts[at] = rows.pts_s[fits]
            self._end = max(self._end, int(index[-1]) + 1)
            store.known[at], store.follows[at] = Known.ANALYSED, rows.follows[fits]
            store.values[:, at] = rows.values[fits].T
            store.put_counts(index, rows.counts[fits])
            self.version += 1

    def put_shared(self, names: tuple[str, str], index: NDArray[np.int64], shared: NDArray[np.uint16]) -> None:
        """Add what B shares with A, (n, 2, C) as `shared_areas`, of frames of B that are known; nothing happens if
        other methods are there.

        names: of A and B.
        """
        with self._lock:
            store = self._slots[1]
            if names != tuple(self._names) or shared.shape[1:] != (2, store.classes):
                return
            store.put_shared(index, shared)
            self.version += 1

    # ---- what is known

    def rows(self, slot: int, index: int) -> Rows | None:
        """What was measured of one frame, if it was analysed."""
        with self._lock:
            store, row = self._slots[slot], index - self._base
            if not 0 <= row < len(self._pts) or store.known[row] != Known.ANALYSED:
                return None
            at = np.array([index], np.int64)
            counts = store.counts(at).astype(np.uint16)
            return Rows(at, self._pts[[row]], store.follows[[row]], store.values[:, [row]].T, counts)

    @property
    def span(self) -> tuple[int, int]:
        """First frame that may be known, and the one after the last that is."""
        return self._base, self._end

    def analysed(self, slot: int, first: int = 0, last: int | None = None) -> int:
        """How many frames of a slot from `first` to `last`, both included, were analysed; None for the end."""
        with self._lock:
            begin = max(0, first - self._base)
            end = len(self._pts) if last is None else max(0, last + 1 - self._base)
            return int(np.count_nonzero(self._slots[slot].known[begin:end] == Known.ANALYSED))

    def curve(self, slot: int, measure: Measure, class_id: int | None = None) -> Curve:
        """A measure over all frames of a slot that are known; of one class alone where `class_id` is given (flicker and
        tc; nan where its counts have gone).
        """
        with self._lock:
            store, count = self._slots[slot], self._end - self._base
            rows = np.flatnonzero(store.known[:count])
            index = rows + self._base
            if class_id is None or measure not in BY_CLASS:
                values = store.values[MEASURES.index(measure), rows]
            else:
                values = class_values(measure, store.counts(index)[:, :, class_id])
            return Curve(index, self._pts[rows], values)

    def counts(self, slot: int, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts by class of these frames, (n, 7, C), rows as in `Count`; 0 where they are not known."""
        with self._lock:
            return self._slots[slot].counts(index)

    def follows(self, slot: int, index: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these frames follow the one that was measured before them, (n,)."""
        with self._lock:
            return self._slots[slot].follows[index - self._base]

    # ---- inside

    def _reach(self, index: int) -> bool:
        """Make room for a frame. False for one that is too old to be kept."""
        if index < self._base:
            return False
        while index - self._base >= MOST_FRAMES:
            self._drop_older_half()
        room = len(self._pts)
        if index - self._base >= room:
            while room <= index - self._base:
                room *= 2
            self._pts = _grown(self._pts, room, np.nan)
            for store in self._slots:
                store.make_room(room)
        return True

    def _drop_older_half(self) -> None:
        half = MOST_FRAMES // 2
        self._base += half
        self._end = max(self._end, self._base)
        self._pts = _grown(self._pts[half:], MOST_FRAMES, np.nan)
        for store in self._slots:
            store.drop(half)


class _Slot:
    """One slot's numbers by row, the frame's index less the track's base, and its counts in chunks by index."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.known = np.zeros(_FIRST_ROOM, np.uint8)
        self.follows = np.zeros(_FIRST_ROOM, bool)
        self.values = np.full((len(MEASURES), _FIRST_ROOM), np.nan, np.float32)
        self._chunks: OrderedDict[int, NDArray[np.uint16]] = OrderedDict()
        self._most_chunks = max(2, _COUNT_BYTES // (_CHUNK * len(Count) * 2 * max(1, classes)))

    def make_room(self, room: int) -> None:
        self.known = _grown(self.known, room, 0)
        self.follows = _grown(self.follows, room, 0)
        self.values = _grown(self.values, room, np.nan)

    def drop(self, rows: int) -> None:
        """The first rows go."""
        room = self.known.shape[0]
        self.known = _grown(self.known[rows:], room, 0)
        self.follows = _grown(self.follows[rows:], room, 0)
        self.values = _grown(self.values[:, rows:], room, np.nan)

    def put_counts(self, index: NDArray[np.int64], counts: NDArray[np.uint16]) -> None:
        """counts: (n, 7, C)."""
        numbers, rows = np.divmod(index, _CHUNK)
        for number in np.unique(numbers).tolist():
            chunk = self._chunks.get(number)
            if chunk is None:
                chunk = self._chunks[number] = np.zeros((_CHUNK, len(Count), self.classes), np.uint16)
                if len(self._chunks) > self._most_chunks:
                    self._chunks.popitem(last=False)
            here = numbers == number
            chunk[rows[here]] = counts[here]

    def put_shared(self, index: NDArray[np.int64], shared: NDArray[np.uint16]) -> None:
        """shared: (n, 2, C)."""
        numbers, rows = np.divmod(index, _CHUNK)
        for number in np.unique(numbers).tolist():
            here = numbers == number
            if number in self._chunks:
                self._chunks[number][rows[here], Count.SHARED :] = shared[here]

    def counts(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        out = np.zeros((len(index), len(Count), self.classes), np.int64)
        numbers, rows = np.divmod(index, _CHUNK)
        for number in np.unique(numbers):
            chunk = self._chunks.get(int(number))
            if chunk is not None:
                here = numbers == number
                out[here] = chunk[rows[here]]
        return out

    def forget_shared(self) -> None:
        """What is shared with another slot A is not known any more."""
        for chunk in self._chunks.values():
            chunk[:, Count.SHARED] = UNKNOWN


def _grown(values: NDArray, room: int, rest: float) -> NDArray:
    """`values` along its last axis with room for `room`, the new part filled with `rest`."""
    have = values.shape[-1]
    if have >= room:
        return values[..., :room].copy()
    out = np.full((*values.shape[:-1], room), rest, values.dtype)
    out[..., :have] = values
    return out
