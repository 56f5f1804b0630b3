"""Exports, comparisons and recordings of the window: asks, starts, and shows how they go."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.compare.matching import answers_of
from app.export.activity import ActivityBar
from app.export.comparison_sheet import ComparisonSheet
from app.export.jobs import ExportJobs
from app.export.recording import Recording
from app.export.results_sheet import default_folder
from app.export.sending import Sending
from app.export.sheet import Exported, ExportSheet
from app.mattes.picker import ground_of
from app.messages import Action, Level, Message
from app.player.background import Background
from app.player.clip import ClipInfo
from app.player.controller import Controller
from app.player.devices import DevicePools
from app.player.slot import Slot
from app.settings.store import SettingsStore
from app.views.looks import Looks
from engine.models.card import ModelCard
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, Part
from engine.results.matte import OVERLAID
from engine.results.recording import RecordingState
from engine.tasks import task_of
from engine.work import CompareRequest, SegmentRequest

_NOTHING = "There is no clip open, or no model to make its masks. Open one first."


class Exporting(QObject):
    """Joins the sheets, the jobs, the recording and their bar. GUI thread only.

    card: of the model at work; None before there is one.
    """

    open_asked = Signal(str)
    """A finished video."""
    fill_b_asked = Signal()
    """There is nothing to compare with: the usual method is wanted in slot B."""
    message = Signal(object)
    """A Message for the banner."""
    recording_changed = Signal(bool)

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        background: Background,
        looks: Looks,
        store: SettingsStore,
        devices: DevicePools,
    ) -> None:
        """devices: what models run on now."""
        super().__init__(window)
        self.card: ModelCard | None = None
        self._window = window
        self._controller = controller
        self._background = background
        self._looks = looks
        self._store = store
        self._devices = devices
        self._folder: Path | None = None
        self.bar = ActivityBar(window)
        self.jobs = ExportJobs(background, self)
        self.recording = Recording(controller, background, self)
        self.sending = Sending(controller, background, lambda: (self.card, self._drawing()), self)
        self.jobs.changed.connect(self.bar.show_job)
        self.bar.cancel_asked.connect(self.jobs.cancel)
        self.bar.stop_asked.connect(self.recording.stop)
        self.bar.open_asked.connect(self.open_asked)
        self.recording.started.connect(self._on_started)
        self.recording.changed.connect(self._on_recorded)
        self.recording.ended.connect(self._on_ended)
        self.recording.failed.connect(self._on_failed)
        self.bar.end_sending_asked.connect(self.sending.stop)
        self.sending.changed.connect(lambda state: self.bar.show_sending(self.sending.what, state))
        self.sending.ended.connect(self._on_sent)
        self.sending.refused.connect(self._say)
        looks.changed.connect(self.sending.draw)
        store.changed.connect(lambda _: self.sending.draw())

    def ask(self) -> None:
        """Ask what to export of the open clip; a live source is recorded instead, since it has no end."""
        clip, method = self._controller.clip, self._controller.a.name
        if clip is None or method is None or self.card is None:
            self._say(_NOTHING)
            return
        if clip.live:
            self._say("A camera or stream is recorded, not exported: File, Record.")
            return
        a, b = self._exported(self._controller.a), self._exported(self._controller.b)
        sheet = ExportSheet(
            clip,
            self._controller.playhead.range,
            (a or Exported(method), b),
            self._background,
            self._store,
            taken=self._taken,
            parent=self._window,
        )
        sheet.accepted.connect(lambda: self._start(sheet, clip))
        sheet.open()

    def ask_report(self) -> None:
        """Ask where to write a comparison of A and B on the open clip; a live source is recorded before."""
        clip, a = self._controller.clip, self._controller.a.name
        if clip is None or a is None or self.card is None:
            self._say(_NOTHING)
            return
        if clip.live:
            # What runs already is not stopped by a button that says to begin.
            begin = () if self.recording.running else (Action("Record", self.toggle_recording),)
            text = "A camera or stream has no end to compare up to. Record it, then open the recording and compare."
            self.message.emit(Message("export", text, actions=begin))
            return
        folder = self._store.settings.export_folder
        b = self._controller.b.name
        sheet = ComparisonSheet(clip, a, b, self._background, folder=folder, taken=self._taken, parent=self._window)
        sheet.fill_asked.connect(lambda: self._fill_b(sheet))
        sheet.accepted.connect(lambda: self._start_report(sheet, clip))
        sheet.open()

    def toggle_recording(self) -> None:
        """Record what is being shown, or stop."""
        if self.recording.running:
            self.recording.stop()
        else:
            self._record(self._drawing(), BOTH)

    def record_plainly(self) -> None:
        """Record what is being shown as a video without masks, unless something is recorded already."""
        if not self.recording.running:
            self._record(Drawing(opacity=0.0), ("overlay",))

    def _record(self, drawing: Drawing, parts: tuple[Part, ...]) -> None:
        clip, card = self._controller.clip, self.card
        if clip is None or card is None:
            self._say("There is nothing to record: open a clip or a camera first.")
            self.recording_changed.emit(False)
        else:
            folder = self._store.settings.export_folder
            self.recording.start(Path(folder) if folder else default_folder(), card, drawing, parts)
            self.recording_changed.emit(True)

    def finish(self) -> Callable[[], object]:
        """The window closes: what ends the rest; call it off the GUI thread."""
        self.jobs.cancel_all()
        ends = self.recording.finish(), self.sending.finish()
        return lambda: [end() for end in ends]

    def _fill_b(self, sheet: ComparisonSheet) -> None:
        self.fill_b_asked.emit()
        sheet.set_b(self._controller.b.name)

    def _start_report(self, sheet: ComparisonSheet, clip: ClipInfo) -> None:
        self._store.change(export_folder=str(sheet.where))
        if sheet.b is not None:
            self.jobs.start(
                CompareRequest(
                    spec=clip.spec,
                    fps=clip.asked_rate,
                    folder=sheet.results,
                    device=self._devices.holds.device,
                    backend=self._devices.holds.backend,
                    replaces=sheet.replaces(sheet.results),
                    a=sheet.a,
                    b=sheet.b,
                    matches=self._matches(),
                )
            )

    def _matches(self) -> tuple[tuple[str, str], ...]:
        """Which classes mean the same, where a person said so of what is at work."""
        sets = [method.card.class_set for method in self._controller.methods]
        said = answers_of(self._store.settings.class_matches, *sets) if len(sets) > 1 else {}
        return tuple(said.items())

    def _start(self, sheet: ExportSheet, clip: ClipInfo) -> None:
        chosen = sheet.choices
        self._store.change(export_folder=str(sheet.where), export_what=chosen.what, export_slots=chosen.slots)
        if sheet.mattes is not None:
            self._store.change(export_movies=chosen.movies, export_premultiplied=chosen.premultiplied)
        for exported, folder in zip(sheet.exported, sheet.results, strict=True):
            self.jobs.start(
                SegmentRequest(
                    spec=clip.spec,
                    fps=clip.asked_rate,
                    folder=folder,
                    device=self._devices.holds.device,
                    backend=self._devices.holds.backend,
                    replaces=sheet.replaces(folder),
                    method=exported.name,
                    parts=sheet.parts(exported),
                    range_=sheet.range_,
                    drawing=sheet.drawing(exported),
                    refine=sheet.refine(exported),
                )
            )

    @property
    def _taken(self) -> frozenset[Path]:
        """Folders that work is going to write to."""
        return frozenset(request.folder for request in self.jobs.requests)

    def _exported(self, slot: Slot) -> Exported | None:
        """What stands in a slot, as an export takes it; None for nothing."""
        if slot.name is None:
            return None
        method = None if slot.pending else slot.method
        drawing = self._drawing()
        if method is not None and self.card is not None and method.card.class_set != self.card.class_set:
            # The colours that were chosen are of another class set.
            visible = self._looks.visible_of(method.card.class_set)
            drawing = replace(drawing, palette=None, visible=visible, ground=OVERLAID, foreground_colours=False)
        return Exported(slot.name, method, drawing)

    def _drawing(self) -> Drawing:
        """How masks are drawn now, and what stands behind them where they are mattes."""
        settings = self._store.settings
        drawing = Drawing(settings.opacity, settings.style, self._looks.palette, self._looks.visible)
        if self.card is None or not task_of(self.card.task).soft:
            return drawing
        behind = settings.behind
        return replace(drawing, ground=ground_of(behind), foreground_colours=behind.foreground)

    def _on_started(self, folder: Path) -> None:
        self._folder = folder
        self.bar.show_recording(self.recording.what, folder, None)

    def _on_recorded(self, state: RecordingState) -> None:
        if self._folder is not None:
            self.bar.show_recording(self.recording.what, self._folder, state)

    def _on_ended(self, folder: Path, error: str, other: str) -> None:
        self._folder = None
        self.bar.end_recording(folder, error)
        if other:
            self._say(f"The recording was of another method: it ended, and is saved, as {other} came into slot A.")
        self.recording_changed.emit(False)

    def _on_sent(self, error: str, other: str) -> None:
        self.bar.end_sending()
        if error:
            self._say(f"{error[:1].upper()}{error[1:]}.", "error")
        elif other:
            self._say(
                f"Nothing is sent any more: another method, {other}, came into slot A. Send it where you want it."
            )

    def _on_failed(self, text: str) -> None:
        self._say(text, "error")
        self.recording_changed.emit(False)

    def _say(self, text: str, level: Level = "info") -> None:
        self.message.emit(Message("export", text, level))
