"""What of a training most people leave as it is, folded away: the name, the teacher, the seed, the threads."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget

from app.training.calibration import most_threads
from app.training.rows import label_width
from app.training.student import Student
from app.views.choice import Choice
from app.views.icons import icon

_ITSELF, _A = "The student, as it is now", "The model in A"
_USUAL_SEED = -1


class Options(QWidget):
    """GUI thread only."""

    changed = Signal()
    folded = Signal()
    """It was folded or unfolded."""
    labels_asked = Signal()
    """A folder of labelled images is to be chosen."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.fold_button = QPushButton("More")
        self.fold_button.setProperty("kind", "link")
        self.fold_button.setAutoDefault(False)
        column.addWidget(self.fold_button)
        column.setAlignment(self.fold_button, Qt.AlignmentFlag.AlignLeft)
        self._inside = QWidget()
        self.fold_button.clicked.connect(lambda: self.fold(not self._inside.isHidden()))
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(18)
        self._grid.setColumnMinimumWidth(0, label_width(self))
        self._grid.setColumnStretch(1, 1)
        column.addWidget(self._inside)
        self.name = QLineEdit()
        self.teacher = Choice()
        self.seed = QSpinBox()
        self.seed.setRange(_USUAL_SEED, 2**31 - 1)
        self.seed.setSpecialValueText("the preset's")
        self.seed.setValue(_USUAL_SEED)
        self.threads = QSpinBox()
        self.threads.setRange(1, most_threads())
        self.threads.setValue(most_threads())
        self.threads.setToolTip("Of the processor; one stays for the window")
        for text, widget in (
            ("Name", self.name),
            ("Teacher", self.teacher),
            ("Seed", self.seed),
            ("Threads", self.threads),
        ):
            self._add(text, widget)
        self.labels_button = QPushButton("Add labelled images…")
        self.labels_button.setAutoDefault(False)
        self.labels_button.setToolTip("They are learnt again, and tell the accuracy before and after")
        self.labels_button.clicked.connect(self.labels_asked)
        self._add("Labels", self.labels_button)
        self.name.textEdited.connect(lambda _: self.changed.emit())
        self.teacher.activated.connect(lambda _: self.changed.emit())
        self.seed.valueChanged.connect(lambda _: self.changed.emit())
        self.threads.valueChanged.connect(lambda _: self.changed.emit())
        for box in (self.seed, self.threads):
            box.lineEdit().setTextMargins(7, 0, 0, 0)
        self.fold(True)

    def fold(self, folded: bool) -> None:
        """Hide all but the name of this part, or show it."""
        self._inside.setVisible(not folded)
        self.fold_button.setIcon(icon("folded" if folded else "unfolded", "accent"))
        self.folded.emit()

    def show_student(self, student: Student) -> None:
        """Offer what goes with this student."""
        self.name.setText(student.suggested)
        self.teacher.clear()
        self.teacher.addItems([_A if student.is_new else _ITSELF, *student.teachers])

    @property
    def chosen_teacher(self) -> str | None:
        """Name of a model; None for the student itself."""
        return self.teacher.currentText() if self.teacher.currentIndex() > 0 else None

    @property
    def chosen_seed(self) -> int | None:
        """None for the preset's."""
        return None if self.seed.value() == _USUAL_SEED else self.seed.value()

    def _add(self, text: str, widget: QWidget) -> None:
        label = QLabel(text)
        label.setProperty("kind", "muted")
        label.setBuddy(widget)
        widget.setAccessibleName(text)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
