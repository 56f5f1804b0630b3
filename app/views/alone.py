"""The picture alone: everything else steps aside, and comes back as it was."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow, QWidget

from app.views.docks import Docks


class PictureAlone(QObject):
    """Fills the screen with the picture. GUI thread only."""

    changed = Signal(bool)

    def __init__(self, window: QMainWindow, docks: Docks, beside: Sequence[QWidget]) -> None:
        """beside: all that is in the window beside the picture, the docks left out. What is in one of these may come
        and go by itself; they are this object's to hide.
        """
        super().__init__(window)
        self._window, self._docks, self._beside = window, docks, beside
        self._on = False
        self._shown: list[QWidget] = []
        self._states = window.windowState()

    @property
    def on(self) -> bool:
        """Whether there is nothing but the picture."""
        return self._on

    def toggle(self) -> None:
        """The picture alone, or everything again."""
        self.leave() if self._on else self._enter()

    def leave(self) -> None:
        """Everything again, as it was; nothing where it is there."""
        if not self._on:
            return
        self._on = False
        for widget in self._shown:
            widget.show()
        self._docks.resume()
        self._window.setWindowState(self._states)
        self.changed.emit(False)

    def _enter(self) -> None:
        self._on = True
        self._docks.pause()
        self._states = self._window.windowState()
        docks = [self._docks[title] for title in self._docks.titles]
        self._shown = [widget for widget in (*self._beside, *docks) if not widget.isHidden()]
        for widget in self._shown:
            widget.hide()
        self._window.setWindowState(self._states | Qt.WindowState.WindowFullScreen)
        # Else the focus would stay with something that is gone.
        self._window.setFocus()
        self.changed.emit(True)
