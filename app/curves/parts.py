"""What a plot is made of: axes, the area that is zoomed and clicked, the line of values above it, the bubble."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneWheelEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.style.slot_colours import A, B
from app.style.theme import colours

SLOT_COLOURS = (A, B)
HEADING_HEIGHT = 22.0
_END, _BESIDE, _APART, _CLOSE, _DOT = 2.0, 5.0, 12.0, 7.0, 7.0
"""In a heading: behind the last value, between what belongs together, between slots (without letters less), and of a
dot; pixels."""
_ZOOM_STEP = 1.25
_WHEEL_STEP = 120.0  # of a usual wheel, in eighths of a degree
_PAN_STEP = 0.1  # of what is in view
_TICK_PX = 76.0
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000, 86400)


def small_font(font: QFont) -> QFont:
    """`font` a little smaller, for what stands at axes."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.85)
    return small


class _Axis(pg.AxisItem):
    """Leaves the pointer to the area beside it."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        event.ignore()

    def mouseDragEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]

    def mouseClickEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]


class TimeAxis(_Axis):
    """Seconds as people read them, or numbers of frames, from 0."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.timed = True

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        step = self._step(maxVal - minVal, size)
        first, last = math.ceil(minVal / step), math.floor(maxVal / step)
        return [(step, [number * step for number in range(first, last + 1)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if not self.timed:
            return [f"{round(value)}" for value in values]
        return [_short_clock(value, spacing) for value in values]

    def _step(self, length: float, size: float) -> float:
        least = length * _TICK_PX / max(1.0, size)
        if self.timed:
            return next((step for step in _SECONDS if step >= least), _SECONDS[-1] * math.ceil(least / _SECONDS[-1]))
        return max(1.0, nice_above(least))


class ValueAxis(_Axis):
    """Few round numbers, and quiet lines at them."""

    def __init__(self) -> None:
        super().__init__("left")

    def boundingRect(self) -> QRectF:
        # Room for half of the highest and of the lowest number.
        return super().boundingRect().adjusted(0, -8, 0, 8)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        parts = 2 if size < 110 else 4
        step = (maxVal - minVal) / parts
        return [(step, [minVal + number * step for number in range(parts + 1)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{value:.4g}" for value in values]


class Area(pg.ViewBox):
    """Where curves are drawn. It only says what is asked for; whoever holds it decides what is in view."""

    clicked = Signal(float)
    """x."""
    double_clicked = Signal()
    zoomed = Signal(float, float)
    """Factor of what is in view, and x of what stays where it is."""
    panned = Signal(float)
    """x to move on by."""
    marked = Signal(float, float)
    """x of both ends of a stretch that is being drawn with Shift."""
    dropped = Signal()
    """It is drawn."""
    pointed = Signal(object)
    """x under the pointer, or None."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False, defaultPadding=0)
        self.disableAutoRange()

    def wheelEvent(self, event: QGraphicsSceneWheelEvent, axis: int | None = None) -> None:
        steps = event.delta() / _WHEEL_STEP
        if event.orientation() == Qt.Orientation.Horizontal:
            left, right = self.viewRange()[0]
            self.panned.emit(-steps * _PAN_STEP * (right - left))
        else:
            self.zoomed.emit(_ZOOM_STEP**-steps, self.mapToView(event.pos()).x())
        event.accept()

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:
        button = event.button()  # type: ignore[attr-defined]
        if button == Qt.MouseButton.RightButton:
            return
        event.accept()  # type: ignore[attr-defined]
        here = self._x(event.pos())  # type: ignore[attr-defined]
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:  # type: ignore[attr-defined]
            begin = self._x(event.buttonDownPos())  # type: ignore[attr-defined]
            self.marked.emit(min(begin, here), max(begin, here))
            if event.isFinish():  # type: ignore[attr-defined]
                self.dropped.emit()
        else:
            self.panned.emit(self._x(event.lastPos()) - here)  # type: ignore[attr-defined]

    def mouseClickEvent(self, event: object) -> None:
        if event.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            return
        event.accept()  # type: ignore[attr-defined]
        if event.double():  # type: ignore[attr-defined]
            self.double_clicked.emit()
        else:
            self.clicked.emit(self._x(event.pos()))  # type: ignore[attr-defined]

    def hoverEvent(self, event: object) -> None:
        self.pointed.emit(None if event.isExit() else self._x(event.pos()))  # type: ignore[attr-defined]

    def _x(self, position: QPointF) -> float:
        return float(self.mapToView(position).x())


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of a heading. what: `title`, `unit`, `dot`, `letter` or `value`. left, width: pixels."""

    what: str
    text: str
    left: float
    width: float
    slot: int = 0


class Heading(QGraphicsWidget):
    """What a plot shows, and the values of A and B at one frame."""

    def __init__(self, title: str, unit: str) -> None:
        super().__init__()
        self._title, self._unit = title, unit
        self._values: tuple[str | None, ...] = ()
        self.setPreferredHeight(HEADING_HEIGHT)
        self.setMaximumHeight(HEADING_HEIGHT)
        self.setMinimumHeight(HEADING_HEIGHT)

    def show_values(self, values: tuple[str | None, ...]) -> None:
        """values: by slot; None for a slot that is empty."""
        if values != self._values:
            self._values = values
            self.update()

    @property
    def values(self) -> tuple[str | None, ...]:
        """What stands there, by slot."""
        return self._values

    def places(self) -> list[Placed]:
        """What stands where, from left to right, none upon another. Where there is not enough room the unit goes,
        then the letters (their dots stay), then the title is cut.
        """
        bold, metrics = QFontMetricsF(self._bold()), QFontMetricsF(self.font())
        slots = [(slot, value) for slot, value in enumerate(self._values) if value is not None]
        # As wide as most, so that nothing moves while they change.
        wide = [max(metrics.horizontalAdvance(value), metrics.horizontalAdvance("00.00")) for _, value in slots]
        title, unit = bold.horizontalAdvance(self._title), metrics.horizontalAdvance(self._unit)
        letter = metrics.horizontalAdvance("A") + _BESIDE
        room = self.size().width() - _END - title - sum(wide) - len(slots) * (_DOT + _BESIDE + _APART)
        letters = room >= len(slots) * letter
        apart = _APART if letters else _CLOSE
        placed, right = list[Placed](), self.size().width() - _END
        for (slot, value), width in reversed(list(zip(slots, wide, strict=True))):
            right -= width
            placed.append(Placed("value", value, right, width, slot))
            if letters:
                right -= letter
                placed.append(Placed("letter", "AB"[slot], right, letter - _BESIDE, slot))
            right -= _BESIDE + _DOT
            placed.append(Placed("dot", "", right, _DOT, slot))
            right -= apart
        if letters and title + _BESIDE + unit <= right:
            placed.append(Placed("unit", self._unit, title + _BESIDE, unit))
        title = min(title, max(0.0, right))
        placed.append(Placed("title", bold.elidedText(self._title, Qt.TextElideMode.ElideRight, title + 1), 0.0, title))
        return placed[::-1]

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, height = colours(), self.size().height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inks = {"title": theme.text, "unit": theme.faint, "letter": theme.muted, "value": theme.text}
        for each in self.places():
            if each.what == "dot":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(SLOT_COLOURS[each.slot]))
                painter.drawEllipse(QRectF(each.left, height / 2 - _DOT / 2, _DOT, _DOT))
                continue
            painter.setFont(self._bold() if each.what == "title" else self.font())
            painter.setPen(QColor(theme.faint if each.text == "–" else inks[each.what]))
            # A text may be a little wider than its letters' advance.
            painter.drawText(QRectF(each.left, 0, each.width + 2, height), Qt.AlignmentFlag.AlignVCenter, each.text)

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font


class Bubble(QGraphicsItem):
    """A line of text beside the cross-hair. Its position is that of the cross-hair at the top of the plot."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._size = QSizeF()
        self._font = QFont()
        self.setZValue(100)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def say(self, text: str, font: QFont, place: QPointF, within: QRectF) -> None:
        """place, within: of the cross-hair and of the plot, in the scene; the text stays inside the plot."""
        metrics = QFontMetricsF(font)
        size = QSizeF(metrics.horizontalAdvance(text) + 14, metrics.height() + 6)
        self.prepareGeometryChange()
        self._text, self._font, self._size = text, font, size
        left = place.x() + 7
        if left + size.width() > within.right():
            left = place.x() - 7 - size.width()
        self.setPos(max(within.left(), left), within.top() + 3)
        self.show()

    def boundingRect(self) -> QRectF:
        return QRectF(QPointF(0, 0), self._size).adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, area = colours(), QRectF(QPointF(0, 0), self._size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.line))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(area, 5, 5)
        painter.setPen(QColor(theme.text))
        painter.setFont(self._font)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._text)


class Dot(QGraphicsItem):
    """A point on a curve, of one size at any zoom."""

    def __init__(self, slot: int) -> None:
        super().__init__()
        self._slot = slot
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(60)
        self.hide()

    def boundingRect(self) -> QRectF:
        return QRectF(-5, -5, 10, 10)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pg.mkPen(colours().ground, width=1.5))
        painter.setBrush(QColor(SLOT_COLOURS[self._slot]))
        painter.drawEllipse(QPointF(0, 0), 3.75, 3.75)


def nice_above(value: float) -> float:
    """The next round number at or above `value`; value > 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10, 20) if step * power >= value * (1 - 1e-9))


def _short_clock(seconds: float, step: float) -> str:
    """0:03, 1:02:03; with tenths where ticks stand closer than a second."""
    sign, tenths = "−" if seconds < -0.05 else "", round(abs(seconds) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{head}:{tenths // 10:02}" + (f".{tenths % 10}" if step < 1 else "")
