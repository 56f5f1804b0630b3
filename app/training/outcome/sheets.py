"""What is asked before a new model is kept or copied: its name, and whether files may be replaced."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.messages import explain
from app.player.background import Background
from app.training.outcome.deeds import NotExportedError
from app.views.sheet import Sheet


class KeepSheet(Sheet):
    """Asks for a name, and keeps the model under it; stays open where that fails, and says why."""

    kept = Signal(str)
    """It is in the library under this name."""

    def __init__(self, name: str, keep: Callable[[str], str], background: Background, parent: QWidget | None) -> None:
        """name: suggested. keep: called with a name in a background thread."""
        super().__init__("Keep it in the library", "It can then be chosen in every slot, and by its name.", parent)
        self._keep, self._background = keep, background
        self.name = QLineEdit(name)
        self.name.setAccessibleName("Name in the library")
        self.name.selectAll()
        self.trouble = QLabel()
        self.trouble.setProperty("kind", "error")
        self.trouble.setWordWrap(True)
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.hide()
        self.body.addWidget(self.name)
        self.body.addWidget(self.trouble)
        self.keep_button = self.add_buttons("Keep")
        self.keep_button.clicked.disconnect()
        self.keep_button.clicked.connect(self._ask)
        self.name.textChanged.connect(self._on_name)
        self.name.setFocus()

    def _on_name(self, text: str) -> None:
        self.trouble.hide()
        self.keep_button.setEnabled(bool(text.strip()))

    def _ask(self) -> None:
        name = self.name.text().strip()
        self.keep_button.setEnabled(False)
        self._background.submit(lambda: self._keep(name), self._on_kept, self._on_failed, owner=self)

    def _on_kept(self, name: str) -> None:
        self.kept.emit(name)
        self.accept()

    def _on_failed(self, error: BaseException) -> None:
        self.trouble.setText(explain(error).replace("--name", "name"))
        self.trouble.show()
        self.keep_button.setEnabled(True)


class ReplaceSheet(Sheet):
    """`accept` means: replace them."""

    def __init__(self, standing: NotExportedError, parent: QWidget | None) -> None:
        names = ", ".join(standing.names)
        super().__init__("Replace what is there?", f"{standing.folder} has {names} already.", parent)
        self.replace_button = self.add_buttons("Replace")
        self.replace_button.setDefault(False)
