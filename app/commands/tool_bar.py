"""The tool bar, whose short names give way to what stands in its middle."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton

_NAMED, _PLAIN = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly


class ToolBar(QToolBar):
    """Shows names beside icons where there is room for them. GUI thread only."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._buttons: tuple[QToolButton, ...] = ()
        self._names = 0
        """Pixels that the names take, while they are not shown."""

    def set_named(self, buttons: Sequence[QToolButton]) -> None:
        """These have a name, which may go."""
        self._buttons = tuple(buttons)
        for button in buttons:
            button.setToolButtonStyle(_NAMED)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():  # one that is going has no buttons left
            self._make_room()
        return done

    def _make_room(self) -> None:
        fits = self.sizeHint().width() + self._names <= self.width()
        style = _NAMED if fits else _PLAIN
        if not self._buttons or self._buttons[0].toolButtonStyle() == style:
            return
        before = self._width()
        for button in self._buttons:
            button.setToolButtonStyle(style)
        self._names = 0 if fits else before - self._width()

    def _width(self) -> int:
        return sum(button.sizeHint().width() for button in self._buttons)
