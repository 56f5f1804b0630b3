"""The verdict on top of the readout: the answer, what it stands on, and what can be done with the new model."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.compare.labels import label, set_tone, tip
from app.training.outcome.words import Fact, Told
from app.views.icons import icon

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ICON = 14
_GAP = 10


class Facts(QWidget):
    """A table of before and after."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self._cells: list[QLabel] = []

    def show_facts(self, facts: Sequence[Fact], *, short: bool) -> None:
        """short: a line each, with the word at its end; else two, with the interval below."""
        while self._cells:
            cell = self._cells.pop()
            self._grid.removeWidget(cell)
            cell.setParent(None)
            cell.deleteLater()
        for column, text in enumerate(("before", "after"), 1):
            self._put(label("faint", text, small=True), 0, column, Fact("", "", "", "", "plain"))
        for number, fact in enumerate(facts):
            self._line(fact, 2 * number + 1, short)

    def _line(self, fact: Fact, row: int, short: bool) -> None:
        title = label("", fact.title)
        title.setContentsMargins(0, 0 if short else 3, 0, 0)
        self._put(title, row, 0, fact)
        for column, (text, name) in enumerate(((fact.before, "before"), (fact.after, "after")), 1):
            cell = label("", text)
            cell.setContentsMargins(0, 0 if short else 3, 0, 0)
            cell.setAccessibleName(f"{fact.title}, {name}: {text}")
            self._put(cell, row, column, fact)
        word = label("muted", fact.word, small=True)
        set_tone(word, fact.tone)
        if short:
            self._put(word, row, 3, fact)
            return
        interval = label("faint", f"change {fact.interval}" if fact.interval else "", small=True)
        self._put(interval, row + 1, 0, fact)
        self._put(word, row + 1, 1, fact, span=2)

    def _put(self, cell: QLabel, row: int, column: int, fact: Fact, span: int = 1) -> None:
        cell.setToolTip(tip(fact.tip))
        self._grid.addWidget(cell, row, column, 1, span, _RIGHT if column else Qt.AlignmentFlag.AlignLeft)
        self._cells.append(cell)


class VerdictCard(QFrame):
    """Emits what is asked for and shows what it is told. GUI thread only."""

    keep_asked = Signal()
    export_asked = Signal()
    smoothing_asked = Signal()
    longer_asked = Signal()
    discard_asked = Signal()
    resume_asked = Signal()
    curves_asked = Signal()
    """How it was trained is to be seen."""
    undo_asked = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        self.model = label("faint", small=True)
        self.headline, self.sentence, self.reasons, self.note = (
            _wrapped(kind) for kind in ("title", "muted", "muted", "")
        )
        self.close_button = _tool("close", "Close the verdict; the line in the tool bar brings it back")
        self.close_button.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self.model, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addWidget(self.headline)
        column.addWidget(self.sentence)
        self.facts, self.classes = Facts(), Facts()
        self.fold_button = _tool("folded", "")
        self.fold_button.setText("Every class, and why")
        self.fold_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold_button.setCheckable(True)
        self.fold_button.setStyleSheet("QToolButton { background: transparent; padding: 2px 4px 2px 0; }")
        self.fold_button.toggled.connect(self._unfold)
        for widget in (self.facts, self.fold_button, self.classes, self.reasons):
            column.addWidget(widget)
        self.note_row = QWidget()
        row = QHBoxLayout(self.note_row)
        row.setContentsMargins(0, 0, 0, 0)
        self.undo_button = _button("Undo", "link", self.undo_asked)
        row.addWidget(self.note, 1)
        row.addWidget(self.undo_button)
        column.addWidget(self.note_row)
        column.addWidget(self._make_actions())
        self.hide()

    def _make_actions(self) -> QWidget:
        self._actions = QWidget()
        grid = QGridLayout(self._actions)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setSpacing(6)
        self.keep_button = _button("Keep…", "primary", self.keep_asked)
        self.resume_button = _button("Resume", "primary", self.resume_asked)
        self.export_button = _button("Export…", "", self.export_asked)
        self.smoothing_button = _button("Compare with smoothing", "", self.smoothing_asked)
        self.longer_button = _button("Train longer", "", self.longer_asked)
        self.discard_button = _button("Discard", "danger", self.discard_asked)
        self.curves_button = _button("How it was trained", "link", self.curves_asked)
        self.keep_button.setToolTip("Put it into the library under a name")
        self.export_button.setToolTip(
            "Copy the model and its verdict to a folder, or write it in another form or precision"
        )
        self.smoothing_button.setToolTip(
            "Put the model of before, smoothed over frames, into A, and the new one into B"
        )
        self.longer_button.setToolTip("Go on from this model with the next longer preset")
        self.discard_button.setToolTip("Take it away; Undo brings it back until the window closes")
        grid.addWidget(self.resume_button, 0, 0, 1, 2)
        grid.addWidget(self.keep_button, 1, 0)
        grid.addWidget(self.export_button, 1, 1)
        grid.addWidget(self.smoothing_button, 2, 0, 1, 2)
        grid.addWidget(self.longer_button, 3, 0)
        grid.addWidget(self.discard_button, 3, 1)
        grid.addWidget(self.curves_button, 4, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        return self._actions

    # ---- what is shown

    def show_told(self, model: str, told: Told, *, judged: bool) -> None:
        """model: what it is about. judged: whether there is a verdict; a training that was stopped has none."""
        self.model.setText(model)
        self.headline.setText(told.headline)
        set_tone(self.headline, told.tone)
        self.headline.setStyleSheet("font-weight: 600;")
        self.sentence.setText(told.sentence)
        self.facts.setVisible(bool(told.facts))
        self.facts.show_facts(told.facts, short=False)
        self.classes.show_facts(told.classes, short=True)
        self.reasons.setText("\n".join(told.reasons))
        self.fold_button.setVisible(bool(told.classes or told.reasons))
        self.fold_button.setChecked(False)
        self._unfold(False)
        self.keep_button.setProperty("kind", "primary" if told.tone == "better" else "")
        self.keep_button.style().polish(self.keep_button)
        self.resume_button.setVisible(not judged)
        self.longer_button.setVisible(judged)
        self.set_there(True)
        self.say("")
        self.setAccessibleName(f"Verdict on {model}: {told.headline}")
        self.show()

    def set_there(self, there: bool) -> None:
        """Whether there is anything to do something with: not where it was discarded."""
        self._actions.setVisible(there)

    def say(self, text: str, *, undo: bool = False) -> None:
        """What was just done; an empty text takes it away. undo: whether it can be taken back."""
        self.note.setText(text)
        self.note_row.setVisible(bool(text))
        self.undo_button.setVisible(undo)

    def _unfold(self, unfolded: bool) -> None:
        self.fold_button.setIcon(icon("unfolded" if unfolded else "folded", "muted"))
        self.fold_button.setAccessibleName(f"Every class, and why, {'unfolded' if unfolded else 'folded'}")
        self.classes.setVisible(unfolded)
        self.reasons.setVisible(unfolded)


def _wrapped(kind: str) -> QLabel:
    made = label(kind)
    made.setWordWrap(True)
    return made


def _tool(symbol: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(symbol, "muted"))
    button.setIconSize(QSize(_ICON, _ICON))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(name)
    button.setAccessibleName(name.split(";")[0])
    return button


def _button(text: str, kind: str, asked: SignalInstance) -> QPushButton:
    button = QPushButton(text)
    if kind:
        button.setProperty("kind", kind)
    button.setAutoDefault(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(asked)
    return button
