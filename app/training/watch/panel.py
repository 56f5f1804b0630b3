"""The trainings at a glance: the queue, and of one of them its stages, losses, what chooses, and the worst moment."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.compare.labels import label
from app.export.rows import Row
from app.messages import shorten
from app.player.background import Background
from app.training.jobs import SteadyJobs
from app.training.record import Record
from app.training.watch.plots import TrainingPlots
from app.training.watch.preview import Preview
from app.views.elided import Elided
from app.views.icons import icon
from app.views.sheet import Sheet

STAGES = ("Prepare", "Learn", "Choose", "Judge")
_PLACES = {"": 0, "targets": 0, "training": 1, "choosing": 2, "judging": 3}
_WIDTH, _HEIGHT = 840, 540  # pixels; a window of 900 × 600 has room for it
_LIST = 196
_MOST_CHOICES = 3
_NOTHING = "Nothing was trained yet. Make A steady, in the tool bar, begins a training."
_RECORD = int(Qt.ItemDataRole.UserRole)


class StageRow(QWidget):
    """What is done, what is being done, and what comes yet."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.labels = [label("badge", stage) for stage in STAGES]
        for number, each in enumerate(self.labels):
            if number:
                row.addWidget(label("faint", "→"))
            row.addWidget(each)
        row.addStretch(1)

    def show_stage(self, place: int) -> None:
        """place: of the stage that is worked on, their number when all are done."""
        for number, each in enumerate(self.labels):
            each.setText(f"✓ {STAGES[number]}" if number < place else STAGES[number])
            state = "done" if number < place else "now" if number == place else "to come"
            each.setAccessibleName(f"{STAGES[number]}, {state}")
            level = "accent" if number == place else ""
            if each.property("level") != level:
                each.setProperty("level", level)
                each.style().polish(each)


class TrainingPanel(Sheet):
    """Stands beside its window, and shows what goes on in it. GUI thread only."""

    def __init__(
        self,
        jobs: SteadyJobs,
        background: Background,
        row_of: Callable[[Record], Row],
        parent: QWidget | None = None,
    ) -> None:
        """row_of: how a job is doing, and what can be done with it."""
        super().__init__("Training", "", parent, width=_WIDTH)
        self._jobs = jobs
        self._row_of = row_of
        self._record: Record | None = None
        whole = QHBoxLayout()
        whole.setSpacing(18)
        self.list = QListWidget()
        self.list.setAccessibleName("Trainings")
        self.list.setFixedWidth(_LIST)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentItemChanged.connect(self._on_chosen)
        whole.addWidget(self.list)
        whole.addLayout(self._make_right(background), 1)
        self.body.addLayout(whole, 1)
        self.choices = [QPushButton() for _ in range(_MOST_CHOICES)]
        for place, button in enumerate(self.choices):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, place=place: self._choose(place))
            self.buttons.addWidget(button)
        self.add_buttons("Close", "").setDefault(False)
        self.resize(_WIDTH, _HEIGHT)
        jobs.changed.connect(self._on_changed)
        jobs.removed.connect(self._on_removed)
        self._show_list()

    def _make_right(self, background: Background) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(8)
        self.title = Elided(Qt.TextElideMode.ElideMiddle)
        self.title.setProperty("kind", "title")
        self.about = Elided(Qt.TextElideMode.ElideMiddle)
        self.about.setProperty("kind", "muted")
        for each in (self.title, self.about):
            each.setTextFormat(Qt.TextFormat.PlainText)
        self.stages = StageRow()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("How far this stage is")
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.preview = Preview(background)
        self.plots = TrainingPlots(self.preview)
        for widget in (self.title, self.about, self.stages, self.bar, self.state):
            right.addWidget(widget)
        right.addWidget(self.plots, 1)
        return right

    @property
    def record(self) -> Record | None:
        """The training that is shown."""
        return self._record

    def choose(self, record: Record) -> None:
        """Show this one."""
        for number in range(self.list.count()):
            if self.list.item(number).data(_RECORD) is record:
                self.list.setCurrentRow(number)

    # ---- the queue

    def _show_list(self) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for record in self._jobs.records:
                item = QListWidgetItem()
                item.setData(_RECORD, record)
                self.list.addItem(item)
                self._write(item)
        self.choose(self._record) if self._record in self._jobs.records else self.list.setCurrentRow(0)
        self._on_chosen()

    def _write(self, item: QListWidgetItem) -> None:
        row = self._row_of(item.data(_RECORD))
        item.setText(f"{shorten(item.data(_RECORD).name, 24)}\n{_cut(row.brief)}")
        item.setIcon(icon(row.symbol, row.role))
        item.setToolTip(f"{row.name}: {row.text}")

    def _on_changed(self, record: Record) -> None:
        for number in range(self.list.count()):
            if self.list.item(number).data(_RECORD) is record:
                self._write(self.list.item(number))
                break
        else:
            self._show_list()
        if record is self._record:
            self._show()

    def _on_removed(self, record: Record) -> None:
        if record is self._record:
            self._record = None
        self._show_list()

    def _on_chosen(self) -> None:
        item = self.list.currentItem()
        self._record = None if item is None else item.data(_RECORD)
        self._show()

    # ---- one of them

    def _show(self) -> None:
        record = self._record
        for part in (self.title, self.about, self.stages, self.bar, self.plots):
            part.setVisible(record is not None)
        self.preview.look(None if record is None else record.preview)
        if record is None:
            self.state.setText(_NOTHING)
            self._show_choices(())
            return
        row = self._row_of(record)
        self.title.setText(record.name)
        self.about.setText(about(record))
        self.about.setToolTip("\n".join(map(str, record.clips)))
        self.stages.show_stage(len(STAGES) if record.status == "done" else _PLACES.get(record.stage, 0))
        # 0 of 0 moves to and fro: it works, and how far is not known.
        self.bar.setVisible(record.works)
        self.bar.setRange(0, record.total)
        self.bar.setValue(record.step)
        self.state.setText(row.text)
        self._set_alarm(record.status == "failed")
        self.plots.draw(record.series)
        # What shows this very panel is no choice in it.
        self._show_choices(tuple(each.label for each in row.choices if not (record.works and each.label == "Show")))

    def _set_alarm(self, alarm: bool) -> None:
        kind = "error" if alarm else ""
        if self.state.property("kind") != kind:
            self.state.setProperty("kind", kind)
            self.state.style().polish(self.state)

    def _show_choices(self, names: tuple[str, ...]) -> None:
        for button, name in zip(self.choices, (*names, *[""] * _MOST_CHOICES), strict=False):
            button.setVisible(bool(name))
            button.setText(name)

    def _choose(self, place: int) -> None:
        if self._record is None:
            return
        name = self.choices[place].text()
        for choice in self._row_of(self._record).choices:
            if choice.label == name:
                choice.run()
                return


def about(record: Record) -> str:
    """`street, on drive.mp4 and 2 more clips · quick`."""
    first = record.clips[0].name if record.clips else ""
    more = len(record.clips) - 1
    clips = f"{first} and {more} more clip{'s' if more > 1 else ''}" if more > 0 else first
    return f"{record.student}, on {clips} · {record.preset}"


def _cut(text: str, most: int = 22) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
