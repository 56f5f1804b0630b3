"""The scrub bar: where the clip is, what of it plays, how it flickers, and what is under the pointer."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QStyle, QWidget

from app.style import slot_colours
from app.style.theme import colours
from app.views.flicker_lane import FlickerLane

_LABEL = 20.0  # height of the line for what is under the pointer
_BAR = 6.0
_KNOB = 7.0
_SIDE = 9.0  # room left and right, so that the knob is whole at both ends
_LANE = 5.0  # height of a strip of flicker
_GAP = 3.0  # between the bar and a strip
_TICK = 5.0  # height of the sign of a worst moment
_FLAG = 7.0  # height and width of a marker's flag
_NEAR = 5.0  # pixels within which a marker is meant


class Timeline(QAbstractSlider):
    """A slider over the frames of a clip, which goes where it is clicked. Its value is a frame's index, from 0."""

    menu_asked = Signal(int, QPoint)
    """A menu is wanted: for this frame, at this point of the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setPageStep(10)
        self.setMinimumWidth(140)
        self.setAccessibleName("Position in the clip, in frames")
        self._range: tuple[int, int] | None = None
        self._rate: Fraction | None = None
        self._hover: float | None = None
        self._lanes: tuple[FlickerLane | None, FlickerLane | None] = (None, None)
        self._moments: tuple[int, ...] = ()
        self._markers: dict[int, str] = {}
        self.valueChanged.connect(self._describe)
        self.rangeChanged.connect(self._describe)

    def set_rate(self, rate: Fraction | None) -> None:
        """Frames per second, for the time under the pointer."""
        self._rate = rate

    def set_range(self, range_: tuple[int, int] | None) -> None:
        """(first, last) frame that plays, both included; None for all."""
        self._range = range_
        self._describe()
        self.update()

    def set_flicker(self, a: NDArray | None, b: NDArray | None) -> None:
        """Strips of slots A, above the bar, and B, below it; None for none.

        a, b: flicker (n,), 0..1, in n equal parts of the clip, any n; nan where it is unknown.
        """
        slots = ((a, slot_colours.A), (b, slot_colours.B))
        lanes = [None if each is None or not len(each) else FlickerLane(each, colour) for each, colour in slots]
        self._lanes = (lanes[0], lanes[1])
        self._fit_height()

    def set_moments(self, moments: Sequence[int]) -> None:
        """Frames that are marked as the worst moments."""
        self._moments = tuple(moments)
        self._fit_height()

    def set_markers(self, names: Mapping[int, str]) -> None:
        """Frames that a person marked, each with its name or an empty one."""
        self._markers = dict(names)
        self._describe()
        self.update()

    def ask_menu(self) -> None:
        """As the keyboard's menu key: for the frame shown."""
        self.menu_asked.emit(self.value(), self.mapToGlobal(QPoint(round(self.x_of(self.value())), self.height() // 2)))

    def _fit_height(self) -> None:
        self.updateGeometry()
        self._describe()
        self.update()

    def _describe(self) -> None:
        """Say where it is to who cannot see it: frame, time, what flickers there, what plays, the worst moments."""
        here = self.value()
        told = [f"Frame {here} of 0 to {self.maximum()}"]
        if self._rate:
            told.append(frame_clock(here, self._rate))
        flicker = self._flicker_at(here)
        if flicker:
            told.append(f"flicker {' and '.join(flicker)}")
        if self._range is not None:
            told.append(f"plays frames {self._range[0]} to {self._range[1]}")
        if self._moments:
            told.append(f"{len(self._moments)} worst moments")
        if here in self._markers:
            told.append(f"marker {self._markers[here]}".rstrip())
        if self._markers:
            told.append(f"{len(self._markers)} marker{'s' if len(self._markers) > 1 else ''}")
        self.setAccessibleDescription(", ".join(told))

    @property
    def _above(self) -> float:
        """Height of what stands between the label's line and the knob's middle, in pixels."""
        above = _BAR / 2 + _GAP + _LANE + 2 if self._lanes[0] is not None else _KNOB + 2
        return above + (_TICK if self._moments else 0)

    @property
    def _below(self) -> float:
        """Height of what is below the knob's middle, in pixels."""
        return _KNOB + 2 if self._lanes[1] is None else _BAR / 2 + _GAP + _LANE + 1

    def sizeHint(self) -> QSize:
        return QSize(320, round(_LABEL + self._above + self._below))

    def minimumSizeHint(self) -> QSize:
        return QSize(140, self.sizeHint().height())

    def frame_at(self, x: float) -> int:
        """The frame at a point of this widget, in its pixels."""
        span = max(1.0, self.width() - 2 * _SIDE)
        share = min(1.0, max(0.0, (x - _SIDE) / span))
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), round(share * span), round(span))

    def x_of(self, frame: float) -> float:
        """Where a frame is in this widget, in its pixels."""
        span = max(1, self.maximum() - self.minimum())
        return _SIDE + (frame - self.minimum()) / span * (self.width() - 2 * _SIDE)

    # ---- Qt's events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position().x()
        if self.isSliderDown():
            self._go(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self.setSliderDown(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.ask_menu()
            return
        x = event.pos().x()
        near = min(self._markers, key=lambda frame: abs(self.x_of(frame) - x), default=None)
        meant = near if near is not None and abs(self.x_of(near) - x) <= _NEAR else self.frame_at(x)
        self.menu_asked.emit(meant, event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

    def _go(self, event: QMouseEvent) -> None:
        self.setSliderPosition(self.frame_at(event.position().x()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = _LABEL + self._above
        bar = QRectF(_SIDE, middle - _BAR / 2, self.width() - 2 * _SIDE, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.edge))
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
        if self.isEnabled():
            self._paint_flicker(painter, bar)
            self._paint_range(painter, bar)
            self._paint_markers(painter, bar)
            here = self.x_of(self.sliderPosition())
            if self._hover is not None:
                self._paint_hover(painter, bar)
            painter.setBrush(QColor(theme.accent if self.isSliderDown() or self.hasFocus() else theme.text))
            painter.setPen(QPen(QColor(theme.ground), 2))
            painter.drawEllipse(QPointF(here, middle), _KNOB, _KNOB)
        painter.end()

    def _paint_flicker(self, painter: QPainter, bar: QRectF) -> None:
        """Strips along the bar, and signs over the worst moments."""
        theme = colours()
        # A frame's part of the clip lies around its place on the bar.
        left, right = self.x_of(self.minimum() - 0.5), self.x_of(self.maximum() + 0.5)
        for lane, top in zip(self._lanes, (bar.top() - _GAP - _LANE, bar.bottom() + _GAP), strict=True):
            if lane is not None:
                lane.paint(painter, QRectF(bar.left(), top, bar.width(), _LANE), QRectF(left, top, right - left, _LANE))
        foot = bar.top() - _GAP - (_LANE + 1 if self._lanes[0] is not None else 0)
        painter.setBrush(QColor(theme.muted))
        for moment in self._moments:
            x = self.x_of(moment)
            corners = ((x - 3.5, foot - _TICK), (x + 3.5, foot - _TICK), (x, foot))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))

    def _paint_markers(self, painter: QPainter, bar: QRectF) -> None:
        """A pole through the bar for each marker, with its flag in the label's line, so that nothing moves."""
        theme = colours()
        top = _LABEL - _FLAG - 0.5
        for frame in self._markers:
            if not self.minimum() <= frame <= self.maximum():
                continue
            x = self.x_of(frame)
            painter.setPen(QPen(QColor(theme.amber), 1.4))
            painter.drawLine(QPointF(x, top), QPointF(x, bar.bottom() + 2))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.amber))
            corners = ((x, top), (x + _FLAG, top + _FLAG / 2), (x, top + _FLAG))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))

    def _paint_range(self, painter: QPainter, bar: QRectF) -> None:
        """What has been played, within what plays; brackets at in and out."""
        theme = colours()
        first, last = self._range or (self.minimum(), self.maximum())
        left, right = self.x_of(first), self.x_of(last)
        if self._range is not None:
            painter.setBrush(QColor(theme.accent_soft))
            painter.drawRoundedRect(QRectF(left, bar.top(), max(2.0, right - left), _BAR), 2, 2)
        here = min(max(self.x_of(self.sliderPosition()), left), right)
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(QRectF(left, bar.top(), max(0.0, here - left), _BAR), _BAR / 2, _BAR / 2)
        if self._range is not None:
            painter.setPen(QPen(QColor(theme.text), 1.8))
            for x, way in ((left, 1), (right, -1)):
                top, bottom = bar.center().y() - 8, bar.center().y() + 8
                points = ((x + 4 * way, top), (x, top), (x, bottom), (x + 4 * way, bottom))
                painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))
            painter.setPen(Qt.PenStyle.NoPen)

    def _paint_hover(self, painter: QPainter, bar: QRectF) -> None:
        """The frame and time under the pointer, above the bar."""
        assert self._hover is not None
        theme = colours()
        frame = self.frame_at(self._hover)
        x = self.x_of(frame)
        text = f"{frame}"
        if self._rate:
            text += f"  ·  {frame_clock(frame, self._rate)}"
        text += self._flicker_text(frame)
        if self._markers.get(frame):
            text += f"  ·  {self._markers[frame]}"
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawLine(QPointF(x, bar.top() - 4), QPointF(x, bar.bottom() + 4))
        width = painter.fontMetrics().horizontalAdvance(text) + 18.0
        bubble = QRectF(min(max(x - width / 2, 0.5), self.width() - width - 0.5), 0.5, width, _LABEL - 1)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(bubble, 5, 5)
        painter.setPen(QColor(theme.text))
        painter.drawText(bubble, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(Qt.PenStyle.NoPen)

    def _flicker_text(self, frame: int) -> str:
        """What flickers at a frame, for the bubble."""
        told = self._flicker_at(frame)
        return f"  ·  flicker {'  '.join(told)}" if told else ""

    def _flicker_at(self, frame: int) -> list[str]:
        """What of A and of B flickers at a frame, by their letters; nothing of what is unknown."""
        frames = self.maximum() - self.minimum() + 1
        values = [None if lane is None else lane.at(frame, frames) for lane in self._lanes]
        return [f"{slot} {100 * value:.1f} %" for slot, value in zip("AB", values, strict=True) if value is not None]


def clock(seconds: float) -> str:
    """Seconds as people read them: 0:03.2, 1:02:03.2."""
    return clock_exact(round(max(0.0, seconds) * 10) * 100)[:-2]


def clock_exact(milliseconds: int) -> str:
    """As `clock`, to the millisecond: 0:03.200."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{seconds:02}.{milliseconds:03}"


def frame_clock(index: int, rate: Fraction | None) -> str:
    """When frame `index` of a clip begins, by its rate, as `clock` writes it; empty without a steady rate."""
    return clock(float(index / rate)) if rate else ""
