"""How long is learnt: one of three presets."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

_PRESETS = {
    "quick": "Enough to see whether it helps.",
    "standard": "Longer, and better for it. For a clip that matters.",
    "thorough": "As long as it takes to get the most.",
}


class PresetChoice(QWidget):
    """GUI thread only."""

    chosen = Signal()
    """By a person."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(4)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for number, name in enumerate(_PRESETS):
            button = self.buttons[name] = QPushButton(name.capitalize())
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setAutoDefault(False)
            self._group.addButton(button, number)
            row.addWidget(button, 1)
        self._text = QLabel()
        self._text.setProperty("kind", "muted")
        column.addLayout(row)
        column.addWidget(self._text)
        self._group.idToggled.connect(lambda _, on: self._tell() if on else None)
        self._group.idClicked.connect(lambda _: self.chosen.emit())
        self.buttons["quick"].setChecked(True)

    @property
    def preset(self) -> str:
        """Name of the chosen one."""
        return list(_PRESETS)[self._group.checkedId()]

    def offer(self, names: Sequence[str]) -> None:
        """Show these alone."""
        for name, button in self.buttons.items():
            button.setVisible(name in names)
        if self.preset not in names and names:
            self.buttons[names[0]].setChecked(True)

    def _tell(self) -> None:
        self._text.setText(_PRESETS[self.preset])
