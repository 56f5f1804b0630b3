"""One measure over time: its curves for A and B, axes, values, play line, cross-hair and pinned span."""

from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPen
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsWidget

from app.curves.parts import SLOT_COLOURS, Area, Dot, Heading, TimeAxis, ValueAxis, nice_above
from app.curves.snapshot import SLOTS, Line
from app.style.theme import colours
from engine.live.counts import Measure

TITLES: dict[Measure, tuple[str, str]] = {
    "flicker": ("Flicker", "%"),
    "soft_flicker": ("Soft flicker", "%"),
    "tc": ("tc", "of 100"),
    "inference_ms": ("Inference", "ms"),
}
"""Name and unit of each measure."""
TIPS: dict[Measure, str] = {
    "flicker": "Flicker: share of the visible pixels whose class differs from the one before, brought along the "
    "motion. Less is better.",
    "soft_flicker": "Soft flicker of a matte: by how much alpha differs from the one before, brought along the motion; "
    "mean over the visible pixels, 100 is from nothing to all. Less is better.",
    "tc": "Temporal consistency: how well each class covers where it was a frame before, brought along the motion; "
    "mean over the classes, 100 is all of it. More is better.",
    "inference_ms": "Inference: the time that a frame's masks take.",
}
"""What each one is, in a sentence or two; Help, What the numbers mean, has more."""
_DIGITS: dict[Measure, int] = {"flicker": 2, "soft_flicker": 2, "tc": 1, "inference_ms": 1}
_AXIS_WIDTH = 34
_GAP = 5  # between heading and curves
_AXIS_HEIGHT = 22
_LEAST_TOP = 1.0  # percent, points or ms that an axis covers at least
_AIR = 1.08  # above the highest value
_WIDE = 1.75  # pixels
_FAINT = 85  # of 255: the measured line behind its mean


