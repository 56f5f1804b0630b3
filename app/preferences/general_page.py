"""Preferences → General: the look, what models run on, and what is remembered."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop import open_outside
from app.player.devices import BEST, RunsOn
from app.settings.store import SettingsStore
from engine.backends.base import DEFAULT_BACKEND, Device
from engine.backends.table import RUNTIMES

_THEMES = (("system", "As the system"), ("dark", "Dark"), ("light", "Light"))
_DEVICES: tuple[tuple[Device, str], ...] = (
    ("auto", "Automatic: a GPU where there is one"),
    ("cpu", "CPU"),
    ("cuda", "CUDA"),
)


class GeneralPage(QWidget):
    """Changes take effect at once."""

    forget_asked = Signal()

    def __init__(
        self,
        store: SettingsStore,
        places: dict[str, Path],
        asked: RunsOn = BEST,
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
        runs_on = now.device if now.backend == DEFAULT_BACKEND else now.backend
        self.device = self._choice("Models run on", _runs_on(), runs_on)
        self.device.activated.connect(lambda: store.change(**_chosen(self.device.currentData())))
        self.device_note = note = QLabel(
            "For playing and for exports; what plays is loaded anew. The badge at the bottom says what really runs."
            if asked == BEST
            else f"This session was started with --device {asked.word}, which holds until it is closed. What is chosen "
            "here holds from the next start."
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


def _runs_on() -> tuple[tuple[str, str], ...]:
    """What models can run on, with what to show: the devices, and by its name each other runtime of the `.onnx`."""
    others = [each for each in RUNTIMES if each.file == ".onnx" and each.name != DEFAULT_BACKEND]
    return (*_DEVICES, *((each.name, each.title) for each in others))


def _chosen(word: str) -> dict[str, str]:
    """The settings that one of `_runs_on` stands for."""
    is_device = any(word == device for device, _ in _DEVICES)
    return {"device": word, "backend": DEFAULT_BACKEND} if is_device else {"device": "auto", "backend": word}
