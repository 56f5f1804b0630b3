"""The library: every model with its card; use, import, remove, undo, show in folder. Beside the window."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import open_outside
from app.messages import explain
from app.models.card_view import CardView
from app.models.class_editor import ClassEditor
from app.player.background import Background
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.models.card import ModelCard
from engine.models.classes import SegmentClass
from engine.models.library import Entry, Library

_NAME = int(Qt.ItemDataRole.UserRole)
_MANY = 8  # models; from here on there is a field to search them


Sized = tuple[Entry, dict[Path, int]]
"""An entry, and the bytes of its files."""


class ModelsDialog(Sheet):
    """What is removed comes back by Undo until this is closed; then it is gone."""

    use_asked = Signal(str)
    import_asked = Signal()
    changed = Signal()
    """Models came or went."""
    relabelled = Signal(str)
    """The classes of this model have other names or colours."""

    def __init__(
        self, background: Background, current: Callable[[], str | None], parent: QWidget | None = None
    ) -> None:
        """current: name of the model at work."""
        super().__init__("Models", "", parent, width=980)
        self._background = background
        self._current = current
        self._library = Library()
        self._entries: dict[str, Entry] = {}
        self._sizes: dict[str, dict[Path, int]] = {}
        self._removed: list[list[str]] = []
        row = QHBoxLayout()
        row.setSpacing(18)
        left = QVBoxLayout()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a model")
        self.search.setAccessibleName("Find a model")
        self.search.textChanged.connect(self._filter)
        self.list = QListWidget()
        self.list.setAccessibleName("Models")
        self.list.setFixedWidth(270)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.currentItemChanged.connect(lambda *_: self._show_current())
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(lambda _: self._use())
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        self.card = CardView()
        row.addLayout(left)
        row.addWidget(self.card, 1)
        self.body.addLayout(row, 1)
        self.card.setMinimumHeight(500)
        self._strip = QWidget()
        strip = QHBoxLayout(self._strip)
        strip.setContentsMargins(0, 0, 0, 0)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self.undo_button = self._button("Undo", "undo", self.undo)
        strip.addWidget(self._said, 1)
        strip.addWidget(self.undo_button)
        self._strip.hide()
        self.body.addWidget(self._strip)
        self.import_button = self._button("Import…", "import", self.import_asked.emit)
        self.remove_button = self._button("Remove", "trash", self.remove)
        self.remove_button.setProperty("kind", "danger")
        self.show_button = self._button("Show in folder", "folder", self._reveal)
        self.copy_button = self._button("Copy name", "copy", self._copy)
        self.classes_button = self._button("Edit classes…", "fill", self.edit_classes)
        for button in (
            self.import_button,
            self.remove_button,
            self.classes_button,
            self.show_button,
            self.copy_button,
        ):
            self.buttons.addWidget(button)
        self.use_button = self.add_buttons("Use", "Close")
        self.use_button.clicked.disconnect()
        self.use_button.clicked.connect(self._use)
        self.finished.connect(lambda _: background.submit(self._library.close))
        self.refresh()

    def refresh(self) -> None:
        """Read the library again."""
        self._submit(lambda: with_sizes(self._library.entries()), self._show)

    @property
    def selected(self) -> list[str]:
        """Names of the chosen models."""
        return [str(item.data(_NAME)) for item in self.list.selectedItems()]

    def remove(self) -> None:
        """Remove the chosen models: all, or none where one cannot be."""
        names = self.selected
        if names and self._current() in names:
            self._tell(f"{self._current()} is making the masks now; use another model first.", undo=bool(self._removed))
        elif names:
            self._submit(lambda: self._library.remove(*names), lambda _: self._on_removed(names))

    def edit_classes(self) -> None:
        """Ask for other names and colours of the chosen model's classes."""
        entry = self._entries[self.selected[0]]
        if entry.card is not None:
            sheet = ClassEditor(entry.name, entry.card.class_set, self)
            sheet.accepted.connect(lambda: self._relabel(entry.name, sheet.classes))
            sheet.open()

    def _relabel(self, name: str, classes: Sequence[SegmentClass]) -> None:
        def done(card: ModelCard) -> None:
            self.relabelled.emit(card.name)
            self.refresh()

        self._submit(lambda: self._library.relabel(name, classes), done)

    def undo(self) -> None:
        """Bring back what was removed last."""
        self._submit(self._library.undo_removal, self._on_undone)

    def choose(self, name: str) -> None:
        """Show the card of this model."""
        for number in range(self.list.count()):
            if self.list.item(number).data(_NAME) == name:
                self.list.setCurrentRow(number)

    def _show(self, found: Sequence[Sized]) -> None:
        before = self.selected[0] if self.selected else self._current()
        entries = [entry for entry, _ in found]
        self._entries = {entry.name: entry for entry in entries}
        self._sizes = {entry.name: sizes for entry, sizes in found}
        self.list.clear()
        for entry in entries:
            if not entry.listed:
                continue
            item = QListWidgetItem(
                icon("model" if entry.card else "warning", "muted" if entry.card else "amber"), _line(entry)
            )
            item.setData(_NAME, entry.name)
            item.setToolTip(entry.broken or str(entry.path))
            self.list.addItem(item)
        self.search.setVisible(self.list.count() > _MANY)
        self.list.setCurrentRow(0)
        if before is not None:
            self.choose(before)
        self._enable()

    def _show_current(self) -> None:
        item = self.list.currentItem()
        entry = None if item is None else self._entries.get(str(item.data(_NAME)))
        if entry is not None:
            self.card.show_entry(entry, self._sizes[entry.name])

    def _use(self) -> None:
        names = self.selected
        if len(names) == 1 and self._entries[names[0]].card is not None:
            self.use_asked.emit(names[0])

    def _reveal(self) -> None:
        if self.selected:
            open_outside(self._entries[self.selected[0]].path.parent)

    def _copy(self) -> None:
        QApplication.clipboard().setText(" ".join(self.selected))

    def _on_removed(self, names: list[str]) -> None:
        self._removed.append(names)
        self._tell(f"Removed: {', '.join(names)}. It can be brought back until this is closed.", undo=True)
        self.changed.emit()
        self.refresh()

    def _on_undone(self, names: list[str]) -> None:
        if self._removed:
            self._removed.pop()
        self._tell(
            f"Back again: {', '.join(names)}." if names else "There is nothing to bring back.", undo=bool(self._removed)
        )
        self.changed.emit()
        self.refresh()

    def _tell(self, text: str, *, undo: bool) -> None:
        self._said.setText(text)
        self.undo_button.setVisible(undo)
        self._strip.show()

    def _submit(self, call: Callable[[], object], done: Callable[..., object]) -> None:
        self._background.submit(
            call, done, lambda error: self._tell(explain(error), undo=bool(self._removed)), owner=self
        )

    def _enable(self) -> None:
        chosen = [self._entries[name] for name in self.selected if name in self._entries]
        self.use_button.setEnabled(len(chosen) == 1 and chosen[0].card is not None)
        self.remove_button.setEnabled(bool(chosen) and all(entry.origin == "own" for entry in chosen))
        one = chosen[0] if len(chosen) == 1 else None
        self.classes_button.setEnabled(one is not None and one.origin == "own" and one.card is not None)
        for button in (self.show_button, self.copy_button):
            button.setEnabled(bool(chosen))

    def _filter(self, text: str) -> None:
        for number in range(self.list.count()):
            item = self.list.item(number)
            item.setHidden(text.casefold() not in item.text().casefold())

    def _button(self, text: str, symbol: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setIcon(icon(symbol, "muted"))
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: run())
        return button


def with_sizes(entries: Sequence[Entry]) -> list[Sized]:
    """Entries with the bytes of their files. Touches the disk."""
    return [(entry, {path: path.stat().st_size for path in entry.files()}) for entry in entries]


def _line(entry: Entry) -> str:
    card = entry.card
    if card is None:
        return f"{entry.name}\nbroken"
    miou = next((f" · {m.value:.1f} miou" for m in card.current_measurements() if m.measure == "miou"), "")
    return f"{entry.name}\n{len(card.class_set)} classes{miou}"
