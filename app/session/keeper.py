"""Takes down every second where a person is, and writes it off the GUI thread: no end of the program loses it."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.player.background import Background
from app.session.store import ClipState, Sessions

_LOG = logging.getLogger(__name__)

_EVERY_MS = 1000


class SessionKeeper(QObject):
    """Writes when something changed, never twice at a time. GUI thread only."""

    def __init__(
        self,
        sessions: Sessions,
        background: Background,
        snapshot: Callable[[], tuple[str, ClipState] | None],
        parent: QObject | None = None,
    ) -> None:
        """snapshot: gives what is open and where in it, or None; cheap, since it is asked every second."""
        super().__init__(parent)
        self._sessions = sessions
        self._background = background
        self._snapshot = snapshot
        self._changed = False
        self._writing = False
        self._told = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.note)
        self._timer.start()

    def note(self) -> None:
        """Take down where somebody is now."""
        now = self._snapshot()
        if now is not None and self._sessions.remember(*now):
            self._changed = True
        self._write_soon()

    def touch(self) -> None:
        """Something was forgotten: write without waiting for the next place."""
        self._changed = True
        self._write_soon()

    def finish(self) -> Callable[[], None]:
        """The last place, and what writes it; call that off the GUI thread, with the window closing."""
        self._timer.stop()
        now = self._snapshot()
        if now is not None:
            self._sessions.remember(*now)
        return self._sessions.copy().write

    def _write_soon(self) -> None:
        if self._changed and not self._writing:
            self._changed, self._writing = False, True
            self._background.submit(
                self._sessions.copy().write, lambda _: self._on_written(), self._on_failed, owner=self
            )

    def _on_written(self) -> None:
        self._writing = self._told = False

    def _on_failed(self, error: BaseException) -> None:
        self._writing = False
        if not self._told:  # once, and not every second
            _LOG.warning("where you are in the clip is not being remembered: %s", error)
        self._told = True
