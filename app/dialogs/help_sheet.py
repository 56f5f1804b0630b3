"""The help sheets: every key, made from the table of commands; what Steadymask is; and the report that was copied."""

from importlib.metadata import version

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.shortcuts import COMMANDS, Command, Shortcuts
from app.views.icons import icon, mark
from app.views.sheet import Sheet, section

_COLUMNS = 3


class HelpSheet(Sheet):
    """All commands by menu with their keys, and a field to search them."""

    change_asked = Signal()

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__("Keyboard shortcuts", "", parent, width=980)
        self._rows: list[tuple[Command, QWidget]] = []
        self._heads: dict[str, QLabel] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command")
        self.search.setAccessibleName("Find a command")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.body.addWidget(self.search)
        grid = QHBoxLayout()
        grid.setSpacing(34)
        columns = [QVBoxLayout() for _ in range(_COLUMNS)]
        for column in columns:
            column.setSpacing(3)
            grid.addLayout(column, 1)
        filled = [0] * _COLUMNS
        for menu in dict.fromkeys(command.menu for command in COMMANDS):
            commands = [command for command in COMMANDS if command.menu == menu]
            place = filled.index(min(filled))
            filled[place] += len(commands) + 2
            head = self._heads[menu] = section(menu)
            columns[place].addWidget(head)
            for command in commands:
                row = _row(command, shortcuts.keys(command.id))
                columns[place].addWidget(row)
                self._rows.append((command, row))
            columns[place].addSpacing(12)
        for column in columns:
            column.addStretch(1)
        inside = QWidget()
        inside.setLayout(grid)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setMinimumHeight(480)
        self.body.addWidget(scroll, 1)
        change = QPushButton("Change shortcuts…")
        change.setIcon(icon("keyboard", "muted"))
        change.setAutoDefault(False)
        change.clicked.connect(self.change_asked)
        change.clicked.connect(self.accept)
        self.buttons.addWidget(change)
        self.add_buttons("Close", "").setFocus()

    def _filter(self, text: str) -> None:
        wanted = text.casefold()
        shown = set()
        for command, row in self._rows:
            fits = wanted in f"{command.text} {command.hint} {command.menu}".casefold()
            row.setVisible(fits)
            if fits:
                shown.add(command.menu)
        for menu, head in self._heads.items():
            head.setVisible(menu in shown)


class AboutSheet(Sheet):
    """What this is, and under which terms."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Steadymask", f"Version {version('steadymask')}", parent, width=440)
        picture = QLabel()
        picture.setPixmap(mark(72))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = QLabel(
            "Per-frame masks for your own video, on your own machine. The code is under the Apache License 2.0. The "
            "bundled weights are for research use, non-commercial, because the images that they learned from are."
        )
        text.setWordWrap(True)
        self.body.addWidget(picture)
        self.body.addWidget(text)
        self.add_buttons("Close", "")


class ReportSheet(Sheet):
    """What was copied, to be looked at before it is pasted somewhere."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(
            "Report",
            "This is on the clipboard now. Paths, addresses, clip names, your name and your machine's are left out; "
            "look before you paste it.",
            parent,
            width=760,
        )
        text = QPlainTextEdit(report)
        text.setReadOnly(True)
        text.setAccessibleName("Report")
        text.setMinimumHeight(420)
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.body.addWidget(text, 1)
        self.add_buttons("Close", "")
        QApplication.clipboard().setText(report)


def _row(command: Command, keys: tuple[str, ...]) -> QWidget:
    row = QWidget()
    line = QGridLayout(row)
    line.setContentsMargins(0, 1, 0, 1)
    line.setHorizontalSpacing(5)
    name = QLabel(command.text.rstrip("…"))
    name.setToolTip(command.hint)
    line.addWidget(name, 0, 0)
    line.setColumnStretch(0, 1)
    for number, key in enumerate(keys[:2], 1):
        cap = QLabel(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText))
        cap.setProperty("kind", "key")
        line.addWidget(cap, 0, number)
    return row
