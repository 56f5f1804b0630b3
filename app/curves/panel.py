"""The curves dock: flicker, tc and inference time of A and B, frame by frame, while they are measured."""

import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.curves.bar import CurvesBar
from app.curves.exporting import CurvesExporting
from app.curves.plots import PlotsView
from app.curves.snapshot import USUAL_RATE, Request, Snapshot, empty, take
from app.curves.window import Window
from app.messages import Message, explain
from app.player.background import Background
from engine.live.track import MeasureTrack
from engine.models.classes import ClassSet

_REFRESH_MS = 250
_POSITION_MS = 50  # between two places of the play line
_SPAN_MS = 200
_REST = 3.0  # times as long as a refresh took, until the next
_LIVE_S = 60.0  # of a live source that are in view
_ZOOM_STEP = 1.5
_PAN_STEP = 0.5  # of what is in view
_HEIGHT = 160
_PINNED = 0.5  # of what is in view, at first


class CurvesPanel(QWidget):
    """GUI thread only. The track is read in the background; what is drawn of it has as many points as the screen."""

    seek_asked = Signal(int)
    span_changed = Signal(object)
    """(first, last) frame, both included: the pinned span, else what is in view; None for all of it."""
    message = Signal(object)
    """A Message for the banner."""

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._track: MeasureTrack | None = None
        self._rate: float | None = None
        self._live = False
        self._frame_count: int | None = None
        self._classes: ClassSet | None = None
        self._snapshot: Snapshot | None = None
        self._markers: Mapping[int, str] = {}
        self._window = Window()
        self._pinned: tuple[int, int] | None = None
        self._told: tuple[int, int] | None = None
        self._here: int | None = None
        self._drawn_here: float | None = None
        self._taking = False
        self._not_before = 0.0
        self.bar = CurvesBar()
        self.plots = PlotsView()
        self.plots.setAccessibleName(
            "Curves; Up and Down zoom, Page Up and Page Down move, Home shows all, Escape unpins"
        )
        self.hint = QLabel()
        self.hint.setProperty("kind", "faint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.hint)
        self._stack.addWidget(self.plots)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self.exporting = CurvesExporting(self, self, background)
        self._timer = self._make_timer(_REFRESH_MS, self._tick, repeats=True)
        self._position_timer = self._make_timer(_POSITION_MS, self._show_here)
        self._span_timer = self._make_timer(_SPAN_MS, self._tell_span)
        self._connect()
        self.set_clip(None, rate=None, live=False, frame_count=None)

    def _make_timer(self, ms: int, run: Callable[[], object], *, repeats: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(ms)
        timer.setSingleShot(not repeats)
        timer.timeout.connect(run)
        return timer

    def _connect(self) -> None:
        bar, plots = self.bar, self.plots
        bar.measures_changed.connect(self._on_measures)
        bar.class_changed.connect(self._on_class)
        bar.smooth_toggled.connect(self._draw)
        bar.pin_toggled.connect(self.pin)
        bar.fit_asked.connect(self.fit)
        bar.table_asked.connect(self.exporting.ask_table)
        bar.picture_asked.connect(self.exporting.ask_picture)
        self.exporting.message.connect(self.message)
        plots.clicked.connect(self._on_clicked)
        plots.fit_asked.connect(self.fit)
        plots.zoomed.connect(self._on_zoomed)
        plots.panned.connect(self._on_panned)
        plots.span_dragged.connect(self._on_span_dragged)
        plots.span_dropped.connect(self._show_pinned)
        plots.resized.connect(self._draw)

    # ---- what is shown

    def set_clip(self, track: MeasureTrack | None, *, rate: float | None, live: bool, frame_count: int | None) -> None:
        """Show another track; None for no clip. rate: frames a second. frame_count: None where it is not known."""
        self._track, self._rate, self._live, self._frame_count = track, rate, live, frame_count
        self._pinned, self._here, self._drawn_here, self._snapshot = None, None, None, None
        self._not_before = 0.0
        self._window = Window()
        self.bar.pin_button.setChecked(False)
        self.bar.setEnabled(track is not None)
        self.plots.show_span(None)
        self.plots.show_here(None)
        request = self._request()
        if request is not None:
            self.show_snapshot(empty(request))
        else:
            self._show_names((None, None))
            self._show_hint()
        self._touch_span()
        self.refresh()

    def set_frame_count(self, frame_count: int) -> None:
        """Correct the length, where the end was found elsewhere than promised."""
        self._frame_count = frame_count
        self._set_home()
        self._draw()

    def set_classes(self, classes: ClassSet | None) -> None:
        """Offer these classes beside the whole frame."""
        if classes != self._classes:
            self._classes = classes
            self.bar.set_classes(classes)

    def set_soft(self, soft: bool) -> None:
        """Whether there are mattes, which have a measure of their own."""
        self.bar.set_soft(soft)

    def show_position(self, index: int) -> None:
        """Move the play line to a frame."""
        self._here = index
        if self.isVisible() and not self._position_timer.isActive():
            self._position_timer.start()

    def refresh(self) -> None:
        """Have the track read in the background, and then drawn, where something has changed."""
        request = self._request()
        shown = self._snapshot
        if request is None or self._taking:
            return
        if shown is not None and shown.request == request and shown.version == request.track.version:
            return
        self._taking = True
        self._background.submit(lambda: take(request), self._on_taken, self._on_take_failed, owner=self)

    @property
    def wanted_height(self) -> int:
        """Pixels."""
        return _HEIGHT

    @property
    def track(self) -> MeasureTrack | None:
        """What the curves are of."""
        return self._track

    @property
    def pinned(self) -> tuple[int, int] | None:
        """(first, last) frame of the pinned span, both included."""
        return self._pinned

    @property
    def markers(self) -> Mapping[int, str]:
        """Names of the markers by frame, for the table."""
        return self._markers

    def set_markers(self, names: Mapping[int, str]) -> None:
        """These are the clip's markers."""
        self._markers = names

    @property
    def snapshot(self) -> Snapshot | None:
        """What is drawn; None without a clip."""
        return self._snapshot

    @property
    def view(self) -> tuple[float, float]:
        """What is in view: seconds, or frames where the clip has no rate."""
        return self._window.shown

    # ---- the span

    @property
    def span(self) -> tuple[int, int] | None:
        """(first, last) frame, both included: the pinned span, else what is in view; None for all of it."""
        if self._pinned is not None or self._window.following or self._snapshot is None:
            return self._pinned
        return self._frames(*self._window.shown)

    def pin(self, pinned: bool) -> None:
        """Pin the middle of what is in view, or let go of the pinned span."""
        if pinned and self._snapshot is not None:
            left, right = self._window.shown
            margin = (right - left) * (1 - _PINNED) / 2
            self._pinned = self._frames(left + margin, right - margin)
        else:
            self._pinned = None
        self._show_pinned()

    def fit(self) -> None:
        """Show the whole clip, or the last minute of a live source, and follow it."""
        self._window.fit()
        self._on_view()

    def _frames(self, left: float, right: float) -> tuple[int, int]:
        """The frames from x to x, at least one, within what there is."""
        assert self._snapshot is not None  # nobody asks before there is something in view
        snapshot, last = self._snapshot, self._last_frame()
        first = snapshot.index_of(left)
        if snapshot.x_of(first) < left - 1e-9:
            first += 1
        end = snapshot.index_of(right)
        if snapshot.x_of(end) > right + 1e-9:
            end -= 1
        first = min(first, last)
        return first, max(first, min(end, last))

    def _on_span_dragged(self, left: float, right: float) -> None:
        if self._snapshot is not None:
            self._pinned = self._frames(left, right)
            self._show_pinned(snap=False, edges=(left, right))

    def _show_pinned(self, *, snap: bool = True, edges: tuple[float, float] | None = None) -> None:
        """snap: let the edges stand at frames."""
        self.bar.pin_button.setChecked(self._pinned is not None)
        if snap and self._pinned is not None and self._snapshot is not None:
            edges = (self._snapshot.x_of(self._pinned[0]), self._snapshot.x_of(self._pinned[1]))
        self.plots.show_span(edges)
        self._touch_span()

    def _touch_span(self) -> None:
        # Not started anew while it runs, or a view that moves on all the time would never be told.
        if not self._span_timer.isActive():
            self._span_timer.start()

    def _tell_span(self) -> None:
        span = self.span
        if span != self._told:
            self._told = span
            self.span_changed.emit(span)

    # ---- reading

    def _request(self) -> Request | None:
        if self._track is None:
            return None
        timed = self._rate is not None or self._live
        return Request(self._track, self._rate or USUAL_RATE, timed, self.bar.class_id)

    def _tick(self) -> None:
        if time.monotonic() >= self._not_before:
            self.refresh()

    def _on_taken(self, snapshot: Snapshot) -> None:
        self._taking = False
        self._not_before = time.monotonic() + _REST * snapshot.took_s
        if snapshot.request == self._request():
            self.show_snapshot(snapshot)
        else:
            self.refresh()

    def _on_take_failed(self, error: BaseException) -> None:
        self._taking = False
        self._not_before = float("inf")  # else it would be told eight times a second
        self.message.emit(Message("curves", explain(error), "error"))

    # ---- drawing

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw what was read of the track."""
        self._snapshot = snapshot
        self._show_names(snapshot.names)
        self._set_home()
        self._show_hint()
        self._draw()
        if self._pinned is not None and not self.plots.dragged:
            self._show_pinned()

    def _show_names(self, methods: tuple[str | None, ...]) -> None:
        for name, method, beside in zip(self.bar.names, methods, reversed(methods), strict=True):
            name.show_name(method, beside)

    def _show_hint(self) -> None:
        if self._track is None:
            self.hint.setText("Open a clip to see how much its masks flicker, frame by frame")
        else:
            self.hint.setText("Nothing is measured yet: play the clip, and its flicker appears here")
        known = self._snapshot is not None and self._snapshot.known
        self._stack.setCurrentWidget(self.plots if known else self.hint)

    def _set_home(self) -> None:
        snapshot, last = self._snapshot, self._last_frame()
        if snapshot is None:
            return
        frame = 1 / snapshot.request.rate if snapshot.request.timed else 1.0
        low, high = snapshot.x_of(0), snapshot.x_of(last)
        if self._live and self._track is not None:
            low = snapshot.x_of(self._track.span[0])
            length = _LIVE_S if snapshot.request.timed else _LIVE_S * snapshot.request.rate
            self._window.set_home((max(low, high - length), high), (low, high), frame)
        else:
            self._window.set_home((low, high), (low, high), frame)

    def _last_frame(self) -> int:
        known = -1 if self._snapshot is None else self._snapshot.last
        return max(0, known, 0 if self._live else (self._frame_count or 1) - 1)

    def _draw(self) -> None:
        if self._snapshot is not None and self.isVisible():
            self.plots.draw(self._snapshot, self._window.shown, smooth=self.bar.smooth_button.isChecked())

    def _show_here(self) -> None:
        snapshot, here = self._snapshot, self._here
        if snapshot is None or here is None:
            return
        # Play that runs out of what one zoomed to takes the view along; who looks elsewhere is left alone.
        before, now = self._drawn_here, snapshot.x_of(here)
        left, right = self._window.shown
        self._drawn_here = now
        if before is not None and left <= before <= right and not left <= now <= right:
            self._window.reveal(now)
            self._on_view()
        self.plots.show_here(here)

    def _on_view(self) -> None:
        self._draw()
        self._touch_span()

    # ---- what somebody does

    def _on_clicked(self, x: float) -> None:
        if self._snapshot is not None and not self._live:
            self.seek_asked.emit(min(self._snapshot.index_of(x), self._last_frame()))

    def _on_zoomed(self, factor: float, around: float) -> None:
        self._window.zoom(factor, around)
        self._on_view()

    def _on_panned(self, way: float) -> None:
        self._window.pan(way)
        self._on_view()

    def _on_measures(self) -> None:
        self.plots.set_shown(self.bar.measures)
        self._draw()

    def _on_class(self) -> None:
        self._not_before = 0.0
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        left, right = self._window.shown
        key, length = event.key(), right - left
        if key == Qt.Key.Key_Escape and self._pinned is not None:
            self.pin(False)
        elif not self.plots.hasFocus():
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            here = self._snapshot.x_of(self._here) if self._snapshot and self._here is not None else left
            around = here if left <= here <= right else (left + right) / 2
            self._on_zoomed(_ZOOM_STEP if key == Qt.Key.Key_Down else 1 / _ZOOM_STEP, around)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._on_panned(length * (_PAN_STEP if key == Qt.Key.Key_PageDown else -_PAN_STEP))
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self._draw()
        self._show_here()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self._position_timer.stop()
