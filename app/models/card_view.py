"""A model's card, for people: what it is, what it was made from, how right it is, under which terms."""

import re
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.messages import shorten
from app.models.facts import facts
from app.style.theme import colours
from app.views.elided import Elided
from app.views.sheet import Sheet, section
from engine.models.card import Measurement, ModelCard
from engine.models.library import Entry
from engine.storage.disk import text_of

_BAR_HEIGHT = 20
_LONGEST = 40
"""Letters of a word, such as a hash, that has nowhere to be broken."""


class CardView(QScrollArea):
    """Shows one entry of the library. GUI thread only; it reads no files."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Card of the model")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_text("Choose a model on the left.")

    def show_text(self, text: str, kind: str = "muted") -> None:
        """Show a sentence in place of a card."""
        inside, column = _page()
        column.addWidget(_text(text, kind))
        column.addStretch(1)
        self.setWidget(inside)

    def show_entry(self, entry: Entry, sizes: Mapping[Path, int]) -> None:
        """Show the card of `entry`, or why it has none. sizes: bytes of its files."""
        card = entry.card
        if card is None:
            self.show_text(entry.broken or f"{entry.path} has no card", "error")
            return
        inside, column = _page()
        column.addLayout(_head(entry, card))
        if card.summary:
            column.addWidget(_text(card.summary, ""))
        for measurement in card.current_measurements():
            column.addWidget(_measured(measurement, card))
        if not card.current_measurements():
            column.addWidget(_text("Nothing was measured of exactly these weights.", "muted"))
        column.addWidget(section("Classes"))
        column.addWidget(_Chips(card))
        if len(card.curve) > 1:
            column.addWidget(section("As it was trained: miou on the held-out images"))
            column.addWidget(_Curve(card))
        column.addWidget(section("What is known of it"))
        column.addLayout(_grid(facts(card)))
        column.addWidget(section("Files"))
        column.addLayout(_grid({path.suffix: f"{text_of(count)}   {path}" for path, count in sizes.items()}))
        if card.recipe:
            column.addWidget(section("Recipe"))
            column.addWidget(_text(card.recipe, "muted", mono=True))
        column.addStretch(1)
        self.setWidget(inside)


class CardSheet(Sheet):
    """The card of the model at work, alone."""

    def __init__(self, entry: Entry, sizes: Mapping[Path, int], parent: QWidget | None = None) -> None:
        super().__init__("Model card", "", parent, width=620)
        view = CardView()
        view.setMinimumHeight(300)
        view.show_entry(entry, sizes)
        self.body.addWidget(view, 1)
        self.add_buttons("Close", "")
        self.resize(QSize(620, 720).boundedTo(self.screen().availableSize()))


def _page() -> tuple[QWidget, QVBoxLayout]:
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(6, 4, 14, 10)
    column.setSpacing(10)
    return inside, column


def _text(text: str, kind: str, *, mono: bool = False) -> QLabel:
    label = QLabel(re.sub(rf"[^\s/-]{{{_LONGEST + 1},}}", lambda word: shorten(word[0], _LONGEST), text))
    label.setToolTip("" if label.text() == text else text)
    label.setProperty("kind", kind)
    # A card may come from anybody, and must not become markup.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if mono:
        font = label.font()
        font.setFamilies(["DejaVu Sans Mono", "Consolas", "Menlo", "monospace"])
        font.setPointSizeF(font.pointSizeF() * 0.9)
        label.setFont(font)
    return label


def _head(entry: Entry, card: ModelCard) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    name = Elided(Qt.TextElideMode.ElideRight, card.name)
    name.setProperty("kind", "headline")
    name.setTextFormat(Qt.TextFormat.PlainText)
    name.setToolTip(card.name)
    column.addWidget(name)
    research = "non-commercial" in card.licence.lower()
    badges = [(f"version {card.version}", ""), ("bundled" if entry.origin == "bundled" else "your own", "accent")]
    badges.append(("research use, non-commercial", "warning") if research else (shorten(card.licence, 40), ""))
    row = QHBoxLayout()
    row.setSpacing(8)
    for text, level in badges:
        badge = QLabel(text)
        badge.setProperty("kind", "badge")
        badge.setProperty("level", level)
        badge.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(badge)
    badge.setToolTip(card.licence)
    row.addStretch(1)
    column.addLayout(row)
    return column


def _measured(measurement: Measurement, card: ModelCard) -> QFrame:
    frame = QFrame()
    frame.setProperty("kind", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(14, 12, 14, 12)
    value = QLabel(f"{measurement.value:.1f} {measurement.measure}")
    value.setProperty("kind", "headline")
    column.addWidget(value)
    column.addWidget(_text(f"on {measurement.data}, by: {measurement.command}", "muted"))
    if measurement.by_class:
        column.addWidget(_Bars(measurement, card))
    return frame


def _grid(rows: dict[str, str]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for number, (name, value) in enumerate(rows.items()):
        label = QLabel(name)
        label.setProperty("kind", "muted")
        grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_text(value, ""), number, 1)
    return grid


class _Bars(QWidget):
    """A score of 0..100 for each class."""

    def __init__(self, measurement: Measurement, card: ModelCard) -> None:
        super().__init__()
        known = {entry.name: entry.colour for entry in card.class_set.classes}
        self._rows = [(name, value, known.get(name, "#888888")) for name, value in measurement.by_class.items()]
        self.setFixedHeight(_BAR_HEIGHT * len(self._rows) + 4)
        self.setAccessibleName(", ".join(f"{n} {v:.0f}" for n, v, _ in self._rows if v is not None))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = max((painter.fontMetrics().horizontalAdvance(name) for name, _, _ in self._rows), default=0) + 12
        across = max(20, self.width() - left - 44)
        for number, (name, value, colour) in enumerate(self._rows):
            top = number * _BAR_HEIGHT
            painter.setPen(QColor(colours().muted))
            centre = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, left, _BAR_HEIGHT), centre, name)
            painter.drawText(
                QRectF(left + across + 8, top, 40, _BAR_HEIGHT), centre, "–" if value is None else f"{value:.1f}"
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours().line))
            painter.drawRoundedRect(QRectF(left, top + 7, across, 6), 3, 3)
            if value:
                painter.setBrush(QColor(colour))
                painter.drawRoundedRect(QRectF(left, top + 7, max(4.0, across * value / 100), 6), 3, 3)
        painter.end()


class _Chips(QWidget):
    """The classes with their colours, flowing over lines."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__()
        self._classes = [(entry.name, entry.colour) for entry in card.class_set.classes]
        self.setAccessibleName(", ".join(card.class_set.names))
        # Not fixed: that would be the height of its size hint, which it does not have, and nothing would be seen.
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._flow(width, None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._flow(self.width(), painter)
        painter.end()

    def _flow(self, width: int, painter: QPainter | None) -> int:
        """Lay the chips out, and paint them where there is a painter. Returns the height, pixels."""
        metrics, x, y = self.fontMetrics(), 0, 0
        for name, colour in self._classes:
            across = metrics.horizontalAdvance(name) + 32
            if x and x + across > width:
                x, y = 0, y + 28
            if painter is not None:
                painter.setPen(QPen(QColor(colours().line)))
                painter.setBrush(QColor(colours().raised))
                painter.drawRoundedRect(QRectF(x + 0.5, y + 0.5, across, 22), 11, 11)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colour))
                painter.drawEllipse(QPointF(x + 13, y + 11.5), 5, 5)
                painter.setPen(QColor(colours().text))
                painter.drawText(QRectF(x + 23, y, across, 23), Qt.AlignmentFlag.AlignVCenter, name)
            x += across + 7
        return y + 25


class _Curve(QWidget):
    """Score over training steps."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__()
        self._points = card.curve
        self.setFixedHeight(90)
        self.setAccessibleName(f"From {card.curve[0][1]:.1f} to {card.curve[-1][1]:.1f}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        steps, scores = zip(*self._points, strict=True)
        low, high = min(scores), max(scores)
        box = QRectF(2, 6, self.width() - 54, self.height() - 14)

        def at(step: int, score: float) -> QPointF:
            x = (step - steps[0]) / max(1, steps[-1] - steps[0])
            return QPointF(
                box.left() + x * box.width(), box.bottom() - (score - low) / max(1e-6, high - low) * box.height()
            )

        painter.setPen(QPen(QColor(colours().line), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setPen(QPen(QColor(colours().accent), 1.8))
        painter.drawPolyline(QPolygonF([at(*point) for point in self._points]))
        painter.setPen(QColor(colours().muted))
        painter.drawText(QPointF(box.right() + 8, at(steps[-1], scores[-1]).y() + 4), f"{scores[-1]:.1f}")
        painter.drawText(QPointF(box.right() + 8, box.bottom() + 4), f"{low:.1f}")
        painter.end()
