"""A signal that asks to end is no crash: the window leaves, what runs is kept, the next start says nothing of it."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.session.signals import EndSignals
from app.window import open_window
from engine.work import SegmentRequest
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.export.conftest import SlowWork
from tests.app.window.hands import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself these there")


@pytest.fixture(autouse=True)
def _none_is_ignored() -> Iterator[None]:
    """What runs in the background of a shell is started with SIGINT ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_window_without_a_question_and_is_no_crash(
    make_window: MakeWindow,
    slow_work: SlowWork,
    asked: SegmentRequest,
    clip: Path,
    home: Path,
    qtbot: QtBot,
    number: signal.Signals,
) -> None:
    window = make_window(str(clip))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    assert list(home.glob("open-*.json"))
    window.exporting.jobs.start(asked)
    until(qtbot, lambda: slow_work.ran)
    with EndSignals() as signals:
        signals.received.connect(window.leave)
        os.kill(os.getpid(), number)
        until(qtbot, lambda: not window.isVisible())
    assert not list(home.glob("open-*.json"))

    again = make_window(str(clip))
    until(qtbot, lambda: "left-work" in again.banners.messages)
    until(qtbot, lambda: again.controller.playhead.position is not None)
    assert "sentinel" not in again.banners.messages


def test_handlers_are_as_before_when_it_is_over() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with EndSignals():
        assert all(signal.getsignal(number) is not handler for number, handler in before.items())
    assert {number: signal.getsignal(number) for number in before} == before
    assert signal.set_wakeup_fd(-1) == -1


def test_what_is_to_be_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with EndSignals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_real_way_in_returns_while_qt_idles(clip: Path, no_qt_left: None, qtbot: QtBot) -> None:
    def look() -> None:
        (window,) = [top for top in QApplication.topLevelWidgets() if isinstance(top, MainWindow)]
        qtbot.waitUntil(lambda: window.controller.playhead.position is not None, timeout=LONG_MS)
        os.kill(os.getpid(), signal.SIGTERM)

    QTimer.singleShot(0, look)
    assert open_window(str(clip), device="cpu") == 0
