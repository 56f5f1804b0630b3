"""The table of everything that takes space, grouped by kind."""

import time
from collections.abc import Iterable

from PySide6.QtCore import QDateTime, QEvent, QLocale, Qt
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.style.theme import colours
from app.views.icons import icon
from engine.storage.disk import text_of
from engine.storage.places import KINDS, Item, Kind

_GROUPS: dict[Kind, tuple[str, str, str]] = {
    "model": ("Models", "model", ""),
    "run": ("Runs", "folder", "each training leaves one"),
    "cache": ("Caches", "storage", "made again when they are needed"),
    "log": ("Logs", "info", "what a report is made of"),
}
"""For each kind its title, its icon, and what stands there while there is nothing."""

_NAME, _SIZE, _CHANGED, _NOTE = range(4)
_KEY = Qt.ItemDataRole.UserRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class StorageTable(QTreeWidget):
    """Items under the heading of their kind, the largest first. Several can be selected. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: dict[tuple[str, str], Item] = {}
        self._rows: dict[tuple[str, str], QTreeWidgetItem] = {}
        self.setAccessibleName("What Steadymask keeps on the disk")
        self.setHeaderLabels(["Name", "Size", "Changed", ""])
        self.headerItem().setTextAlignment(_SIZE, _RIGHT)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMinimumSize(560, 240)
        self.setIndentation(18)
        header = self.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(True)
        for column in (_SIZE, _CHANGED):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def show_items(self, items: list[Item]) -> None:
        """Show these instead; what is selected stays so, and a group that was closed stays closed."""
        chosen = {(item.kind, item.name) for item in self.selected()}
        closed = {kind for kind, group in zip(KINDS, self._groups(), strict=False) if not group.isExpanded()}
        self.blockSignals(True)  # of the many changes of the selection on the way
        self.clear()
        self._items = {(item.kind, item.name): item for item in items}
        self._rows = {}
        for kind in KINDS:
            group = self._group(kind, sorted((item for item in items if item.kind == kind), key=lambda it: -it.bytes))
            self.addTopLevelItem(group)
            group.setExpanded(kind not in closed)
        for key in chosen & set(self._rows):
            self._rows[key].setSelected(True)
        self._colour_notes()
        self._share_out()
        self.blockSignals(False)
        self.itemSelectionChanged.emit()

    def selected(self) -> list[Item]:
        """What is selected, from top to bottom."""
        return [self._items[key] for key, row in self._rows.items() if row.isSelected()]

    def select(self, *keys: tuple[str, str]) -> None:
        """Select these and nothing else, each by its kind and name."""
        self.clearSelection()
        for key in keys:
            self._rows[key].setSelected(True)

    def note(self, kind: str, name: str) -> str:
        """What stands beside an item: why it cannot be deleted, or nothing."""
        return self._rows[(kind, name)].text(_NOTE)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_notes()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        """Names get what they need, but where a note would be cut for it: then a long name is, down to half."""
        room = self.viewport().width() - self.columnWidth(_SIZE) - self.columnWidth(_CHANGED)
        name, note = self.sizeHintForColumn(_NAME), self.sizeHintForColumn(_NOTE)
        self.setColumnWidth(_NAME, min(name, max(room - note, room // 2)))

    def _colour_notes(self) -> None:
        muted = QBrush(QColor(colours().muted))
        for row in (*self._groups(), *self._rows.values()):
            row.setForeground(_NOTE, muted)

    def _groups(self) -> list[QTreeWidgetItem]:
        found = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return [group for group in found if group is not None]

    def _group(self, kind: Kind, items: list[Item]) -> QTreeWidgetItem:
        title, symbol, empty = _GROUPS[kind]
        group = QTreeWidgetItem([title, size_text(items) if items else "none", "", "" if items else empty])
        group.setIcon(_NAME, icon(symbol, "muted"))
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setTextAlignment(_SIZE, _RIGHT)
        font = self.font()
        font.setBold(True)
        group.setFont(_NAME, font)
        for item in items:
            group.addChild(self._row(item))
        return group

    def _row(self, item: Item) -> QTreeWidgetItem:
        note = item.why_not or ""
        row = QTreeWidgetItem([item.name, size_text([item]), _when(item.changed), note])
        row.setData(_NAME, Qt.ItemDataRole.AccessibleTextRole, f"{item.name}, {size_text([item])} {note}".strip())
        row.setToolTip(_NAME, str(item.path))
        row.setToolTip(_NOTE, note)
        row.setTextAlignment(_SIZE, _RIGHT)
        self._rows[(item.kind, item.name)] = row
        return row


def size_text(items: Iterable[Item]) -> str:
    """The size of `items` together; `over` where not all of it was counted."""
    items = list(items)
    over = "" if all(item.whole for item in items) else "over "
    return f"{over}{text_of(sum(item.bytes for item in items))}"


def _when(changed: float | None) -> str:
    if changed is None:
        return ""
    date = QDateTime.fromSecsSinceEpoch(int(changed)).date()
    days = date.daysTo(QDateTime.fromSecsSinceEpoch(int(time.time())).date())
    if days in (0, 1):
        return ("today", "yesterday")[days]
    return QLocale().toString(date, "d MMM yyyy")
