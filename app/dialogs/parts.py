"""What the small questions have in common: a list of choices, and a line that says what is wrong."""

from typing import Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.style.theme import colours

VALUE = Qt.ItemDataRole.UserRole
_DETAIL = Qt.ItemDataRole.UserRole + 1
_ICON = 20
_PAD = 12
_AIR = 14  # over and under the text


class ChoiceList(QListWidget):
    """Choices, each with a name and, where there is one, a quieter line under it. GUI thread only."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)

    def add(self, symbol: QIcon, name: str, detail: str, value: str) -> None:
        """Add a choice. detail: the quieter line, or "". value: what it means, see `value`."""
        item = QListWidgetItem(symbol, name)
        item.setData(VALUE, value)
        item.setData(_DETAIL, detail)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {detail}" if detail else name)
        item.setToolTip(f"{name}\n{detail}".strip())
        self.addItem(item)

    def show_rows(self, rows: int, *, at_most: bool = False) -> None:
        """Be at least as high as `rows` choices like the first one; exactly so with `at_most`."""
        height = rows * self.sizeHintForRow(0) + 2 * self.frameWidth() + 8
        self.setMinimumHeight(height)
        if at_most:
            self.setMaximumHeight(height)

    @property
    def value(self) -> str | None:
        """What the current choice means; None where nothing is chosen."""
        item = self.currentItem()
        return None if item is None else str(item.data(VALUE))

    def choose(self, value: str | None) -> bool:
        """Make the choice that means `value` the current one. Returns False where there is none."""
        for row in range(self.count()):
            if self.item(row).data(VALUE) == value:
                self.setCurrentRow(row)
                return True
        return False


class _Delegate(QStyledItemDelegate):
    """Paints a choice; its ground comes from the style sheet."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        symbol, name, area = index.data(Qt.ItemDataRole.DecorationRole), option.text, option.rect
        option.text, option.icon = "", QIcon()
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        theme = colours()
        symbol.paint(painter, QRect(area.left() + _PAD, area.center().y() - _ICON // 2, _ICON, _ICON))
        left = area.left() + 2 * _PAD + _ICON
        line = option.fontMetrics.height()
        lines = [(name, theme.text), (str(index.data(_DETAIL)), theme.muted)][: _lines(index)]
        top = area.top() + (area.height() - len(lines) * (line + 2) + 2) // 2
        for number, (text, colour) in enumerate(lines):
            place = QRect(left, top + number * (line + 2), area.right() - left - _PAD, line)
            painter.setPen(QColor(colour))
            shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _lines(index) * (option.fontMetrics.height() + 2) + _AIR)


def _lines(index: QModelIndex | QPersistentModelIndex) -> int:
    return 2 if index.data(_DETAIL) else 1


class Remark(QLabel):
    """A line under a field: quiet while all is well, a warning otherwise. Always two lines high, so nothing jumps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.setProperty("kind", "muted")

    def say(self, text: str, kind: Literal["muted", "warning"] = "muted") -> None:
        """Replace the text."""
        self.setText(text)
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().polish(self)
