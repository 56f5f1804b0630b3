"""The side panel: opacity of the masks, the classes with their colours, and the model."""

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSlider, QVBoxLayout, QWidget

from app.theme import colours
from engine.models.card import ModelCard
from engine.models.classes import ClassSet

_SWATCH = 14
_MARGIN = 10
_INDENT = 9  # the class rows' own padding; with it everything else stands in line with their swatches


def _swatch(colour: str, filled: bool) -> QPixmap:
    pixmap = QPixmap(_SWATCH * 2, _SWATCH * 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colours().line) if filled else QColor(colour))
    painter.setBrush(QColor(colour) if filled else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(2, 2, _SWATCH * 2 - 4, _SWATCH * 2 - 4, 8, 8)
    painter.end()
    pixmap.setDevicePixelRatio(2)
    return pixmap


def _section(text: str) -> QLabel:
    label = QLabel(text.upper())
    label.setProperty("kind", "section")
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 0.82)
    label.setFont(font)
    label.setIndent(_INDENT)
    return label


class _ClassRow(QPushButton):
    """One class: a swatch and its name; unchecking hides it."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__(name)
        self.setProperty("kind", "class")
        self.setCheckable(True)
        self.setChecked(True)
        self.setAutoDefault(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"Show or hide {name}")
        self.setAccessibleName(f"Class {name}")
        symbol = QIcon()
        symbol.addPixmap(_swatch(colour, True), QIcon.Mode.Normal, QIcon.State.On)
        symbol.addPixmap(_swatch(colour, False), QIcon.Mode.Normal, QIcon.State.Off)
        self.setIcon(symbol)
        self.setIconSize(QSize(_SWATCH, _SWATCH))

    def set_pointed(self, pointed: bool) -> None:
        if self.property("pointed") != pointed:
            self.setProperty("pointed", pointed)
            self.style().polish(self)


class SidePanel(QFrame):
    """Everything about how the masks look. GUI thread only."""

    opacity_changed = Signal(float)
    class_toggled = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setFixedWidth(240)
        self._rows: list[_ClassRow] = []
        self._pointed: int | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 18, _MARGIN, 16)
        column.setSpacing(6)

        column.addWidget(_section("Mask opacity"))
        opacity_row = QHBoxLayout()
        opacity_row.setContentsMargins(_INDENT, 0, _INDENT, 0)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setAccessibleName("Mask opacity in percent")
        self.opacity.setToolTip("Mask opacity (↑ ↓ when focused)")
        self._percent = QLabel()
        self._percent.setProperty("kind", "muted")
        self._percent.setMinimumWidth(40)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        opacity_row.addWidget(self.opacity, 1)
        opacity_row.addWidget(self._percent)
        column.addLayout(opacity_row)
        column.addSpacing(14)

        column.addWidget(_section("Classes"))
        self._list = QWidget()
        self._list_column = QVBoxLayout(self._list)
        self._list_column.setContentsMargins(0, 0, 0, 0)
        self._list_column.setSpacing(1)
        self._list_column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._list)
        column.addWidget(scroll, 1)

        column.addSpacing(8)
        column.addWidget(_section("Model"))
        self._model = QLabel("Loading …")
        self._model.setProperty("kind", "title")
        self._model.setTextFormat(Qt.TextFormat.PlainText)
        self._details = QLabel()
        self._details.setProperty("kind", "muted")
        self._details.setTextFormat(Qt.TextFormat.PlainText)
        self._details.setWordWrap(True)
        for label in (self._model, self._details):
            label.setIndent(_INDENT)
        column.addWidget(self._model)
        column.addWidget(self._details)
        self.opacity.valueChanged.connect(self._on_opacity)

    def set_opacity(self, opacity: float) -> None:
        """opacity: 0..1."""
        self.opacity.setValue(round(opacity * 100))
        self._percent.setText(f"{self.opacity.value()} %")

    def show_model(self, card: ModelCard) -> None:
        """List the card's classes and say which model this is."""
        self._show_classes(card.class_set)
        self._model.setText(card.name)
        self._details.setText(f"{card.family} · {_count(card.parameters)} parameters\n{card.licence}")

    def show_no_model(self, text: str) -> None:
        """Say why there is no model (`Loading …`, `Not loaded`)."""
        self._model.setText(text)
        self._details.clear()

    def point_at(self, class_id: int | None) -> None:
        """Highlight the class under the pointer."""
        if class_id == self._pointed:
            return
        for number in (self._pointed, class_id):
            if number is not None and number < len(self._rows):
                self._rows[number].set_pointed(number == class_id)
        self._pointed = class_id

    @property
    def class_rows(self) -> list[QPushButton]:
        """One checkable row per class, in the order of their ids."""
        return list(self._rows)

    def _show_classes(self, classes: ClassSet) -> None:
        for row in self._rows:
            self._list_column.removeWidget(row)
            row.deleteLater()
        self._rows = [_ClassRow(entry.name, entry.colour) for entry in classes.classes]
        self._pointed = None
        for number, row in enumerate(self._rows):
            self._list_column.insertWidget(number, row)
            row.toggled.connect(lambda shown, number=number: self.class_toggled.emit(number, shown))

    def _on_opacity(self, percent: int) -> None:
        self._percent.setText(f"{percent} %")
        self.opacity_changed.emit(percent / 100)


def _count(number: int) -> str:
    """A number of parameters as people say it: 1.1 M."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{np.format_float_positional(number / limit, precision=1, trim='-')} {unit}"
    return str(number)
