"""What came of trainings, in the window: the new model in slot B at its worst moment, and its card on the readout."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.compare.moments import worst_within
from app.compare.naming import method_name
from app.compare.panel import ComparePanel
from app.messages import Action, Message, explain
from app.player.background import Background
from app.player.clip import is_local
from app.player.controller import Controller
from app.training.jobs import SteadyJobs
from app.training.outcome import deeds
from app.training.outcome.card import VerdictCard
from app.training.outcome.sheets import KeepSheet, ReplaceSheet
from app.training.outcome.words import Told, told_of
from app.training.record import Record
from app.views.dock import Dock
from engine.frame_result import FrameResult
from engine.live.track import MeasureTrack
from trainer.steady import Plan

T = TypeVar("T")

_KEY = "steadied"
_SMOOTHER = "ema"
_STOPPED = Told(
    "Stopped before it was judged",
    "The new model in B is as far as it had come, and half of it is still the one that it started from. Nobody knows "
    "yet whether it is better: Resume goes on from here, to the verdict.",
    "quiet",
)


class Results(QObject):
    """GUI thread only; what touches the disk is done in the background."""

    message = Signal(object)
    """A Message for the banner."""
    library_changed = Signal()
    """A model has come or gone."""
    open_asked = Signal(str)
    """A clip is to be opened."""
    mode_asked = Signal(str)
    """How the slots are to be shown."""
    export_asked = Signal(str, object)
    """A model, by its path, is to be exported; with what copies it to a folder as it is."""
    curves_asked = Signal(object)
    """A Record: how it was trained is to be seen."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        background: Background,
        jobs: SteadyJobs,
        panel: ComparePanel,
        track: Callable[[], MeasureTrack | None],
    ) -> None:
        """track: what is known of the open clip."""
        super().__init__(window)
        self._window, self._controller, self._background = window, controller, background
        self._jobs, self._panel, self._track = jobs, panel, track
        self._record: Record | None = None
        self._to_show: Record | None = None
        self._own: set[Record] = set()
        self._discarded: list[Record] = []
        self._undo: Callable[[], object] | None = None
        self.card = card = VerdictCard()
        panel.put_above_readout(card)
        card.keep_asked.connect(self.ask_keep)
        card.export_asked.connect(self.ask_export)
        card.smoothing_asked.connect(self.compare_with_smoothing)
        card.longer_asked.connect(self.train_longer)
        card.discard_asked.connect(self.discard)
        card.resume_asked.connect(self._resume)
        card.curves_asked.connect(lambda: self.curves_asked.emit(self._record))
        card.undo_asked.connect(self._take_back)
        card.closed.connect(self._put_away)
        jobs.changed.connect(self._on_changed)
        jobs.ended.connect(self._on_ended)
        jobs.removed.connect(self._on_removed)
        controller.shown.connect(self._on_shown)

    @property
    def record(self) -> Record | None:
        """Whose card is shown."""
        return self._record

    # ---- a training has ended

    def _on_changed(self, record: Record) -> None:
        if self._jobs.is_waiting(record):  # whatever is begun here, waits first
            self._own.add(record)

    def _on_ended(self, record: Record) -> None:
        if record.status == "failed":
            again = (Action("Try again", lambda: self._jobs.resume(record)), self._see(record))
            text = f"{record.name} was not trained: {record.message or 'see log.txt in its folder'}"
            self.message.emit(Message(_KEY, text, "error", again))
        elif record.status == "interrupted":
            again = (Action("Resume", lambda: self._jobs.resume(record)), self._see(record))
            how = f": its process {record.befell}" if record.befell else ""
            text = (
                f"The training of {record.name} was interrupted{how}. What it had learnt until its last save is kept."
            )
            self.message.emit(Message(_KEY, text, "warning", again))
        elif record.has_student and record in self._own and not self._in_the_way(record):
            self._place(record)

    def _see(self, record: Record) -> Action:
        return Action("Show", lambda: self.curves_asked.emit(record))

    def _in_the_way(self, record: Record) -> bool:
        """Whether a person is in the middle of something: another clip, a dialog, a drag. The line then tells of it."""
        pressed = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        return not self._is_open(record) or QApplication.activeModalWidget() is not None or pressed

    def _is_open(self, record: Record) -> bool:
        clip = self._controller.clip
        return clip is not None and is_local(clip.spec) and Path(clip.spec).absolute() in record.clips[:1]

    # ---- the new model in B

    def show(self, record: Record) -> None:
        """Somebody wants to see it: where its clip is not open, that is opened first."""
        if self._is_open(record) or not record.clips:
            self._place(record)
        else:
            self._to_show = record
            self.open_asked.emit(str(record.clips[0]))

    def _on_shown(self, result: FrameResult) -> None:
        record = self._to_show
        if record is not None and self._is_open(record):
            self._to_show = None
            self._place(record)

    def _place(self, record: Record) -> None:
        slot, student, before = self._controller.b, deeds.student_of(record), self._controller.b.name
        judged = record.status == "done" and record.verdict is not None
        self._record, self._undo = record, None
        told = told_of(record.verdict) if judged and record.verdict is not None else _STOPPED
        self.card.show_told(f"{record.name}, in B", told, judged=judged)
        slot.use(student, remember=False)
        self.mode_asked.emit("side")
        if before is not None and before != student:
            self._say(f"B was {method_name(before)}.", lambda: slot.use(before))
        self._go_to_worst(record)
        self._unfold()

    def _go_to_worst(self, record: Record) -> None:
        clip, track = self._controller.clip, self._track()
        span = None if clip is None else deeds.judged_span(record, Path(clip.spec))
        if span is None:
            return
        worst = None if track is None else worst_within(track.curve(0, "flicker"), *span)
        self._controller.playhead.pause()
        self._controller.playhead.seek(span[0] if worst is None else worst)

    def _unfold(self) -> None:
        """The panel with the card can be seen."""
        parent: QWidget | None = self._panel
        while parent is not None and not isinstance(parent, Dock):
            parent = parent.parentWidget()
        if parent is not None:
            parent.bring_up()
        self._panel.scroll_to(self.card)

    def _put_away(self) -> None:
        self._record = self._undo = None
        self.card.hide()

    # ---- what can be done with it

    def ask_keep(self) -> None:
        """Ask for a name, and put it into the library."""
        record = self._record
        if record is None:
            return
        sheet = KeepSheet(record.name, partial(deeds.keep, record), self._background, self._window)
        sheet.kept.connect(lambda name: self._on_kept(record, name))
        sheet.open()

    def _on_kept(self, record: Record, name: str) -> None:
        self.library_changed.emit()

        def back() -> None:
            self._submit(lambda: deeds.take_out(name), lambda _: self._on_taken_out(record, name))

        self._tell(record, f"{name} is in the library.", back)

    def _on_taken_out(self, record: Record, name: str) -> None:
        self.library_changed.emit()
        self._tell(record, f"{name} is not in the library any more.")

    def ask_export(self) -> None:
        """Ask how it is to be exported: copied with its verdict, or in another form."""
        record = self._record
        if record is not None:
            self.export_asked.emit(deeds.student_of(record), partial(self.export, record))

    def export(self, record: Record, folder: Path, *, replace: bool = False) -> None:
        """Copy it to `folder`; where files are in the way, ask first."""

        def failed(error: BaseException) -> None:
            if not isinstance(error, deeds.NotExportedError):
                self._fail(error)
                return
            sheet = ReplaceSheet(error, self._window)
            sheet.accepted.connect(lambda: self.export(record, folder, replace=True))
            sheet.open()

        def exported(files: list[Path]) -> None:
            self._tell(record, f"{', '.join(file.name for file in files)} are in {folder}.")

        self._background.submit(lambda: deeds.export(record, folder, replace=replace), exported, failed, owner=self)

    def compare_with_smoothing(self) -> None:
        """Put the model of before into A, smoothed; the new one stays in B."""
        record = self._record
        if record is None:
            return
        a, b = self._controller.a, self._controller.b
        before = a.name

        def compare(baseline: str) -> None:
            a.use(f"{_SMOOTHER}({baseline})", remember=False)
            b.use(deeds.student_of(record), remember=False)
            if before is not None:
                self._tell(record, "A is the model of before, smoothed over frames.", lambda: a.use(before))

        self._submit(lambda: deeds.baseline_of(record), compare)

    def train_longer(self) -> None:
        """Begin a training that goes on from it."""
        record = self._record
        if record is None:
            return

        def begin(plan: Plan) -> None:
            self._jobs.start(plan)
            self._tell(record, f"A {plan.preset} training goes on from this model; its line is in the tool bar.")

        self._submit(lambda: deeds.longer(record), begin)

    def discard(self) -> None:
        """Take it away, and out of both slots. `delete_discarded` deletes it, unless it comes back before."""
        record = self._record
        if record is None:
            return
        a, b, student = self._controller.a, self._controller.b, deeds.student_of(record)
        if b.name is not None and student in b.name:
            b.use(None)
        if a.name is not None and student in a.name:
            self._submit(lambda: deeds.baseline_of(record), lambda name: a.use(name, remember=False))
        self._discarded.append(record)
        self._jobs.hide(record)
        self.card.set_there(False)
        self._say("Discarded.", lambda: self._bring_back(record))
        self.card.show()

    def _bring_back(self, record: Record) -> None:
        self._discarded.remove(record)
        self._jobs.bring_back(record)
        self._place(record)

    def _resume(self) -> None:
        record = self._record
        if record is not None:
            self._jobs.resume(record)
            self._put_away()

    def _on_removed(self, record: Record) -> None:
        if record is self._record and record not in self._discarded:
            self._put_away()

    def delete_discarded(self) -> None:
        """The window closes: what was discarded goes now."""
        folders = [record.folder for record in self._discarded]
        if folders:
            self._background.submit(lambda: deeds.delete_runs(folders))

    # ---- telling

    def _submit(self, call: Callable[[], T], done: Callable[[T], object]) -> None:
        self._background.submit(call, done, self._fail, owner=self)

    def _tell(self, record: Record, text: str, undo: Callable[[], object] | None = None) -> None:
        """On its card where that is shown, else as a banner."""
        if record is self._record:
            self._say(text, undo)
        else:
            actions = () if undo is None else (Action("Undo", undo),)
            self.message.emit(Message(_KEY, text, "info", actions))

    def _say(self, text: str, undo: Callable[[], object] | None = None) -> None:
        self._undo = undo
        self.card.say(text, undo=undo is not None)

    def _take_back(self) -> None:
        undo, self._undo = self._undo, None
        self.card.say("")
        if undo is not None:
            undo()

    def _fail(self, error: BaseException) -> None:
        self.message.emit(Message(_KEY, explain(error), "error"))