class Plot(QGraphicsWidget):
    """GUI thread only. Draws what it is given; what is in view is decided elsewhere."""

    span_dragged = Signal(float, float)
    """x of both edges of the pinned span while one of them is dragged."""
    span_dropped = Signal()
    """The edge is let go."""
    pointed = Signal(str, object)
    """The measure, and x under the pointer or None."""

    def __init__(self, measure: Measure) -> None:
        super().__init__()
        self.measure = measure
        self.heading = Heading(*TITLES[measure])
        self.heading.setToolTip(f"<p>{TIPS[measure]}</p>")
        self.area = Area()
        self.time_axis = TimeAxis()
        self.value_axis = ValueAxis()
        grid = QGraphicsGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addItem(self.heading, 0, 0, 1, 2)
        grid.setRowSpacing(0, _GAP)
        grid.addItem(self.value_axis, 1, 0)
        grid.addItem(self.area, 1, 1)
        grid.addItem(self.time_axis, 2, 1)
        grid.setRowStretchFactor(1, 1)
        for axis in (self.time_axis, self.value_axis):
            axis.linkToView(self.area)
        self.value_axis.setWidth(_AXIS_WIDTH)
        self.value_axis.setGrid(255)
        self.value_axis.setZValue(self.area.zValue() - 1)  # its lines lie behind the curves
        self.curves = {
            (slot, smooth): pg.PlotCurveItem(connect="finite", skipFiniteCheck=True)
            for smooth in (False, True)
            for slot in SLOTS
        }
        for curve in self.curves.values():
            self.area.addItem(curve, ignoreBounds=True)
        self.play_line = pg.InfiniteLine(movable=False)
        self.cross_hair = pg.InfiniteLine(movable=False)
        for line in (self.play_line, self.cross_hair):
            line.hide()
            self.area.addItem(line, ignoreBounds=True)
        self.dots = tuple(Dot(slot) for slot in SLOTS)
        for dot in self.dots:
            self.area.addItem(dot, ignoreBounds=True)
        self.span = pg.LinearRegionItem(swapMode="block")
        # Its edges can be dragged; within it one pans as everywhere.
        self.span.movable = False
        self.span.hide()
        self.area.addItem(self.span, ignoreBounds=True)
        self.span.sigRegionChanged.connect(self._on_span)
        self.span.sigRegionChangeFinished.connect(self._on_span_finished)
        self.area.pointed.connect(self._on_pointed)
        self._told = False
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take up the colours of the theme."""
        theme = colours()
        for axis in (self.time_axis, self.value_axis):
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.faint))
            axis.setTickPen(pg.mkPen(theme.line))
        self.value_axis.setPen(pg.mkPen(None))
        self.play_line.setPen(pg.mkPen(theme.text, width=1))
        self.cross_hair.setPen(pg.mkPen(theme.faint, width=1, style=Qt.PenStyle.DashLine))
        ground = QColor(theme.accent)
        ground.setAlpha(26)
        self.span.setBrush(ground)
        self.span.setHoverBrush(ground)
        for edge in self.span.lines:
            edge.setPen(pg.mkPen(theme.accent, width=1))
            edge.setHoverPen(pg.mkPen(theme.accent, width=3))
        self.heading.update()

    def set_fonts(self, font: QFont, small: QFont) -> None:
        """font: of the heading. small: of the axes."""
        self.heading.setFont(font)
        for axis in (self.time_axis, self.value_axis):
            axis.setStyle(tickFont=small, tickTextOffset=5, tickLength=0, maxTickLevel=0, hideOverlappingLabels=False)

    def show_time(self, shown: bool) -> None:
        """With or without the numbers under the plot."""
        self.time_axis.setStyle(showValues=shown)
        self.time_axis.setHeight(_AXIS_HEIGHT if shown else 6)

    # ---- what is drawn

    def draw(self, lines: tuple[Line | None, ...], shown: tuple[float, float], *, smooth: bool) -> None:
        """lines: by slot. shown: x that is in view. smooth: with the rolling mean in front."""
        columns = max(1, round(self.area.width()))
        seen: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        for slot, line in zip(SLOTS, lines, strict=True):
            heights = []
            for mean in (False, True):
                curve = self.curves[slot, mean]
                levels = None if line is None or (mean and not smooth) else line.smooth if mean else line.raw
                if levels is None:
                    curve.clear()
                    heights.append(np.zeros(0))
                    continue
                # A smooth line needs fewer points, and each costs more.
                path = levels.path(*shown, columns // 2 if mean else columns)
                # A line that fills its columns looks no better for a costly pen.
                front = mean or not smooth
                curve.setData(
                    path.x,
                    path.y,
                    pen=_pen(slot, faint=not front, wide=front and (mean or not path.dense)),
                    antialias=mean or not path.dense,
                    connect="finite",
                    skipFiniteCheck=True,
                )
                heights.append(path.y)
            seen.append((heights[0], heights[1]))
        self.area.setRange(xRange=shown, yRange=_reach(self.measure, seen), padding=0)

    def show_values(self, index: int | None, lines: tuple[Line | None, ...]) -> None:
        """Write down what was measured of a frame, by slot."""
        self.heading.show_values(tuple(None if line is None else self._text(line, index) for line in lines))

    def point_at(self, x: float | None, values: tuple[float | None, ...] = ()) -> None:
        """Put the cross-hair at `x`, and a dot on each curve that has a value there; None takes them away."""
        self.cross_hair.setVisible(x is not None)
        if x is not None:
            self.cross_hair.setPos(x)
        for dot, value in zip(self.dots, values or (None,) * len(self.dots), strict=True):
            dot.setVisible(value is not None)
            if x is not None and value is not None:
                dot.setPos(x, value)

    def show_span(self, edges: tuple[float, float] | None) -> None:
        """Draw the pinned span; None: there is none."""
        self._told = True
        self.span.setVisible(edges is not None)
        if edges is not None:
            self.span.setRegion(edges)
        self._told = False

    @property
    def dragged(self) -> bool:
        """Whether an edge of the span is held."""
        return any(edge.moving for edge in self.span.lines)

    @property
    def place(self) -> QRectF:
        """Where the curves are, in the scene."""
        return self.area.mapRectToScene(self.area.boundingRect())

    def _text(self, line: Line, index: int | None) -> str:
        value = None if index is None else line.value(index)
        return "–" if value is None else f"{value:.{_DIGITS[self.measure]}f}"

    def _on_pointed(self, x: float | None) -> None:
        self.pointed.emit(self.measure, x)

    def _on_span(self) -> None:
        if not self._told:
            self.span_dragged.emit(*self.span.getRegion())

    def _on_span_finished(self) -> None:
        if not self._told:
            self.span_dropped.emit()


@cache
def _pen(slot: int, *, faint: bool, wide: bool) -> QPen:
    colour = QColor(SLOT_COLOURS[slot])
    if faint:
        colour.setAlpha(_FAINT)
    return pg.mkPen(colour, width=_WIDE if wide else 1)


def _reach(measure: Measure, seen: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> tuple[float, float]:
    """Lowest and highest value of the axis: round, and not stretched by a few outliers of the measured lines."""
    below = measure == "tc"
    far = _LEAST_TOP
    for raw, mean in seen:
        for values, share in ((raw, 0.99), (mean, 1.0)):
            known = values[np.isfinite(values)]
            if len(known):
                known = 100 - known if below else known
                place = int(share * (len(known) - 1))
                far = max(far, float(np.partition(known, place)[place]) * _AIR)
    far = nice_above(far)
    return (max(0.0, 100 - far), 100.0) if below else (0.0, far)
