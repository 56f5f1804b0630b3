"""What will happen when a model is made steady: who learns from whom, on which frames, for how long. Start needs no
more than a press."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from app.dialogs.opening import VIDEOS
from app.dialogs.parts import Remark
from app.messages import explain
from app.player.background import Background
from app.training.calibration import Speeds, speeds
from app.training.clip_list import ClipList
from app.training.labelled_row import LabelledRow
from app.training.options import Options
from app.training.preset_choice import PresetChoice
from app.training.rows import add_row, grid, in_column
from app.training.student import Student, Unable, find_student, refuse_name
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.video.clips import find_clips
from trainer.steady import ClipSpan, Labelled, Plan, holds_labels, plan_steadying
from trainer.steady.estimate import estimated_s

_PAUSE_MS = 300
"""While somebody types, nothing is looked at yet."""
_HINT = "Drop videos or folders of images here, or add them. Labels are not needed."


@dataclass(frozen=True, slots=True)
class Watched:
    """What is open in the window. clips: it, with in and out, where it can be learnt from. live: name of the camera or
    stream that is open, "" for none.
    """

    clips: tuple[ClipSpan, ...] = ()
    live: str = ""


class SteadySheet(Sheet):
    """Asks; the window starts `plan`. Disk, probes and the calibration are background work.

    plan: of what is asked for now; None while it is not known, or cannot be.
    """

    use_asked = Signal(str)
    """A model is wanted in slot A."""
    record_asked = Signal()
    """A clip of what is live is wanted first."""

    def __init__(
        self, method: str | None, watched: Watched, background: Background, parent: QWidget | None = None
    ) -> None:
        """method: in slot A."""
        super().__init__("Make A steady", " ", parent, width=620)
        self.plan: Plan | None = None
        self._background = background
        self._watched = watched
        self._clips = list(watched.clips)
        self._student: Student | None = None
        self._labelled: Path | None = None
        self._speeds: Speeds | None = None
        self._asked = 0
        self._closed = threading.Event()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._look)
        self.setAcceptDrops(True)
        self._rest = QWidget()
        """All that matters only where somebody can learn."""
        self.student, self.teacher, self.time = (QLabel() for _ in range(3))
        for label in (self.student, self.teacher, self.time):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.instead = QPushButton()
        self.instead.setAutoDefault(False)
        self.instead.clicked.connect(self._use_instead)
        self.instead.hide()
        self.clips = ClipList()
        self.clips.removed.connect(self._remove)
        self.options = Options()
        self.options.changed.connect(self._soon)
        self.options.folded.connect(self._fit)
        self.options.labels_asked.connect(self._choose_labelled)
        self.labelled = LabelledRow()
        self.labelled.removed.connect(lambda: self._use_labelled(None))
        self.presets = PresetChoice()
        self._lay_out()
        self.remark = Remark()
        self.body.addWidget(self.remark)
        self.start_button = self.add_buttons("Start")
        self.finished.connect(self._give_up)
        self._show_clips()
        for widget in (self.labelled, self._labelled_name):
            widget.hide()
        self._study(method)

    def _lay_out(self) -> None:
        who, rest = grid(self), grid(self)
        rest.setContentsMargins(0, 0, 0, 0)
        self._rest.setLayout(rest)
        self.body.addLayout(who)
        self.body.addWidget(self._rest)
        student = in_column(self.student)
        student.addWidget(self.instead, 0, Qt.AlignmentFlag.AlignLeft)
        add_row(who, "Student", student)
        add_row(rest, "Teacher", in_column(self.teacher))
        self.add_button = QPushButton("Add…")
        self.record_button = QPushButton("Record a clip of it first")
        self.record_button.setIcon(icon("record", "red"))
        self.record_button.setVisible(bool(self._watched.live))
        self.record_button.clicked.connect(self._record)
        more = QHBoxLayout()
        for button in (self.add_button, self.record_button):
            button.setAutoDefault(False)
            more.addWidget(button)
        more.addStretch(1)
        self.add_button.clicked.connect(self._choose)
        clips = in_column(self.clips)
        clips.addLayout(more)
        add_row(rest, "Clips", clips)
        self._labelled_name = add_row(rest, "Labels", in_column(self.labelled))
        self.presets.chosen.connect(self.refresh)
        add_row(rest, "How long", in_column(self.presets))
        add_row(rest, "Takes", in_column(self.time))
        rest.addWidget(self.options, rest.rowCount(), 0, 1, 2)

    @property
    def spans(self) -> tuple[ClipSpan, ...]:
        """The clips, with their ranges."""
        return tuple(self._clips)

    def add(self, paths: Sequence[Path]) -> None:
        """Learn from these too: videos, folders of images, or folders of either; and a folder of images with labels."""

        def look() -> tuple[list[Path], list[Path]]:
            labelled = [path for path in paths if holds_labels(path)]
            others = [str(path) for path in paths if path not in labelled]
            return labelled, [Path(clip.what) for clip in find_clips(others)] if others else []

        def found(those: tuple[list[Path], list[Path]]) -> None:
            labelled, clips = those
            known = {clip.path for clip in self._clips}
            self._clips += [ClipSpan(path) for path in clips if path not in known]
            self._show_clips()
            self._use_labelled(labelled[-1] if labelled else self._labelled)

        self._background.submit(
            look,
            found,
            lambda error: self.remark.say(explain(error), "warning"),
            owner=self,
        )

    def refresh(self) -> None:
        """Something else is asked for: look again at what will happen."""
        self._forget()
        self._timer.stop()
        self._look()

    # ---- who learns

    def _study(self, method: str | None) -> None:
        self._forget()
        self._student = None
        self.say("Looking at what stands in slot A…")
        self.instead.hide()
        self._background.submit(
            lambda: find_student(method),
            self._on_studied,
            lambda error: self._on_studied(Unable(explain(error), None)),
            owner=self,
        )

    def _on_studied(self, found: Student | Unable) -> None:
        self.instead.setVisible(isinstance(found, Unable) and found.instead is not None)
        self._rest.setVisible(isinstance(found, Student))
        if isinstance(found, Unable):
            self.say("What stands in slot A cannot learn.")
            self.student.setText(found.why)
            self.instead.setText(f"Put {found.instead} into A")
            self.instead.setProperty("model", found.instead)
            self.remark.say("")
            self._fit()
            return
        self._student = found
        self.say(found.what_happens)
        self.student.setText(found.who_learns)
        self.options.show_student(found)
        self.presets.offer(found.presets)
        self._calibrate(found)
        self._fit()
        self.refresh()
        self.start_button.setFocus()

    def _use_instead(self) -> None:
        name = self.instead.property("model")
        self.use_asked.emit(name)
        self._study(name)

    def _calibrate(self, student: Student) -> None:
        """Two seconds of the student at work, on as many threads as will train."""
        self._speeds = None
        threads, closed = self.options.threads.value(), self._closed
        self._background.submit(
            lambda: speeds(student.start, threads, cancelled=closed.is_set),
            self._on_calibrated,
            lambda error: self.time.setText(f"Not known: {explain(error)}"),
            owner=self,
        )

    def _on_calibrated(self, found: Speeds) -> None:
        self._speeds = found
        self._show_time()

    # ---- on which clips

    def _show_clips(self) -> None:
        self.clips.show_clips(self._clips)
        live = self._watched.live
        hint = f"{live} goes on without an end, and cannot be learnt from as it is. {_HINT}" if live else _HINT
        self.clips.hint.setText(hint)
        self.clips.hint.setVisible(not self._clips)
        self._fit()

    def _remove(self, clip: ClipSpan) -> None:
        self._clips.remove(clip)
        self._show_clips()
        self.refresh()

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Clips to learn from", "", VIDEOS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda files: self.add([Path(file) for file in files]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _choose_labelled(self) -> None:
        dialog = QFileDialog(self, "A folder of images with labels")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.filesSelected.connect(lambda folders: self._use_labelled(Path(folders[0])))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _use_labelled(self, folder: Path | None) -> None:
        self._labelled = folder
        if folder is not None:
            self.labelled.show_folder(folder)
        for widget in (self.labelled, self._labelled_name):
            widget.setVisible(folder is not None)
        self._fit()
        self.refresh()

    def _record(self) -> None:
        self.record_asked.emit()
        self.reject()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # ---- what will happen

    def _forget(self) -> None:
        """What is known of the plan is of something else by now."""
        self._asked += 1
        self.plan = None
        if hasattr(self, "start_button"):
            self.start_button.setEnabled(False)

    def _soon(self) -> None:
        self._forget()
        self._timer.start()

    def _look(self) -> None:
        student, clips, preset = self._student, self.spans, self.presets.preset
        if student is None:
            return
        teacher = self.options.chosen_teacher
        self.teacher.setText(teacher or student.usual_teacher)
        self.clips.show_spans(())
        self._show_time()
        if not clips:
            self.remark.say("Add a clip to learn from.", "warning")
            return
        asked, name = self._asked, self.options.name.text().strip()
        seed, threads = self.options.chosen_seed, self.options.threads.value()
        labelled = None if self._labelled is None else Labelled(self._labelled)

        def plan() -> Plan:
            refuse_name(name)
            return plan_steadying(
                clips,
                student.start,
                preset=preset,
                name=name,
                teacher=teacher,
                seed=seed,
                threads=threads,
                labelled=labelled,
            )

        self.remark.say("")
        self._background.submit(
            plan,
            lambda plan: self._on_planned(plan) if asked == self._asked else None,
            lambda error: self.remark.say(explain(error), "warning") if asked == self._asked else None,
            owner=self,
        )

    def _on_planned(self, plan: Plan) -> None:
        self.plan = plan
        self.clips.show_spans([spans for _, spans in plan.clips])
        self.labelled.show_count(plan.images)
        judged = sum(len(spans.judge) for _, spans in plan.clips)
        self.remark.say(f"{judged} frames are kept for judging: nothing is learnt from them, and nothing chosen by.")
        self._show_time()
        self.start_button.setEnabled(True)

    def _show_time(self) -> None:
        if self._speeds is None:
            self.time.setText("Measuring this machine…")
        elif self.plan is not None:
            self.time.setText(
                f"About {_long(estimated_s(self.plan, *self._speeds))} on this machine; you can go on watching"
            )
        else:
            self.time.setText("…")

    def _fit(self) -> None:
        """Be as high as what is shown, once that is laid out."""
        QTimer.singleShot(0, self, self._resize)

    def _resize(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _give_up(self) -> None:
        self._timer.stop()
        self._closed.set()
        self._asked += 1


def _long(seconds: float) -> str:
    """A time that is not known exactly, as people say it."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 30) / 2
    return f"{hours:g} hour{'s' if hours != 1 else ''}"
