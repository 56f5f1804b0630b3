"""The library: every model with its card; use in A or B, import, remove, undo, show in folder. Beside the window."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
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
_SIZE = QSize(980, 640)
_LEAST_HEIGHT = 300  # of a card, pixels: all of this has room in a window of 600

Sized = tuple[Entry, dict[Path, int]]
"""An entry, and the bytes of its files."""


class ModelsDialog(Sheet):
    """What is removed comes back by Undo until this is closed; then it is gone."""

    use_asked = Signal(str)
    """A model is to stand in slot A."""
    use_b_asked = Signal(str)
    """A model is to stand in slot B."""
    import_asked = Signal()
    export_asked = Signal(str)
    """A model is to be written in another form."""
    changed = Signal()
    """Models came or went."""
    relabelled = Signal(str)
    """The classes of this model have other names or colours."""

    def __init__(
        self,
        background: Background,
        at_work: Callable[[], tuple[str | None, str | None]],
        parent: QWidget | None = None,
    ) -> None:
        """at_work: names of the models in slots A and B; None for an empty slot."""
        super().__init__("Models", "", parent, width=860)
        self._background = background
        self._at_work = at_work
        self._library = Library()
        self._entries: dict[str, Entry] = {}
        self._sizes: dict[str, dict[Path, int]] = {}
        self._shown: Sized | None = None
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
        # A name that does not fit is cut at its end, and stands whole in the tool tip and on the card.
        self.list.setItemDelegate(_Narrow(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.currentItemChanged.connect(lambda *_: self._show_current())
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(lambda _: self._use())
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        # Under the list, since the row of buttons below is full.
        self.classes_button = self._button("Edit classes…", "fill", self.edit_classes)
        self.export_button = self._button("Export…", "export", lambda: self._put(self.export_asked))
        under = QHBoxLayout()
        under.addWidget(self.classes_button)
        under.addWidget(self.export_button)
        under.addStretch(1)
        left.addLayout(under)
        self.card = CardView()
        row.addLayout(left)
        row.addWidget(self.card, 1)
        self.body.addLayout(row, 1)
        self.card.setMinimumHeight(_LEAST_HEIGHT)
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
        for button in (self.import_button, self.remove_button, self.show_button, self.copy_button):
            self.buttons.addWidget(button)
        self.use_button = self.add_buttons("Use in A", "Close")
        self.use_button.clicked.disconnect()
        self.use_button.clicked.connect(self._use)
        self.use_b_button = self._button("Use in B", "", self._use_b)
        self.buttons.insertWidget(self.buttons.count() - 1, self.use_b_button)
        self.finished.connect(lambda _: background.submit(self._library.close))
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
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
        busy = next((name for name in self._at_work() if name in names), None)
        if busy is not None:
            self._tell(f"{busy} is making the masks now; use another model first.", undo=bool(self._removed))
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
        before = self.selected[0] if self.selected else self._at_work()[0]
        entries = [entry for entry, _ in found]
        self._entries = {entry.name: entry for entry in entries}
        self._sizes = {entry.name: sizes for entry, sizes in found}
        with QSignalBlocker(self.list):
            self.list.clear()
            for entry in entries:
                if entry.listed:
                    self.list.addItem(_item(entry))
            self.list.setCurrentRow(0)
            if before is not None:
                self.choose(before)
        self.show_slots()
        self.search.setVisible(self.list.count() > _MANY)
        self._filter(self.search.text())
        self._show_current()
        self._enable()

    def show_slots(self, _method: object = None) -> None:
        """Say of each model in which slot it stands now."""
        for number in range(self.list.count()):
            item = self.list.item(number)
            name = str(item.data(_NAME))
            slots = [f"in {slot}" for slot, at_work in zip("AB", self._at_work(), strict=True) if at_work == name]
            item.setText(_line(self._entries[name], slots))

    def _show_current(self) -> None:
        item = self.list.currentItem()
        entry = None if item is None else self._entries.get(str(item.data(_NAME)))
        if entry is None:
            return
        sized = entry, self._sizes[entry.name]
        if sized != self._shown:  # who reads a card stays where they are, whatever else comes into the library
            self._shown = sized
            self.card.show_entry(*sized)

    def _use(self) -> None:
        self._put(self.use_asked)

    def _use_b(self) -> None:
        self._put(self.use_b_asked)

    def _put(self, asked: SignalInstance) -> None:
        names = self.selected
        if len(names) == 1 and self._entries[names[0]].card is not None:
            asked.emit(names[0])

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
        for button in (self.use_button, self.use_b_button, self.export_button):
            button.setEnabled(len(chosen) == 1 and chosen[0].card is not None)
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
        if symbol:
            button.setIcon(icon(symbol, "muted"))
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: run())
        return button


class _Narrow(QStyledItemDelegate):
    """Rows that are as wide as their list, whatever they say."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, super().sizeHint(option, index).height())


def _item(entry: Entry) -> QListWidgetItem:
    item = QListWidgetItem(icon("model" if entry.card else "warning", "muted" if entry.card else "amber"), "")
    item.setData(_NAME, entry.name)
    item.setToolTip(f"{entry.name}\n{entry.broken or entry.path}")
    return item


def with_sizes(entries: Sequence[Entry]) -> list[Sized]:
    """Entries with the bytes of their files. Touches the disk."""
    return [(entry, {path: path.stat().st_size for path in entry.files()}) for entry in entries]


def _line(entry: Entry, slots: Sequence[str]) -> str:
    """Two lines. slots: where it stands (`in A`)."""
    card = entry.card
    if card is None:
        return f"{entry.name}\nbroken"
    miou = [f"{m.value:.1f} miou" for m in card.current_measurements() if m.measure == "miou"][:1]
    return f"{entry.name}\n{' · '.join([f'{len(card.class_set)} classes', *miou, *slots])}"
