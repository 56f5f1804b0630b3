"""Seeded random events of a person in a hurry: no exception, no warning of Qt's, and everything still answers."""

import logging
import random
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.sweep import sweep_count

EVENTS = sweep_count(sample=1_000, full=10_000)
CLIPS = sweep_count(sample=20, full=100)
GROWTH_MB = 20.0
LEFT_OUT = ("quit", "guide", "measures", "show-log", "copy-report", "open-file", "open-folder", "full-screen")
KEYS = [Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Up]
KEYS += [Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_I, Qt.Key.Key_O, Qt.Key.Key_Home, Qt.Key.Key_End]
HARMLESS = ("This plugin does not support",)  # of the offscreen platform


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    sizes = [(320, 240), (160, 96), (64, 48)]
    return [write_clip(folder / f"{n}.mp4", frames=60 + 40 * n, rate=50, size=size) for n, size in enumerate(sizes)]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2))
def test_random_events(
    make_window: MakeWindow,
    clips: list[Path],
    qtbot: QtBot,
    seed: int,
    record_property: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    dice = random.Random(seed)
    said: list[str] = []
    before = qInstallMessageHandler(lambda kind, _, text: said.append(text) if kind != QtMsgType.QtDebugMsg else None)
    try:
        with caplog.at_level(logging.ERROR):
            window = make_window(str(clips[0]), demo=clips[1])
            # A menu of a button has an event loop of its own; nobody but a timer could close it.
            closer = QTimer(window, interval=40)
            closer.timeout.connect(close_popup)
            closer.start()
            qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
            for _ in range(EVENTS // 2):
                act(window, dice, clips)
                if dice.random() < 0.3:
                    qtbot.wait(dice.randrange(8))
            for dialog in [top for top in QApplication.topLevelWidgets() if isinstance(top, QDialog)]:
                dialog.reject()
            window.open(str(clips[2]))
            qtbot.waitUntil(lambda: window.controller.clip is not None, timeout=LONG_MS)
            qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
    finally:
        qInstallMessageHandler(before)
    record_property("count", EVENTS // 2)  # type: ignore[operator]
    assert not [text for text in said if not text.startswith(HARMLESS)]
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def act(window: MainWindow, dice: random.Random, clips: list[Path]) -> None:
    """One random thing that a person might do."""
    popup = QApplication.activePopupWidget()
    if isinstance(popup, QMenu):
        popup.close()
        return
    modal = QApplication.activeModalWidget()
    target = modal if modal is not None else window
    kind = dice.random()
    if isinstance(modal, QDialog) and kind < 0.3:
        modal.reject()
    elif kind < 0.35:
        chosen = dice.choice([each for each in window.actions_.ids if each not in LEFT_OUT])
        if modal is None and window.actions_[chosen].isEnabled():
            window.actions_[chosen].trigger()
    elif kind < 0.6:
        widget = QApplication.focusWidget() or target
        press(
            widget, dice.choice(KEYS), dice.choice([Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
        )
    elif kind < 0.85:
        place = QPoint(dice.randrange(target.width()), dice.randrange(target.height()))
        click(target, place, dice)
    elif kind < 0.9 and modal is None:
        window.resize(840 + dice.randrange(600), 520 + dice.randrange(400))
    elif kind < 0.96 and modal is None:
        window.open(str(dice.choice(clips)))
    elif modal is None:
        window.controller.playhead.begin_drag()
        window.controller.playhead.seek(dice.randrange(120))
        window.controller.playhead.end_drag()


def close_popup() -> None:
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


def press(widget: object, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    from PySide6.QtTest import QTest

    QTest.keyClick(widget, key, modifier)  # type: ignore[call-overload]


def click(target: object, place: QPoint, dice: random.Random) -> None:
    from PySide6.QtTest import QTest

    child = target.childAt(place) or target  # type: ignore[attr-defined]
    button = dice.choice([Qt.MouseButton.LeftButton] * 4 + [Qt.MouseButton.MiddleButton])
    if "play" not in child.objectName() and child.accessibleName() != "Choose…":
        QTest.mouseClick(child, button, pos=child.mapFrom(target, place))  # type: ignore[arg-type]


@pytest.mark.soak
def test_clips_opened_one_after_another_leave_no_memory(
    make_window: MakeWindow, clips: list[Path], qtbot: QtBot, record_property: object
) -> None:
    window = make_window()
    process = psutil.Process()
    sizes = []
    for number in range(CLIPS):
        window.sessions.clear()  # so that each of them plays from its start
        window.open(str(clips[number % len(clips)]))
        qtbot.waitUntil(lambda: (window.controller.playhead.position or 0) > 2, timeout=LONG_MS)
        window.controller.close_clip()
        sizes.append(process.memory_info().rss / 1e6)
    record_property("count", CLIPS)  # type: ignore[operator]
    # From the middle on, when caches are as large as they get.
    assert max(sizes[-3:]) - min(sizes[len(sizes) // 2 :]) < GROWTH_MB
