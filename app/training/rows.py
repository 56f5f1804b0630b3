"""The rows of the sheet: names on the left, what they say on the right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget


def label_width(widget: QWidget) -> int:
    """Pixels of what stands on the left of a row, so that all rows of the sheet begin alike."""
    return widget.fontMetrics().horizontalAdvance("How long")


def grid(sheet: QWidget) -> QGridLayout:
    """Rows with their names on the left."""
    made = QGridLayout()
    made.setHorizontalSpacing(18)
    made.setVerticalSpacing(12)
    made.setColumnMinimumWidth(0, label_width(sheet))
    made.setColumnStretch(1, 1)
    return made


def add_row(to: QGridLayout, name: str, layout: QLayout) -> QLabel:
    """Add a row to a `grid`. Returns its name's label."""
    label = QLabel(name)
    label.setProperty("kind", "muted")
    row = to.rowCount()
    to.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
    to.addLayout(layout, row, 1)
    return label


def in_column(widget: QWidget) -> QVBoxLayout:
    """A column that begins with `widget`."""
    column = QVBoxLayout()
    column.setSpacing(6)
    column.addWidget(widget)
    return column
