"""Pictures while the scrub bar is dragged: a small one near the place at once, the exact one follows."""

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.video.filmstrip import Filmstrip


class Scrubber(QObject):
    """Owns the open file's filmstrip. GUI thread only."""

    preview = Signal(object)
    """Pixels of a small picture near the frame last asked for, uint8 (h, w, 3) RGB; the newest one only."""

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip: Filmstrip | None = None
        self._lock = threading.Lock()
        self._newest: NDArray[np.uint8] | None = None
        self._woken.connect(self._show)

    def open(self, path: Path, frame_count: int) -> None:
        """Begin a strip of `path`, in place of an older one."""
        self.close()
        self._strip = Filmstrip(path, frame_count, self._put)

    def ask(self, index: int) -> None:
        """Show a picture near frame `index` soon; nothing happens where there is no strip."""
        if self._strip is not None:
            self._strip.ask(index)

    def close(self) -> Filmstrip | None:
        """Show nothing more. Returns the strip, whose thread is told to end and may be waited for by its `close`."""
        strip, self._strip = self._strip, None
        if strip is not None:
            strip.close(0.0)
        with self._lock:
            self._newest = None
        return strip

    def _put(self, _index: int, rgb: NDArray[np.uint8]) -> None:
        with self._lock:
            wake = self._newest is None
            self._newest = rgb
            if wake:
                self._woken.emit()

    def _show(self) -> None:
        with self._lock:
            rgb, self._newest = self._newest, None
        if rgb is not None and self._strip is not None:
            self.preview.emit(rgb)
