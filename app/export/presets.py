"""Choices of the export sheet that have a name: taken up, kept, removed."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QPushButton, QSizePolicy, QWidget

from app.settings import ExportChoices
from app.settings.store import SettingsStore

_NONE = "None"
_LONGEST = 60


class PresetRow(QWidget):
    """A choice of presets, and what keeps and removes one. GUI thread only."""

    chosen = Signal(object)
    """The ExportChoices of a preset."""

    def __init__(self, store: SettingsStore, current: Callable[[], ExportChoices]) -> None:
        """current: what is chosen in the sheet now."""
        super().__init__()
        self._store = store
        self._current = current
        self.choice = QComboBox()
        self.choice.setAccessibleName("Preset")
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.keep_button = QPushButton("Keep as…")
        self.keep_button.setToolTip("Keep what is chosen here under a name")
        self.remove_button = QPushButton("Remove")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.choice, 1)
        for button in (self.keep_button, self.remove_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.choice.activated.connect(lambda _: self._take_up())
        self.keep_button.clicked.connect(self._ask_name)
        self.remove_button.clicked.connect(self._remove)
        self._fill("")

    def keep(self, name: str) -> None:
        """Keep what is chosen in the sheet under `name`, in place of what has it already; not without a name."""
        name = " ".join(name.split())[:_LONGEST]
        if name:
            self._store.change(export_presets={**self._store.settings.export_presets, name: self._current()})
            self._fill(name)

    def show_chosen(self) -> None:
        """Something was chosen by hand: a preset that says otherwise is not what is shown any more."""
        if self._store.settings.export_presets.get(self._name) != self._current():
            self.choice.setCurrentIndex(0)
            self.remove_button.setEnabled(False)

    @property
    def _name(self) -> str:
        return self.choice.currentText() if self.choice.currentIndex() > 0 else ""

    def _fill(self, name: str) -> None:
        names = sorted(self._store.settings.export_presets, key=str.casefold)
        self.choice.clear()
        self.choice.addItems([_NONE, *names])
        self.choice.setCurrentIndex(names.index(name) + 1 if name in names else 0)
        self.choice.setEnabled(bool(names))
        self.remove_button.setEnabled(bool(self._name))

    def _take_up(self) -> None:
        self.remove_button.setEnabled(bool(self._name))
        if self._name:
            self.chosen.emit(self._store.settings.export_presets[self._name])

    def _remove(self) -> None:
        left = {name: each for name, each in self._store.settings.export_presets.items() if name != self._name}
        self._store.change(export_presets=left)
        self._fill("")

    def _ask_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle("Keep as a preset")
        dialog.setLabelText("Name; a preset that has it already is replaced:")
        dialog.setTextValue(self._name)
        dialog.textValueSelected.connect(self.keep)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
