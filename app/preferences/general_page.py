"""Preferences → General: the look, what models run on, and what is remembered."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop import open_outside
from app.player.devices import BEST, RunsOn
from app.settings.store import SettingsStore
from app.views.elided import Elided
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
        rows = (("Look", self.theme), ("Models run on", self.device), ("", note), ("At the start", self.reopen))
        for row, (name, widget) in enumerate((*rows, ("", forget))):
            grid.addWidget(_label(name, widget), row, 0)
            left = Qt.AlignmentFlag.AlignLeft if widget is forget else Qt.AlignmentFlag(0)
            grid.addWidget(widget, row, 1, 1, 2, left)
        for row, (name, place) in enumerate(places.items(), len(rows) + 1):
            show = self._show_button(name, place)
            grid.addWidget(_label(name, show), row, 0)
            grid.addWidget(_path(place), row, 1)
            grid.addWidget(show, row, 2)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addStretch(1)

    def _choice(self, name: str, choices: tuple[tuple[str, str], ...], now: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for value, text in choices:
            box.addItem(text, value)
        box.setCurrentIndex(box.findData(now))
        return box

    def _show_button(self, name: str, place: Path) -> QPushButton:
        show = QPushButton("Show in folder")
        show.setAccessibleName(f"Show {name.lower()} in their folder")
        show.setProperty("kind", "link")
        show.setAutoDefault(False)
        show.clicked.connect(lambda: open_outside(place))
        return show


def _label(name: str, field: QWidget) -> QLabel:
    """What stands before a field, and is read out with it."""
    label = QLabel(name)
    label.setProperty("kind", "muted")
    if name:
        label.setBuddy(field)
    return label


def _path(place: Path) -> QLabel:
    label = Elided(Qt.TextElideMode.ElideMiddle, str(place))
    label.setProperty("kind", "faint")
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _runs_on() -> tuple[tuple[str, str], ...]:
    """What models can run on, with what to show: the devices, and by its name each other runtime of the `.onnx`."""
    others = [each for each in RUNTIMES if each.file == ".onnx" and each.name != DEFAULT_BACKEND]
    return (*_DEVICES, *((each.name, each.title) for each in others))


def _chosen(word: str) -> dict[str, str]:
    """The settings that one of `_runs_on` stands for."""
    is_device = any(word == device for device, _ in _DEVICES)
    return {"device": word, "backend": DEFAULT_BACKEND} if is_device else {"device": "auto", "backend": word}
