"""From the player's threads to the GUI thread, never more than one frame waiting."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.frame_result import FrameResult
from engine.live.player import PlayerItem


class Inbox(QObject):
    """Where a player delivers. A GUI that falls behind sees the newest frame, and the others are counted as dropped.

    `put` may be called from any thread; `handle` runs on the thread that made the inbox.
    """

    _woken = Signal()

    def __init__(self, handle: Callable[[PlayerItem], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._handle = handle
        self._lock = threading.Lock()
        self._items: list[PlayerItem] = []
        self._dropped = 0
        self._closed = False
        self._woken.connect(self._drain)

    @property
    def dropped(self) -> int:
        """Frames that were replaced by a newer one before they could be drawn."""
        with self._lock:
            return self._dropped

    def put(self, item: PlayerItem) -> None:
        """Hand `item` over and return at once."""
        with self._lock:
            if self._closed:
                return
            wake = not self._items
            if isinstance(item, FrameResult) and self._items and isinstance(self._items[-1], FrameResult):
                self._items[-1] = item
                self._dropped += 1
            else:
                self._items.append(item)
            # Inside the lock, so that `close` can be sure that nothing is emitted after it.
            if wake:
                self._woken.emit()

    def close(self) -> None:
        """Take nothing more."""
        with self._lock:
            self._closed = True
            self._items.clear()

    def _drain(self) -> None:
        with self._lock:
            items, self._items = self._items, []
        for item in items:
            self._handle(item)
