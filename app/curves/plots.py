"""The plots of all measures over one time: one under the other where there is height, side by side where not."""

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QGraphicsLinearLayout, QGraphicsWidget, QWidget

from app.curves.parts import Bubble, small_font
from app.curves.plot import Plot
from app.curves.snapshot import Line, Snapshot
from app.style.theme import colours
from app.views.timeline import clock
from engine.live.counts import MEASURES, OF_MATTES, Measure

_LEAST_HEIGHT = 110  # pixels that a plot has at least where they stand one under the other
_SIDE = 10
_AIR = 16  # between plots


class PlotsView(pg.GraphicsView):
    """Draws a snapshot; says what is clicked and dragged, all in x. GUI thread only."""

    clicked = Signal(float)
    fit_asked = Signal()
    zoomed = Signal(float, float)
    panned = Signal(float)
    span_dragged = Signal(float, float)
    """x of both ends of a span that is being drawn, or whose edge is dragged."""
    span_dropped = Signal()
    resized = Signal()
    """What is drawn no longer fits the room."""

    _ready = False  # the base class sends events before there is anything to draw

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=colours().ground)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setMinimumSize(160, 90)
        self.plots: dict[Measure, Plot] = {measure: Plot(measure) for measure in MEASURES}
        self._snapshot: Snapshot | None = None
        self._hovered: tuple[Measure, float] | None = None
        self._here: int | None = None
        self._plain = False
        self._shown = tuple(measure for measure in MEASURES if measure not in OF_MATTES)
        self._arranged: tuple[bool, tuple[Measure, ...]] | None = None
        self._whole = QGraphicsWidget()
        self._row = QGraphicsLinearLayout(Qt.Orientation.Horizontal, self._whole)
        self._row.setContentsMargins(_SIDE, 2, _SIDE, 2)
        self._row.setSpacing(_AIR)
        self.setCentralItem(self._whole)
        self._bubble = Bubble()
        self.scene().addItem(self._bubble)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.resized)
        for plot in self.plots.values():
            self.scene().addItem(plot)
            plot.set_fonts(self.font(), small_font(self.font()))
            plot.area.clicked.connect(self.clicked)
            plot.area.double_clicked.connect(self.fit_asked)
            plot.area.zoomed.connect(self.zoomed)
            plot.area.panned.connect(self.panned)
            plot.area.marked.connect(self.span_dragged)
            plot.area.dropped.connect(self.span_dropped)
            plot.area.sigResized.connect(self._late.start)
            plot.span_dragged.connect(self.span_dragged)
            plot.span_dropped.connect(self.span_dropped)
            plot.pointed.connect(self._on_pointed)
        self._ready = True
        self._arrange()

    # ---- what is drawn

    @property
    def shown(self) -> tuple[Measure, ...]:
        """The measures that are drawn."""
        return self._shown

    def set_shown(self, measures: tuple[Measure, ...]) -> None:
        """Draw these measures; at least one."""
        self._shown = measures
        self._arrange()

    def draw(self, snapshot: Snapshot, shown: tuple[float, float], *, smooth: bool) -> None:
        """shown: x in view. smooth: with rolling means."""
        self._snapshot = snapshot
        for measure in self._shown:
            plot = self.plots[measure]
            plot.time_axis.timed = snapshot.request.timed
            plot.draw(_lines(snapshot, measure), shown, smooth=smooth)
        self._show_moment()

    def show_here(self, index: int | None) -> None:
        """Put the play line at a frame; None takes it away."""
        self._here = index
        snapshot = self._snapshot
        x = None if index is None or snapshot is None or self._plain else snapshot.x_of(index)
        for measure in self._shown:
            line = self.plots[measure].play_line
            line.setVisible(x is not None)
            if x is not None:
                line.setPos(x)
        if self._hovered is None:
            self._show_values(index)

    @property
    def dragged(self) -> bool:
        """Whether an edge of the pinned span is held."""
        return any(plot.dragged for plot in self.plots.values())

    def show_span(self, edges: tuple[float, float] | None) -> None:
        """Draw the pinned span from x to x; None: there is none."""
        for plot in self.plots.values():
            plot.show_span(edges)

    def picture(self, scale: float) -> QPixmap:
        """All plots as they are, with nothing of the moment: no cross-hair, no play line, no values, no focus.

        scale: pixels for each one of this widget.
        """
        self._plain = True
        self._show_moment()
        pixmap = QPixmap(QSize(round(self.width() * scale), round(self.height() * scale)))
        pixmap.fill(colours().ground)
        painter = QPainter(pixmap)
        self.render(painter, QRectF(pixmap.rect()), self.rect())
        painter.end()
        self._plain = False
        self._show_moment()
        return pixmap

    # ---- the pointer

    @property
    def pointed_text(self) -> str:
        """What stands beside the cross-hair; empty without one."""
        return self._bubble.text if self._bubble.isVisible() else ""

    def _on_pointed(self, measure: Measure, x: float | None) -> None:
        self._hovered = None if x is None else (measure, x)
        self._show_pointed()

    def _show_pointed(self) -> None:
        snapshot = self._snapshot
        hovered = None if self._plain else self._hovered
        index = None if hovered is None or snapshot is None else snapshot.nearest(hovered[1])
        if index is None or snapshot is None or hovered is None:
            for plot in self.plots.values():
                plot.point_at(None)
            self._bubble.hide()
            self._show_values(self._here)
            return
        x = snapshot.x_of(index)
        for measure in self._shown:
            lines = _lines(snapshot, measure)
            self.plots[measure].point_at(x, tuple(None if line is None else line.value(index) for line in lines))
        self._show_values(index)
        plot = self.plots[hovered[0]]
        text = f"Frame {index}"
        if snapshot.request.timed:
            text = f"{clock(x)} · {text}"
        place = plot.area.mapToScene(plot.area.mapFromView(QPointF(x, 0)))
        self._bubble.say(text, small_font(self.font()), place, plot.place)

    def _show_values(self, index: int | None) -> None:
        if self._snapshot is not None:
            for measure in self._shown:
                lines = () if self._plain else _lines(self._snapshot, measure)
                self.plots[measure].show_values(index, lines)

    def _show_moment(self) -> None:
        self.show_here(self._here)
        self._show_pointed()
        self._frame_plots()

    # ---- where plots stand

    def _arrange(self) -> None:
        """Side by side where they would be too low one under the other."""
        upright = self.height() >= _LEAST_HEIGHT * len(self._shown)
        if self._arranged == (upright, self._shown):
            return
        self._arranged = (upright, self._shown)
        while self._row.count():
            self._row.removeAt(0)
        self._row.setOrientation(Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
        self._row.setSpacing(2 if upright else _AIR)
        for measure, plot in self.plots.items():
            plot.setVisible(measure in self._shown)
            if measure in self._shown:
                self._row.addItem(plot)
                self._row.setStretchFactor(plot, 1)
                plot.show_time(not upright or measure == self._shown[-1])
        # What needed more room in the other order had been given it.
        self._row.activate()
        self._whole.setGeometry(QRectF(self.viewport().rect()))
        self._late.start()

    # ---- Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._ready:
            self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # else the scroll area that this is would take the arrows

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = None
        self._show_pointed()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._frame_plots()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._frame_plots()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._ready:
            self.setBackground(colours().ground)
            for plot in self.plots.values():
                plot.apply_theme()
                plot.set_fonts(self.font(), small_font(self.font()))

    def _frame_plots(self) -> None:
        """Show which has the focus."""
        border = pg.mkPen(colours().accent) if self.hasFocus() and not self._plain else None
        for plot in self.plots.values():
            plot.area.setBorder(border)


def _lines(snapshot: Snapshot, measure: Measure) -> tuple[Line | None, ...]:
    return tuple(None if slot is None else slot.get(measure) for slot in snapshot.slots)
