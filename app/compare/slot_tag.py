"""The letter of a slot in its colour."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.style import slot_colours
from app.views.pills import INK

_SIDE = 20


class SlotTag(QWidget):
    """A small square with the letter A or B."""

    def __init__(self, slot: str, parent: QWidget | None = None) -> None:
        """slot: "A" or "B"."""
        super().__init__(parent)
        self._slot = slot
        self._colour = QColor(slot_colours.A if slot == "A" else slot_colours.B)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"Slot {slot}")
        font = self.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        square = QRectF(self.rect())
        painter.drawRoundedRect(square, 5, 5)
        painter.setPen(QColor(INK))
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, self._slot)
        painter.end()
