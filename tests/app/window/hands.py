"""What a person does with the window, and waits for."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from tests.app.window.conftest import LONG_MS


def until(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=LONG_MS)


def played_to_end(qtbot: QtBot, window: MainWindow, last: int) -> None:
    until(qtbot, lambda: window.controller.playhead.position == last and not window.controller.playhead.playing)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, shift: bool = False) -> None:
    window.activateWindow()
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(window, key, modifier)
