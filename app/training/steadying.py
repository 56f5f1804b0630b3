"""Steadying in the window: the sheet, the jobs, and their lines in the tool bar. Wires only."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.compare.comparing import Comparing
from app.compare.panel import ComparePanel
from app.curves.measuring import Measuring
from app.export.exporting import Exporting
from app.export.leaving import Leaving
from app.export.rows import Row
from app.messages import Action, Message, shorten
from app.player.background import Background
from app.player.clip import is_local
from app.player.controller import Controller
from app.settings.store import SettingsStore
from app.training.jobs import SteadyJobs
from app.training.lines import Deeds, line_of
from app.training.outcome.results import Results
from app.training.record import Record
from app.training.sheet import SteadySheet, Watched
from app.training.watch.panel import TrainingPanel
from engine.results.folder import OVERLAY
from trainer.steady import ClipSpan

_FAILED, _LEFT, _CLIP = "steadying", "left-training", "record-first"


class Steadying(QObject):
    """Makes slot A's model steady on a person's clips. GUI thread only."""

    message = Signal(object)
    """A Message for the banner."""
    opened = Signal(object)
    """A Record whose panel is wanted."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        background: Background,
        store: SettingsStore,
        exporting: Exporting,
        leaving: Leaving,
        panel: ComparePanel,
        comparing: Comparing,
        measuring: Measuring,
    ) -> None:
        """leaving: asks, when the window closes, what is to become of what trains. panel: has the button."""
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._background = background
        self._store = store
        self._exporting = exporting
        self._records_first = False
        self.jobs = SteadyJobs(background, parent=self)
        self.results = Results(window, controller, background, self.jobs, panel, lambda: measuring.track)
        self.results.message.connect(self.message)
        self.results.mode_asked.connect(comparing.set_mode)
        self.results.curves_asked.connect(self.show_panel)
        self._trainings: TrainingPanel | None = None
        self.opened.connect(self._open)
        self.jobs.changed.connect(self._show)
        self.jobs.removed.connect(exporting.bar.take)
        self.jobs.found.connect(self._on_found)
        self.jobs.failed.connect(lambda text: self.message.emit(Message(_FAILED, text, "error")))
        exporting.bar.dropped.connect(self._on_dropped)
        exporting.recording.ended.connect(self._on_recorded)
        panel.steady_asked.connect(self.open_sheet)
        leaving.trained = lambda: tuple(record.name for record in self.jobs.unfinished)
        leaving.left.connect(lambda stop: self.jobs.close(stop=stop))
        leaving.left.connect(lambda _: self.results.delete_discarded())
        leaving.looks.connect(self.jobs.find)

    def open_sheet(self) -> None:
        """Ask how the model in slot A is to be made steady, and on what."""
        self._ask(self._watched())

    # ---- the sheet

    def _ask(self, watched: Watched) -> None:
        sheet = SteadySheet(self._controller.a.name, watched, self._background, self._window)
        sheet.use_asked.connect(self._controller.a.use)
        sheet.record_asked.connect(self._record_first)
        sheet.accepted.connect(lambda: None if sheet.plan is None else self.jobs.start(sheet.plan))
        sheet.open()

    def _watched(self) -> Watched:
        clip = self._controller.clip
        if clip is None:
            return Watched()
        if clip.live:
            return Watched(live=clip.name)
        if not is_local(clip.spec):
            return Watched()
        return Watched((ClipSpan(Path(clip.spec).absolute(), self._controller.playhead.range),))

    def _record_first(self) -> None:
        if self._exporting.recording.running:
            self.message.emit(Message(_CLIP, "A recording of the masks is under way; end it first.", "warning"))
            return
        self._exporting.record_plainly()
        self._records_first = self._exporting.recording.running
        if not self._records_first:
            return
        stop = Action("Stop, and go on", self._exporting.recording.stop)
        text = "What you see is being recorded, without masks. Half a minute with some motion in it is a good start."
        self.message.emit(Message(_CLIP, text, actions=(stop,)))

    def _on_recorded(self, folder: Path, error: str, other: str) -> None:
        if self._records_first:
            self._records_first = False
            if not error:
                self._ask(Watched((ClipSpan(folder / OVERLAY),)))

    # ---- the jobs

    def _show(self, record: Record) -> None:
        """Tell of it in the tool bar, unless a person wanted to hear no more of it and it lies where it lay."""
        waits, told = self.jobs.is_waiting(record), self._store.settings.told_runs
        if record.folder.name in told:
            if not (record.works or waits):
                return
            self._store.change(told_runs=tuple(name for name in told if name != record.folder.name))
        self._exporting.bar.put(record, self._line(record))

    def _line(self, record: Record) -> Row:
        return line_of(record, self._deeds(record), waits=self.jobs.is_waiting(record))

    def _deeds(self, record: Record) -> Deeds:
        jobs = self.jobs
        return Deeds(
            pause=lambda: jobs.control(record, "pause"),
            go_on=lambda: jobs.control(record, "run"),
            stop=lambda: jobs.control(record, "stop"),
            resume=lambda: jobs.resume(record),
            remove=lambda: jobs.remove(record),
            open=lambda: self.opened.emit(record),
        )

    def _on_dropped(self, key: object) -> None:
        if isinstance(key, Record):
            self._store.change(told_runs=(*self._store.settings.told_runs, key.folder.name))

    def _on_found(self, records: list[Record]) -> None:
        names = {record.folder.name for record in self.jobs.records}
        told = tuple(name for name in self._store.settings.told_runs if name in names)
        self._store.change(told_runs=told)
        left = [record for record in records if record.status in ("interrupted", "created")]
        left = [record for record in left if record.folder.name not in told]
        if not left:
            return
        go_on = Action("Go on", lambda: self._take_up(left))
        which = shorten(left[0].name, 40) if len(left) == 1 else f"{len(left)} trainings"
        was = "was" if len(left) == 1 else "were"
        text = f"{which} {was} not done when Steadymask ended. What it learnt so far is kept, and goes on from there."
        self.message.emit(Message(_LEFT, text, actions=(go_on,)))

    def _take_up(self, records: list[Record]) -> None:
        for record in records:
            self.jobs.resume(record)

    # ---- what came of them

    def show_panel(self, record: Record) -> None:
        """Show how it is trained, or was."""
        if self._trainings is None or not isValid(self._trainings):
            self._trainings = TrainingPanel(self.jobs, self._background, self._line, self._window)
        self._trainings.choose(record)
        self._trainings.show()
        self._trainings.raise_()
        self._trainings.activateWindow()

    def _open(self, record: Record) -> None:
        """Its line was pressed: what there is to see."""
        if record.over and record.has_student:
            self.results.show(record)
        else:
            self.show_panel(record)
