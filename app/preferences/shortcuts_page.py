"""Preferences → Shortcuts: every command with its keys; press new ones, take them from others, put them back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.shortcuts import COMMANDS, ShortcutConflict, Shortcuts, command

_ID = int(Qt.ItemDataRole.UserRole)


class ShortcutsPage(QWidget):
    """Changes the keys in `shortcuts`, which take effect at once."""

    changed = Signal()

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(10)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command or a key")
        self.search.setAccessibleName("Find a command or a key")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        column.addWidget(self.search)
        self.table = QTreeWidget()
        self.table.setAccessibleName("Commands and their keys")
        self.table.setColumnCount(3)
        self.table.setHeaderLabels(["Command", "Menu", "Keys"])
        self.table.setRootIsDecorated(False)
        self.table.ensurePolished()  # else the rows are as low as those of another look
        self.table.setUniformRowHeights(True)
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.currentItemChanged.connect(lambda *_: self._show_current())
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName("New key for the chosen command")
        self.set_button = self._button("Set", self._set)
        self.none_button = self._button("No key", lambda: self._rebind(()))
        self.reset_button = self._button("Reset", self._reset)
        self.reset_all_button = self._button("Reset all", self._reset_all)
        row.addWidget(QLabel("Press a key:"))
        for widget in (self.keys, self.set_button, self.none_button, self.reset_button):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.reset_all_button)
        column.addLayout(row)
        strip = QHBoxLayout()
        self._say = QLabel()
        self._say.setProperty("kind", "warning")
        self._say.setWordWrap(True)
        self.take_button = self._button("Take it from there", self._take)
        strip.addWidget(self._say, 1)
        strip.addWidget(self.take_button)
        column.addLayout(strip)
        self._conflict: ShortcutConflict | None = None
        self._items: dict[str, QTreeWidgetItem] = {}
        for each in COMMANDS:
            item = QTreeWidgetItem([each.text.rstrip("…"), each.menu, ""])
            item.setData(0, _ID, each.id)
            item.setToolTip(0, each.hint)
            self.table.addTopLevelItem(item)
            self._items[each.id] = item
        self._refresh()
        self.choose(COMMANDS[0].id)

    @property
    def current(self) -> str:
        """Id of the chosen command."""
        item = self.table.currentItem()
        return COMMANDS[0].id if item is None else str(item.data(0, _ID))

    def choose(self, command_id: str) -> None:
        """Choose a command."""
        self.table.setCurrentItem(self._items[command_id])

    def _set(self) -> None:
        keys = self.keys.keySequence()
        if not keys.isEmpty():
            self._rebind((keys.toString(QKeySequence.SequenceFormat.PortableText),))

    def _rebind(self, keys: tuple[str, ...]) -> None:
        try:
            self._shortcuts.rebind(self.current, keys)
        except ShortcutConflict as conflict:
            self._show_conflict(conflict)
        else:
            self._done()

    def _reset(self) -> None:
        try:
            self._shortcuts.reset(self.current)
        except ShortcutConflict as conflict:
            self._show_conflict(conflict)
        else:
            self._done()

    def _reset_all(self) -> None:
        self._shortcuts.reset()
        self._done()

    def _take(self) -> None:
        """Give the key in the way to the chosen command."""
        conflict = self._conflict
        if conflict is None:
            return
        left = tuple(k for k in self._shortcuts.keys(conflict.other.id) if k.casefold() != conflict.key.casefold())
        self._shortcuts.rebind(conflict.other.id, left)
        self._rebind((conflict.key,))

    def _show_conflict(self, conflict: ShortcutConflict) -> None:
        self._conflict = conflict
        self._say.setText(f"{conflict.key} already starts “{conflict.other.text.rstrip('…')}”.")
        self.take_button.show()

    def _done(self) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        for command_id, item in self._items.items():
            keys = [QKeySequence(key) for key in self._shortcuts.keys(command_id)]
            item.setText(2, "   ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys))
            font = item.font(2)
            font.setBold(command_id in self._shortcuts.overrides)
            item.setFont(2, font)
        self._show_current()

    def _show_current(self) -> None:
        self._conflict = None
        self._say.clear()
        self.take_button.hide()
        self.keys.clear()
        self.reset_button.setEnabled(self.current in self._shortcuts.overrides)
        self.none_button.setEnabled(bool(self._shortcuts.keys(self.current)))
        self.keys.setToolTip(f"For “{command(self.current).text.rstrip('…')}”")

    def _filter(self, text: str) -> None:
        wanted = text.casefold()
        for item in self._items.values():
            fits = wanted in " ".join(item.text(column) for column in range(3)).casefold()
            item.setHidden(not fits)

    def _button(self, text: str, run: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: run())  # type: ignore[operator]
        return button
