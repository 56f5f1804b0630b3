"""The model in slot A, shared by the clips that are opened one after another."""

import threading

import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter


class SharedSegmenter:
    """A segmenter that is called by one thread at a time, also while an older clip still finishes its last frame."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.card = segmenter.card
        self.report = segmenter.report
        self._segmenter = segmenter
        self._lock = threading.Lock()
        self._closed = False

    @property
    def name(self) -> str:
        """The model's name."""
        return self._segmenter.name

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """Segment one frame, rgb uint8 (H, W, 3). Raises BackendError."""
        with self._lock:
            if self._closed:
                raise BackendError(f"{self.name} is already closed")
            return self._segmenter.segment(rgb, scores=scores)

    def close(self, timeout_s: float) -> bool:
        """Free the runtime, unless it still works after `timeout_s`; then False: freeing it would crash."""
        if not self._lock.acquire(timeout=timeout_s):
            return False
        try:
            if not self._closed:
                self._closed = True
                self._segmenter.close()
        finally:
            self._lock.release()
        return True
