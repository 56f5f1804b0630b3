"""A strip across the window that leaves out what does not fit."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

_LEAST = 480  # pixels, so that a narrow window can still hold it


class Strip(QFrame):
    """A row of widgets that asks for less room than they need and makes room itself. GUI thread only."""

    def make_room(self) -> None:
        """Show and hide its widgets, so that nothing overlaps; called whenever the width changes."""
        raise NotImplementedError

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.make_room()


def reserve(widget: QWidget, widest: str, around: int = 0) -> None:
    """Keep room for the text `widest` and `around` pixels beside it, none for no text, so that nothing moves."""
    widget.setMinimumWidth(widget.fontMetrics().horizontalAdvance(widest) + around if widest else 0)


def needed(widget: QWidget) -> int:
    """Pixels that a widget takes where there is room for it."""
    return max(widget.sizeHint().width(), widget.minimumWidth())


def stacked(*widgets: QWidget) -> QWidget:
    """One under the other, as high as they must be; each may come and go by itself."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget)
    holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return holder
