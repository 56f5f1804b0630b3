"""The docks beside the picture: classes and model; where they are is remembered."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QWidget

_LAYOUT_VERSION = 1
"""Raised when docks come or go, so that an older layout is not forced upon them."""


class Docks:
    """Panels that can be moved, floated, stacked and hidden. GUI thread only."""

    def __init__(self, window: QMainWindow, panels: dict[str, QWidget]) -> None:
        """panels: by title, in their order from top to bottom."""
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        window.setDockNestingEnabled(True)
        for title, panel in panels.items():
            dock = QDockWidget(title, window)
            dock.setObjectName(f"dock-{title.lower()}")
            dock.setAllowedAreas(
                Qt.DockWidgetArea.LeftDockWidgetArea
                | Qt.DockWidgetArea.RightDockWidgetArea
                | Qt.DockWidgetArea.BottomDockWidgetArea
            )
            dock.setWidget(panel)
            for button in dock.findChildren(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly):
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._docks[title] = dock
        self.reset()

    def __getitem__(self, title: str) -> QDockWidget:
        return self._docks[title]

    def reset(self) -> None:
        """Put every dock where it was at first: on the right, one under the other."""
        docks = list(self._docks.values())
        for dock in docks:
            dock.setFloating(False)
            self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            dock.show()
        heights = [3] + [2] * (len(docks) - 1)
        self._window.resizeDocks(docks, [264] * len(docks), Qt.Orientation.Horizontal)
        self._window.resizeDocks(docks, [200 * height for height in heights], Qt.Orientation.Vertical)

    def save(self) -> str:
        """The layout, for the settings."""
        return bytes(self._window.saveState(_LAYOUT_VERSION).toBase64().data()).decode("ascii")

    def restore(self, layout: str) -> None:
        """Take up a layout of `save`; one that is empty or of another version changes nothing."""
        self._window.restoreState(QByteArray.fromBase64(layout.encode("ascii", "replace")), _LAYOUT_VERSION)
