"""Settings → Storage: what Steadymask keeps on the disk, how large it is, and deleting it."""

from collections.abc import Callable, Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop import open_outside
from app.messages import explain
from app.player.background import Background
from app.preferences.notice import Notice
from app.preferences.storage_table import StorageTable, size_text
from app.preferences.storage_work import Inventory, Outcome, StorageWork
from app.threads import start_thread
from app.views.icons import icon
from engine.storage.disk import text_of
from engine.storage.places import Item


class StoragePage(QWidget):
    """A table by kind. Everything that touches the disk runs in the background, one thing at a time. GUI thread only.

    What is deleted is asked about once, in a strip under the table. Models can be brought back until the page is
    deleted; then they go for good.
    """

    models_changed = Signal()
    """Models went, or came back: lists of them are to be read again."""

    def __init__(
        self,
        background: Background,
        parent: QWidget | None = None,
        *,
        in_use: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """in_use: gives the names of the models that are at work, which stay."""
        super().__init__(parent)
        self._background = background
        self._in_use = in_use
        self._work = work = StorageWork()
        self._busy = False
        self._looked = False
        self._undoable = 0
        self.used = QLabel("Counting…")
        self.used.setProperty("kind", "title")
        self.free = QLabel()
        self.free.setProperty("kind", "muted")
        self.notice = Notice()
        self.table = StorageTable()
        self.table.itemSelectionChanged.connect(self._on_selection)
        self.show_button = self._button("Show in folder", "folder", self.show_in_folder)
        self.refresh_button = self._button("Refresh", "reconnect", self.refresh)
        self.delete_button = self._button("Delete…", "trash", self.ask_delete, role="red")
        self.delete_button.setProperty("kind", "danger")
        self._lay_out()
        remove = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        remove.setContext(Qt.ShortcutContext.WidgetShortcut)
        remove.activated.connect(self.ask_delete)
        self._enable()

        def finish() -> None:
            # Deleting may take long, and the page is gone. What it cannot finish, the next listing does.
            work.stop()
            start_thread(work.close, "steadymask-storage")

        self.destroyed.connect(finish)

    # ---- what can be asked for

    def refresh(self) -> None:
        """Look at everything again. Nothing happens while something else is done."""
        if not self._busy:
            self.used.setText("Counting…")
            in_use = tuple(self._in_use())
            self._run(lambda: self._work.list(in_use), self._show)

    def ask_delete(self) -> None:
        """Ask whether to delete what is selected, in the strip under the table."""
        items = [item for item in self.table.selected() if item.deletable]
        if not items or self._busy:
            return
        name = f"“{items[0].name}”" if len(items) == 1 else f"{len(items)} items"
        models = sum(item.kind == "model" for item in items)
        if models == 0:
            fate = "This cannot be undone."
        elif models < len(items):
            fate = "Models can be brought back until the settings are closed; the rest is gone for good."
        else:
            fate = f"{'It' if models == 1 else 'They'} can be brought back until the settings are closed."
        self.notice.ask(
            f"Delete {name}, {size_text(items)}? {fate}",
            ("Delete", "danger", lambda: self._delete(items)),
            ("Keep", "", self.table.setFocus),
        )

    def show_in_folder(self) -> None:
        """Open the folder of the first thing selected in the system's file manager."""
        for item in self.table.selected()[:1]:
            # A run is a folder that one looks into; the rest is looked at from outside.
            folder = item.path if item.kind == "run" else item.path.parent
            open_outside(folder)

    # ---- what is done in the background

    def _run(self, call: Callable[[], Inventory | Outcome], done: Callable[..., object]) -> None:
        self._busy = True
        self._enable()

        def finished(result: Inventory | Outcome) -> None:
            self._busy = False
            done(result)
            self._enable()

        def failed(error: BaseException) -> None:
            self._busy = False
            self.used.setText("")
            self.notice.tell(explain(error), "error")
            self._enable()

        self._background.submit(call, finished, failed, owner=self)

    def _delete(self, items: list[Item]) -> None:
        self.notice.tell(f"Deleting {size_text(items)}…")
        self.table.setFocus()
        in_use = tuple(self._in_use())
        self._run(lambda: self._work.delete(items, in_use), self._on_deleted)

    def _undo(self) -> None:
        if not self._busy:
            in_use = tuple(self._in_use())
            self._run(lambda: self._work.undo(in_use), self._on_undone)

    # ---- what is shown

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._looked:
            self._looked = True
            self.refresh()

    def _show(self, inventory: Inventory) -> None:
        self.table.show_items(inventory.items)
        self.used.setText(f"Steadymask uses {size_text(inventory.items)}")
        if inventory.disk is None:
            self.free.setText("")
        else:
            free, total = inventory.disk
            self.free.setText(f"{text_of(free)} of {text_of(total)} free on its disk")

    def _on_deleted(self, outcome: Outcome) -> None:
        self._show(outcome.inventory)
        texts = []
        if outcome.models:
            self._undoable += 1
            self.models_changed.emit()
            texts.append(f"Removed {', '.join(outcome.models)}.")
        freed = [item for item in outcome.done if item.kind != "model"]
        if freed:
            what = f"“{freed[0].name}”" if len(freed) == 1 else f"{len(freed)} items"
            texts.append(f"Deleted {what}; {size_text(freed)} are free again.")
        texts += [f"“{each.item.name}” was not deleted: {each.reason}." for each in outcome.refused[:3]]
        if len(outcome.refused) > 3:
            texts.append(f"{len(outcome.refused) - 3} more were not deleted.")
        self._tell(" ".join(texts), "warning" if outcome.refused else "info")

    def _on_undone(self, outcome: Outcome) -> None:
        self._show(outcome.inventory)
        if outcome.models:
            self._undoable -= 1
            self.models_changed.emit()
            self._tell(f"Brought back {', '.join(outcome.models)}.", "info")
        elif outcome.problem is not None:
            self._tell(f"Nothing was brought back: {outcome.problem}.", "error")

    def _tell(self, text: str, level: str) -> None:
        self.notice.tell(text, level, *([("Undo", "", self._undo)] if self._undoable else []))

    def _on_selection(self) -> None:
        self._enable()
        if self.notice.asks:
            self.notice.clear()  # it asked about what was selected before

    def _enable(self) -> None:
        selected = self.table.selected()
        self.delete_button.setEnabled(not self._busy and any(item.deletable for item in selected))
        self.show_button.setEnabled(bool(selected))
        self.refresh_button.setEnabled(not self._busy)

    # ---- how it is made

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.used)
        head.addStretch(1)
        head.addWidget(self.free)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.show_button)
        foot.addWidget(self.refresh_button)
        foot.addStretch(1)
        foot.addWidget(self.delete_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.notice)
        column.addLayout(foot)

    def _button(self, text: str, symbol: str, run: Callable[[], object], role: str = "muted") -> QPushButton:
        button = QPushButton(text)
        button.setIcon(icon(symbol, role))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: run())
        return button
