"""Which shelf holds what a method made of a clip."""

import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.methods import Method
from engine.models.mapping import ClassView
from engine.segmentation import Segmentation
from engine.shelves.budget import Budget, touch
from engine.shelves.keys import clip_key, method_key, view_key
from engine.shelves.shelf import Shelf
from engine.storage.places import cache_folder
from engine.tasks import task_of

MOST_BYTES = 2_000_000_000
"""That all shelves take together; street takes some 8 kB a frame."""
_MILLISECONDS = "inference_ms"


class Shelves:
    """All shelves of a user. For use from several threads at once; making one touches no disk."""

    def __init__(self, folder: Path | None = None, most: int = MOST_BYTES) -> None:
        """folder: None for the usual one, among the caches. most: bytes that they may take."""
        self._folder = cache_folder() / "masks" if folder is None else folder
        self._budget = Budget(self._folder, most)
        self._lock = threading.Lock()
        self._open: WeakValueDictionary[str, Shelf] = WeakValueDictionary()

    def of_clip(self, clip: str | Path, rate: Fraction | None = None) -> "ClipShelves":
        """Those of a file or a folder of images. rate: of such a folder; None for the usual one. Touches no disk."""
        return ClipShelves(self, Path(clip), rate)

    def open(self, name: str) -> Shelf:
        """The shelf of that name, one and the same for everybody who uses it at a time."""
        with self._lock:
            shelf = self._open.get(name)
            if shelf is None:
                touch(self._folder / name)
                shelf = self._open[name] = Shelf(self._folder / name, self._budget.allows)
            return shelf


class ClipShelves:
    """The shelves of one clip as it was when the first of them was asked for, which touches the disk."""

    def __init__(self, shelves: Shelves, clip: Path, rate: Fraction | None = None) -> None:
        self._shelves, self._clip, self._rate = shelves, clip, rate
        self._lock = threading.Lock()
        self._key: str | None = None
        self._asked = False
        self._known: dict[tuple[str, ...], Shelf] = {}

    def of(self, *methods: Method, views: Sequence[ClassView | None] = ()) -> Shelf | None:
        """The shelf of a method: masks and measures. Of two: what they share, in whatever order. None where nothing is
        kept: of a model without a hash, or a clip that cannot be read.

        views: of each method, what it is measured in where that is not its own classes; such a shelf has no masks, and
        the order of two methods counts.
        """
        keys = [method_key(method) for method in methods]
        known = tuple(key for key in keys if key is not None)
        if len(known) < len(methods):
            return None
        known = tuple(sorted(known)) if not any(views) else (*known, view_key(*views))
        with self._lock:
            if not self._asked:
                self._key, self._asked = clip_key(self._clip, self._rate), True
            if self._key is None:
                return None
            if known not in self._known:
                self._known[known] = self._shelves.open("-".join((self._key, *known)))
            return self._known[known]

    def flush(self) -> None:
        """Bring to the disk what was put on them."""
        with self._lock:
            known = list(self._known.values())
        for shelf in known:
            shelf.flush()

    def holds(self, method: Method, index: int) -> bool:
        """Whether the mask of frame `index` is there."""
        shelf = self.of(method)
        return shelf is not None and index in shelf

    def segmentation(self, method: Method, index: int, rgb: NDArray[np.uint8]) -> Segmentation | None:
        """What the method made of frame `index`, whose pixels are `rgb`, uint8 (H, W, 3); None where it is not
        there.
        """
        shelf = self.of(method)
        kept = None if shelf is None else shelf.get(index)
        if kept is None or kept.mask is None:
            return None
        made = task_of(method.card.task).unpacked(kept.mask)
        return Segmentation.of(made, (rgb.shape[1], rgb.shape[0]), float(kept.columns.get(_MILLISECONDS, np.nan)))

    def replay(self, method: Method, frames: int | None) -> "Method | Replay":
        """What gives the clip's masks from its beginning on, where all of its frames are there; else the method."""
        shelf = self.of(method)
        return Replay(self, method) if shelf is not None and frames and shelf.has_all(frames) else method


class Replay:
    """Gives what a method made of a clip, frame by frame from the first one on. One thread at a time."""

    def __init__(self, shelves: ClipShelves, method: Method) -> None:
        self.name = method.name
        self._shelves, self._method = shelves, method
        self._next = 0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """The next frame's mask; there are no scores. Raises BackendError where it has gone meanwhile."""
        made = self._shelves.segmentation(self._method, self._next, rgb)
        if made is None:
            raise BackendError(f"{self.name}: its masks were kept, and were deleted meanwhile; try again")
        self._next += 1
        return made
