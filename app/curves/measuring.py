"""Measures of the open clip: takes them down, has the whole clip analysed, and shows them as strip, curves, readout."""

import logging
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.compare.by_class import summarise_class
from app.compare.matching import Matching
from app.compare.moments import next_moment
from app.compare.panel import ComparePanel
from app.curves.panel import CurvesPanel
from app.player.background import Background
from app.player.clip import ClipInfo
from app.player.controller import Controller
from app.settings.store import SettingsStore
from app.views.timeline import Timeline
from engine.frame_result import FrameResult
from engine.live.analysis import ClipAnalysis
from engine.live.summary import SpanSummary, columns, summarise, worst_moments
from engine.live.track import MeasureTrack
from engine.methods.base import Method
from engine.models.mapping import ClassView
from engine.tasks import task_of

_LOG = logging.getLogger(__name__)

_TICK_MS = 600
_FIRST_TICK_MS = 150  # what was measured before is there at once
_COLUMNS = 1200  # of the strip: more than most timelines are wide
_LIVE_SPAN_S = 60
_USUAL_RATE = 25.0
_APART_S = 1.0
_SLOTS = (0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """All that is drawn of a track, made off the GUI thread."""

    version: int
    strips: tuple[NDArray[np.float32] | None, ...]
    moments: list[int]
    worst: int | None
    summary: SpanSummary | None


class Measuring(QObject):
    """GUI thread only; what takes longer than a few milliseconds is done in the background."""

    seek_asked = Signal(int)
    measures_clip = Signal(bool)
    """Whether an open clip is measured to its end."""

    def __init__(
        self,
        controller: Controller,
        background: Background,
        curves: CurvesPanel,
        panel: ComparePanel,
        timeline: Timeline,
        store: SettingsStore,
        matching: Matching,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._matching = matching
        self._controller = controller
        self._background = background
        self._curves, self._panel, self._timeline = curves, panel, timeline
        self._track: MeasureTrack | None = None
        self._info: ClipInfo | None = None
        self._analysis: ClipAnalysis | None = None
        self._run_on: list[tuple[str, str]] = []
        self._resting = False
        self._moments: list[int] = []
        self._worst: int | None = None
        self._span: tuple[int, int] | None = None
        self._drawn: tuple[int, tuple[int, int] | None, int | None] | None = None
        self._drawing = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        controller.opened.connect(self._on_opened)
        controller.shown.connect(self._on_shown)
        controller.a.changed.connect(lambda _: self._on_methods())
        controller.b.changed.connect(lambda _: self._on_methods())
        matching.changed.connect(self._on_methods)
        controller.length_found.connect(self._on_length)
        curves.seek_asked.connect(self.seek_asked)
        curves.span_changed.connect(self._on_span)
        curves.bar.class_changed.connect(self._draw)
        panel.analysis_toggled.connect(self.measure_clip)

    @property
    def track(self) -> MeasureTrack | None:
        """What is known of the open clip."""
        return self._track

    @property
    def worst(self) -> int | None:
        """The frame that flickers most in either slot, of what is measured; None where nothing stands out."""
        return self._worst

    def measure_clip(self, on: bool) -> None:
        """Measure every clip to its end in the background from now on, or let it rest."""
        self._store.change(measure_clip=on)
        if self._analysis is not None:
            self._analysis.set_paused(not on or self._resting)
        self._show_progress()
        self.measures_clip.emit(on)

    def toggle_measure_clip(self) -> None:
        """The same the other way round."""
        self.measure_clip(not self._store.settings.measure_clip)

    def rest(self, resting: bool) -> None:
        """Leave the machine to something that somebody waits for, such as an export, and go on after it."""
        if resting != self._resting:
            self._resting = resting
            if self._analysis is not None:
                self._analysis.set_paused(resting or not self._store.settings.measure_clip)

    def go_to_moment(self, way: int) -> None:
        """Seek to the next (1) or previous (−1) of the worst moments, in the clip's order and around its ends."""
        here = self._controller.playhead.position
        moment = None if here is None else next_moment(self._moments, here, way)
        if moment is not None:
            self.seek_asked.emit(moment)

    # ---- what the controller tells

    def _on_opened(self, info: ClipInfo | None) -> None:
        self._controller.remove_listener(self._take_down)
        self._track = None if info is None else MeasureTrack()
        self._info, self._analysis = info, None
        self._moments, self._span, self._drawn = [], None, None
        self._worst = None
        rate = float(info.frame_rate) if info is not None and info.frame_rate else None
        count, live = (info.frame_count, info.live) if info is not None else (None, False)
        self._curves.set_clip(self._track, rate=rate, live=live, frame_count=count)
        self._timeline.set_flicker(None, None)
        self._timeline.set_moments([])
        self._panel.readout.show_summary(None, "")
        self._show_progress()
        if info is None:
            self._timer.stop()
        else:
            self._controller.add_listener(self._take_down)
            self._on_methods()
            self._timer.start(_FIRST_TICK_MS)

    def _take_down(self, result: FrameResult) -> None:
        """In the player's thread."""
        track = self._track
        if track is None:
            return
        for slot, made in enumerate(result.slots):
            reference = result.slots[0] if slot else None
            track.add(slot, result.frame.index, result.frame.pts_s, made, reference=reference)

    def _on_shown(self, result: FrameResult) -> None:
        self._curves.show_position(result.frame.index)

    def _on_methods(self) -> None:
        """Other methods are in the slots: what another one left is gone, and the clip is analysed with these."""
        track = self._track
        if track is None:
            return
        methods = self._controller.methods
        before, self._run_on = self._run_on, [(method.report.provider, method.report.precision) for method in methods]
        # The same model elsewhere makes other masks, if only by a few pixels.
        moved = [now != then for now, then in zip(self._run_on, before, strict=False)] + [False, False]
        mapping = self._matching.mapping
        track.apart = None if mapping is None else mapping.why_not
        # What cannot be compared is measured by itself.
        compared = mapping if mapping is not None and track.apart is None else None
        views = (None, None) if compared is None else compared.views
        in_slots = (*methods, None, None)
        changed = [_set_method(track, slot, in_slots[slot], views[slot], moved=moved[slot]) for slot in _SLOTS]
        self._curves.set_soft(any(task_of(method.card.task).soft for method in methods))
        if methods:
            classes = methods[0].card.class_set
            self._curves.set_classes(classes if compared is None else compared.class_set(classes))
        if any(changed):
            if self._analysis is not None:
                self._analysis.stop()
                self._analysis = None
            self._analyse()
            self._timer.setInterval(_FIRST_TICK_MS)

    def _analyse(self) -> None:
        if self._track is not None:
            paused = self._resting or not self._store.settings.measure_clip
            self._analysis = self._controller.analyse(self._track, paused=paused)

    def _on_length(self, frame_count: int) -> None:
        self._info = self._controller.clip
        self._curves.set_frame_count(frame_count)
        self._drawn = None

    # ---- what is drawn

    def _on_span(self, span: tuple[int, int] | None) -> None:
        self._span = span
        self._draw()

    def _tick(self) -> None:
        if self._timer.interval() != _TICK_MS:
            self._timer.setInterval(_TICK_MS)
        self._show_progress()
        self._draw()

    def _draw(self) -> None:
        """Have everything made anew where something has changed, unless that is under way."""
        track, info, class_id = self._track, self._info, self._curves.bar.class_id
        if track is None or info is None or self._drawing or self._drawn == (track.version, self._span, class_id):
            return
        span = self._shown_span(track, info)
        rate = float(info.frame_rate or _USUAL_RATE)
        frames = None if info.live else info.frame_count
        asked = (self._span, class_id)
        self._drawing = True
        self._background.submit(
            lambda: _picture(track, span, frames, max(1, round(_APART_S * rate)), class_id),
            lambda picture: self._on_drawn(track, asked, span, picture),
            self._on_not_drawn,
            owner=self,
        )

    def _on_not_drawn(self, error: BaseException) -> None:
        self._drawing = False
        _LOG.error("the measures could not be drawn", exc_info=error)

    def _on_drawn(
        self,
        track: MeasureTrack,
        asked: tuple[tuple[int, int] | None, int | None],
        span: tuple[int, int] | None,
        picture: _Picture,
    ) -> None:
        self._drawing = False
        if track is not self._track:
            return
        self._drawn = (picture.version, *asked)
        self._moments, self._worst = picture.moments, picture.worst
        self._timeline.set_flicker(*picture.strips)
        self._timeline.set_moments(picture.moments)
        bar = self._curves.bar
        if (self._span, bar.class_id) != asked:
            self._draw()
            return
        class_name = "" if bar.class_id is None else bar.class_choice.currentText()
        self._panel.readout.show_summary(picture.summary, "" if span is None else self._span_text(span), class_name)

    def _shown_span(self, track: MeasureTrack, info: ClipInfo) -> tuple[int, int] | None:
        """Frames that the readout looks at: what the curves show, a live source's last minute, or the clip."""
        if self._span is not None:
            return self._span
        first, end = track.span
        if info.live:
            return (max(first, end - round(_LIVE_SPAN_S * float(info.frame_rate or _USUAL_RATE))), max(0, end - 1))
        return (0, max(0, (info.frame_count or end) - 1))

    def _span_text(self, span: tuple[int, int]) -> str:
        if self._span is None:
            return "Last minute" if self._info is not None and self._info.live else "Whole clip"
        return f"Frames {span[0]} to {span[1]}"

    def _show_progress(self) -> None:
        track, info, analysis = self._track, self._info, self._analysis
        share = None
        working = analysis is None or analysis.running
        if track is not None and info is not None and not info.live and info.frame_count and working:
            filled = [slot for slot in _SLOTS if track.name(slot) is not None]
            share = min(track.analysed(slot) for slot in filled) / info.frame_count if filled else None
        self._panel.set_analysis(share, paused=not self._store.settings.measure_clip)


def _set_method(track: MeasureTrack, slot: int, method: Method | None, view: ClassView | None, *, moved: bool) -> bool:
    """Whether the track had another method there, the same before it moved to where it runs, or in other classes."""
    name = None if method is None else method.name
    if moved:
        track.set_method(slot, None)
    if (track.name(slot), track.views[slot]) == (name, view):
        return False
    track.set_method(slot, name, 0 if method is None else len(method.card.class_set), view)
    return True


def _picture(
    track: MeasureTrack, span: tuple[int, int] | None, frames: int | None, apart: int, class_id: int | None
) -> _Picture:
    version = track.version
    strips = tuple(
        columns(track, slot, frames, _COLUMNS) if frames and track.name(slot) is not None else None for slot in _SLOTS
    )
    moments = worst_moments(track, apart) if frames else []
    worst = next(iter(worst_moments(track, apart, 1)), None) if moments else None
    summary = None
    if span is not None:
        summary = summarise(track, *span) if class_id is None else summarise_class(track, *span, class_id)
    if summary is not None and frames is None:
        summary = replace(summary, complete=True)  # there is no whole to be measured
    return _Picture(version, strips, moments, worst, summary)
