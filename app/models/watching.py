"""Tells when the library has changed by anybody's hand: this window, another one, the command line."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.player.background import Background
from engine.models.library import library_state

_EVERY_MS = 1000


class LibraryWatch(QObject):
    """Looks every second in the background, and not at all while its window is hidden. GUI thread only.

    It looks by itself since the system's own notices do not come from folders on other machines, nor for a library's
    folder that is only made on the first import.
    """

    changed = Signal()
    """A model has come, gone, or been replaced."""

    def __init__(self, window: QWidget, background: Background, parent: QObject | None = None) -> None:
        """window: for whom it looks."""
        super().__init__(parent)
        self._window = window
        self._background = background
        self._state: frozenset[tuple[str, int]] | None = None
        self._looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        if self._looking or not self._window.isVisible():
            return
        self._looking = True
        self._background.submit(library_state, self._compare, lambda _: self._compare(None), owner=self)

    def _compare(self, state: frozenset[tuple[str, int]] | None) -> None:
        """state: None where the folder could not be read just now, which is no news."""
        self._looking = False
        if state is None:
            return
        before, self._state = self._state, state
        if before is not None and before != state:
            self.changed.emit()
