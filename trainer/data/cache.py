"""Decoded pictures, kept as long as they fit."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

CACHE_BYTES = 512 * 2**20
"""Twice what CamVid's training images take with their labels (367 of 480 × 360, 254 MB): a dataset of its size is
decoded once, and a larger one leaves a machine of 4 GB the memory that the network needs."""


class PictureCache:
    """The pictures that were asked for last, `limit` bytes of them at most. For use from several threads at once."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._pictures: OrderedDict[Hashable, NDArray[np.uint8]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """How much is kept now."""
        return self._held

    def get(self, key: Hashable, read: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """The picture of `key`, by `read` where it is not kept. It must not be written to."""
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        # Without the lock: decoding is what takes time, and two threads hardly ever want the same picture.
        picture = read()
        picture.flags.writeable = False
        with self._lock:
            if key not in self._pictures and picture.nbytes <= self._limit:
                self._pictures[key] = picture
                self._held += picture.nbytes
                while self._held > self._limit:
                    _, oldest = self._pictures.popitem(last=False)
                    self._held -= oldest.nbytes
        return picture
