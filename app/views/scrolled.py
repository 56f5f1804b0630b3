"""Areas that scroll."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

_MOST_HEIGHT = 420


def scroll(panel: QWidget, inside: QWidget) -> QScrollArea:
    """Fill `panel` with `inside` at the width that there is; what does not fit in height is scrolled to."""
    area = _area(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    whole = QVBoxLayout(panel)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(area)
    return area


def scrolled_rows(inside: QWidget) -> QScrollArea:
    """An area for the rows of a sheet: as high as they are, up to what a low screen has room for."""
    area = _area(inside)
    area.setMinimumHeight(min(_MOST_HEIGHT, inside.sizeHint().height() + 4))
    return area


def _area(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area
