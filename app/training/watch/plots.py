"""How a training goes, as curves over its steps: one small plot for each number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsWidget, QHBoxLayout, QVBoxLayout, QWidget

from app.compare.labels import label, tip
from app.curves.parts import SLOT_COLOURS, Area, TimeAxis, ValueAxis, nice_above, small_font
from app.style.theme import colours

Series = Mapping[str, Sequence[tuple[int, float]]]
"""By name the (step, value) so far."""

_HEIGHT = 118  # pixels that a plot has at least
_AXIS_WIDTH, _AXIS_HEIGHT = 38, 20
_AIR = 1.08
_BEHIND = 1.03
_FEW = 30  # points; so many are marked each
_ASIDE = "_aside"
_NO_TERMS = ("images_per_s",)


@dataclass(frozen=True, slots=True)
class Shown:
    """One plot. title, unit: over it. tip: what it is. times: from the value to what is shown. of_100: counted from 100
    down, as most of it is near there.
    """

    title: str
    unit: str
    tip: str
    times: float = 1
    digits: int = 3
    of_100: bool = False


_LOSSES = {
    "loss": ("Loss", "All terms together, each with its weight. The training makes it small."),
    "temporal": (
        "Temporal",
        "How far the masks of two frames differ where they show the same, brought along the motion.",
    ),
    "single_frame": ("Single frame", "How far the masks are from what the teacher says of each frame by itself."),
    "cross_entropy": ("Cross entropy", "How far the masks are from the labels."),
}
_CHOOSING = {
    "flicker": Shown(
        "Flicker",
        "%",
        "On the frames that choose, which it does not learn from: share of the visible pixels whose class differs from "
        "the frame before. Below the dashed line, the model before, is better.",
        times=100,
        digits=2,
    ),
    "agreement": Shown(
        "Agreement",
        "of 100",
        "On the frames that choose: how far the masks are what the model is sure of in single frames. It should not "
        "fall far below the dashed line, the model before.",
        digits=1,
        of_100=True,
    ),
}


class SeriesPlot(QWidget):
    """One number over the steps, and what it was before as a dashed line. GUI thread only."""

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self.shown = shown
        self.setToolTip(tip(shown.tip))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(5)
        self.title = label("title", shown.title)
        self.value = label("", "–")
        for widget in (self.title, label("faint", shown.unit, small=True)):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.value)
        column.addLayout(head)
        self._view = pg.GraphicsView()
        self._view.setMinimumHeight(_HEIGHT)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area, steps, values = Area(), TimeAxis(), ValueAxis()
        whole = QGraphicsWidget()
        grid = QGraphicsGridLayout(whole)
        # Room for half of the highest number, and for the last point.
        grid.setContentsMargins(0, 8, 4, 0)
        grid.setSpacing(0)
        for item, row, place in ((values, 0, 0), (self._area, 0, 1), (steps, 1, 1)):
            grid.addItem(item, row, place)
        grid.setRowStretchFactor(0, 1)
        self._view.setCentralItem(whole)
        steps.timed = False
        values.setWidth(_AXIS_WIDTH)
        values.setGrid(255)
        values.setZValue(self._area.zValue() - 1)
        steps.setHeight(_AXIS_HEIGHT)
        self._axes = (steps, values)
        small = small_font(self.font())
        for axis in self._axes:
            axis.linkToView(self._area)
            axis.setStyle(tickFont=small, tickTextOffset=5, tickLength=0, maxTickLevel=0, hideOverlappingLabels=False)
        self.curve = pg.PlotDataItem(antialias=True)
        self.before = pg.InfiniteLine(angle=0, movable=False)
        self.before.hide()
        for item in (self.before, self.curve):
            self._area.addItem(item, ignoreBounds=True)
        column.addWidget(self._view, 1)
        self._apply_theme()

    def draw(self, points: Sequence[tuple[int, float]], before: float | None = None) -> None:
        """points: (step, value); of a step that was taken twice the last counts. before: the dashed line."""
        known = sorted(dict(points).items())
        x = np.array([step for step, _ in known], np.float64)
        y = np.array([value for _, value in known], np.float64) * self.shown.times
        marked = len(known) <= _FEW
        self.curve.setData(x, y, symbol="o" if marked else None, symbolSize=5)
        line = None if before is None else before * self.shown.times
        self.before.setVisible(line is not None)
        if line is not None:
            self.before.setPos(line)
        digits = self.shown.digits
        text = f"{y[-1]:.{digits}f}" if len(y) else "–"
        was = f", before {line:.{digits}f}" if line is not None else ""
        self.value.setText(text)
        self.setAccessibleName(f"{self.shown.title}, {self.shown.unit}: {text}{was}")
        low, high = _reach(y if line is None else np.append(y, line), of_100=self.shown.of_100)
        first, last = (x[0], x[-1]) if len(x) else (0, 1)
        end = max(last, 1) * _BEHIND
        self._area.setRange(xRange=(min(0, first), end), yRange=(low, high), padding=0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "before"):
            self._apply_theme()

    def _apply_theme(self) -> None:
        theme = colours()
        self._view.setBackground(theme.ground)
        for axis in self._axes:
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.faint))
            axis.setTickPen(pg.mkPen(theme.line))
        self._axes[1].setPen(pg.mkPen(None))
        # The student goes to slot B, and what it was before stands in A: here they have the same colours.
        self.curve.setPen(pg.mkPen(SLOT_COLOURS[1], width=1.75))
        self.curve.setSymbolBrush(SLOT_COLOURS[1])
        self.curve.setSymbolPen(None)
        self.before.setPen(pg.mkPen(SLOT_COLOURS[0], width=1.5, style=Qt.PenStyle.DashLine))


class TrainingPlots(QWidget):
    """Every loss term above; flicker and agreement on the frames that choose below, and beside them `aside`."""

    def __init__(self, aside: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._losses, below = QHBoxLayout(), QHBoxLayout()
        for row in (self._losses, below):
            row.setSpacing(14)
            column.addLayout(row, 1)
        self.plots: dict[str, SeriesPlot] = {}
        for name in ("loss", "single_frame", "temporal"):
            self._add_loss(name)
        for name, shown in _CHOOSING.items():
            self.plots[name] = SeriesPlot(shown)
            below.addWidget(self.plots[name], 1)
        below.addWidget(aside, 1)

    def draw(self, series: Series) -> None:
        """Show all that is known; a loss term gets its plot with its first value."""
        for name in series:
            if name not in self.plots and not name.endswith(_ASIDE) and name not in _NO_TERMS:
                self._add_loss(name)
        for name, plot in self.plots.items():
            if name in _CHOOSING:
                before = series.get(f"{name}_before{_ASIDE}")
                plot.draw(series.get(f"{name}{_ASIDE}", ()), before[-1][1] if before else None)
            else:
                plot.draw(series.get(name, ()))

    def _add_loss(self, name: str) -> None:
        title, text = _LOSSES.get(name, (name.replace("_", " ").capitalize(), "A term of the loss."))
        self.plots[name] = SeriesPlot(Shown(title, "", text))
        self._losses.addWidget(self.plots[name], 1)


def _reach(values: NDArray[np.float64], *, of_100: bool) -> tuple[float, float]:
    """Lowest and highest value of the axis."""
    known = values[np.isfinite(values)]
    if of_100:
        far = max(1.0, 100 - float(known.min())) if len(known) else 10.0
        return max(0.0, 100 - nice_above(far * _AIR)), 100.0
    far = float(known.max()) if len(known) else 1.0
    return 0.0, nice_above(max(far, 1e-4) * _AIR)
