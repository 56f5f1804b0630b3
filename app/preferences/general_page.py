"""Preferences → General: the look, what models run on, and what is remembered."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop import open_outside
from app.settings.store import SettingsStore
from engine.backends.base import Device

_THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"))
_DEVICES = (
    ("auto", "Automatic: a GPU where there is one"),
    ("cpu", "CPU"),
    ("cuda", "CUDA"),
    ("tensorrt", "TensorRT"),
)


class GeneralPage(QWidget):
    """Changes take effect at once."""

    forget_asked = Signal()

    def __init__(
        self,
        store: SettingsStore,
        places: dict[str, Path],
        asked: Device = "auto",
        parent: QWidget | None = None,
    ) -> None:
        """places: folders to show, by what they hold. asked: what the command line wants models to run on in this
        session; `auto` where it leaves that to the settings.
        """
        super().__init__(parent)
        now = store.settings
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(14)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(12)
        self.theme = self._choice("Look", _THEMES, now.theme)
        self.theme.activated.connect(lambda: store.change(theme=self.theme.currentData()))
        self.device = self._choice("Models run on", _DEVICES, now.device)
        self.device.activated.connect(lambda: store.change(device=self.device.currentData()))
        self.device_note = note = QLabel(
            "For playing and for exports; what plays is loaded anew. The badge at the bottom says what really runs."
            if asked == "auto"
            else f"This session was started with --device {asked}, which holds until it is closed. What is chosen here "
            "holds from the next start."
        )
        note.setProperty("kind", "faint")
        note.setWordWrap(True)
        self.reopen = QCheckBox("Open the last clip where it was left")
        self.reopen.setChecked(now.reopen)
        self.reopen.toggled.connect(lambda on: store.change(reopen=on))
        forget = QPushButton("Forget all clips")
        forget.setAutoDefault(False)
        forget.clicked.connect(self.forget_asked)
        for row, (name, widget) in enumerate(
            (("Look", self.theme), ("Models run on", self.device), ("", note), ("At the start", self.reopen))
        ):
            label = QLabel(name)
            label.setProperty("kind", "muted")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(widget, row, 1)
        grid.addWidget(forget, 4, 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        for name, place in places.items():
            column.addLayout(self._place(name, place))
        column.addStretch(1)

    def _choice(self, name: str, choices: tuple[tuple[str, str], ...], now: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for value, text in choices:
            box.addItem(text, value)
        box.setCurrentIndex(box.findData(now))
        return box

    def _place(self, name: str, place: Path) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel(f"{name}:  {place}")
        label.setProperty("kind", "faint")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        show = QPushButton("Show in folder")
        show.setAccessibleName(f"Show {name.lower()} in their folder")
        show.setProperty("kind", "link")
        show.setAutoDefault(False)
        show.clicked.connect(lambda: open_outside(place))
        row.addWidget(label, 1)
        row.addWidget(show)
        return row
