"""The docks around the picture: compare, classes, model, curves; where they are is remembered."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QWidget

_LAYOUT_VERSION = 2
"""Raised when docks come or go, so that an older layout is not forced upon them."""

_RIGHT, _TOP, _TABS, _BELOW = 320, 520, 240, 190
"""First width of what is on the right, heights of its two parts, and of what is below, pixels."""


class Docks:
    """Panels that can be moved, floated, stacked and hidden. GUI thread only."""

    def __init__(self, window: QMainWindow, right: dict[str, QWidget], below: dict[str, QWidget]) -> None:
        """Panels by title. right: the first on top, the others in tabs under it. below: under the picture."""
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        self._right, self._below = tuple(right), tuple(below)
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        panels = {**right, **below}
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

    @property
    def titles(self) -> tuple[str, ...]:
        """Of all docks."""
        return tuple(self._docks)

    def reset(self) -> None:
        """Put every dock where it was at first."""
        window = self._window
        for title, dock in self._docks.items():
            dock.setFloating(False)
            area = Qt.DockWidgetArea
            window.addDockWidget(area.RightDockWidgetArea if title in self._right else area.BottomDockWidgetArea, dock)
            dock.show()
        top, *tabs = (self._docks[title] for title in self._right)
        for dock in tabs[1:]:
            window.tabifyDockWidget(tabs[0], dock)
        if tabs:
            tabs[0].raise_()
            window.resizeDocks([top, tabs[0]], [_RIGHT, _RIGHT], Qt.Orientation.Horizontal)
            window.resizeDocks([top, tabs[0]], [_TOP, _TABS], Qt.Orientation.Vertical)
        window.resizeDocks(
            [self._docks[title] for title in self._below], [_BELOW] * len(self._below), Qt.Orientation.Vertical
        )

    def save(self) -> str:
        """The layout, for the settings."""
        return bytes(self._window.saveState(_LAYOUT_VERSION).toBase64().data()).decode("ascii")

    def restore(self, layout: str) -> None:
        """Take up a layout of `save`; one that is empty or of another version changes nothing."""
        self._window.restoreState(QByteArray.fromBase64(layout.encode("ascii", "replace")), _LAYOUT_VERSION)
