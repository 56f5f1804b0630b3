"""A line of text that gives way to its neighbours."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStyle, QStyleOption, QToolTip

_RIGHT = Qt.TextElideMode.ElideRight
_TAIL = 3  # letters of a name's end, at least, where its beginning alone would not tell it from another


def cut_name(metrics: QFontMetrics, name: str, room: int, others: Iterable[str] = ()) -> str:
    """A name in `room` pixels: it keeps its beginning and is cut at its end. Where one of `others` would then read the
    same, it keeps as much of its end, too, as tells them apart.
    """
    cut = metrics.elidedText(name, _RIGHT, room)
    alike = [other for other in others if other != name and metrics.elidedText(other, _RIGHT, room) == cut]
    if cut == name or not alike:
        return cut
    for count in range(_TAIL, len(name)):
        tail = name[-count:]
        head = metrics.elidedText(name, _RIGHT, room - metrics.horizontalAdvance(tail))
        if len(head) < _TAIL:
            break
        if not any(other.endswith(tail) for other in alike):
            return head + tail
    return cut


class Elided(QLabel):
    """A label that gives way: what does not fit is cut, and stands whole in the tool tip."""

    def __init__(self, mode: Qt.TextElideMode, text: str = "") -> None:
        """mode: where it is cut."""
        super().__init__(text)
        self._mode = mode

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @property
    def shown(self) -> str:
        """What there is room for."""
        return self.fontMetrics().elidedText(self.text(), self._mode, self.width())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            QToolTip.showText(event.globalPos(), self.text() if self.shown != self.text() else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        text = self.shown
        self.style().drawItemText(
            painter,
            self.rect(),
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            self.palette(),
            bool(option.state & QStyle.StateFlag.State_Enabled),
            text,
            self.foregroundRole(),
        )
        painter.end()
