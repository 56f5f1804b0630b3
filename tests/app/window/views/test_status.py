"""The bottom line: facts, in places that do not move."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.player.clip import ClipInfo
from app.views.status import StatusLine
from engine.backends.base import ProviderReport
from tests.app.window.views.conftest import within

NAME = "a_clip_with_a_rather_long_name_<b>2024</b>_from_the_left_camera_of_the_second_car.mp4"
INFO = ClipInfo("/x", NAME, (1280, 720), Fraction(30000, 1001), 9, False)


@pytest.fixture
def line(show: Callable[[QWidget, int, int], QWidget]) -> StatusLine:
    line = StatusLine()
    show(within(line), 1200, 34)
    line.show_clip(INFO)
    line.show_stats(29.7, 12.2, 18.4, 3)
    line.show_provider(ProviderReport("auto", "CPUExecutionProvider", "CPU", "float32", None))
    return line


def test_facts_are_written_in_short(line: StatusLine) -> None:
    assert line.name.text() == INFO.name
    assert line.format.text() == "1280 × 720 · 29.97 fps"
    assert line.fps.text() == "30 fps shown"
    assert line.inference.text() == "12 ms (p95 18)"
    assert line.dropped.text() == "3 dropped"
    assert line.badge.text() == "CPU · float32"
    line.show_pointed("412, 233 · road")
    assert line.pointed.text() == "412, 233 · road"


def test_what_is_unknown_is_not_there(line: StatusLine) -> None:
    line.show_stats(None, None, None, 0)
    assert (line.fps.text(), line.inference.text()) == ("", "")
    line.show_stats(None, 12.2, None, 0)
    assert line.inference.text() == "12 ms"
    line.show_clip(None)
    texts = (line.name, line.format, line.fps, line.inference, line.dropped, line.pointed)
    assert [label.text() for label in texts] == [""] * 6


def test_a_warning_turns_the_badge(line: StatusLine, qtbot: QtBot) -> None:
    line.show_provider(ProviderReport("cuda", "CPUExecutionProvider", "CPU", "float32", "CUDA was not found."))
    assert line.badge.property("level") == "warning"
    assert line.badge.toolTip() == "CUDA was not found."
    with qtbot.waitSignal(line.badge_pressed):
        line.badge.click()


@pytest.mark.parametrize("width", [480, 560, 640, 720, 900, 1200, 1800])
def test_numbers_are_never_cut(line: StatusLine, qtbot: QtBot, width: int) -> None:
    line.window().resize(width, 34)
    line.show_pointed("1412, 1233 · pedestrian")
    qtbot.wait(20)
    for label in (line.format, line.fps, line.inference, line.dropped, line.badge):
        assert not label.isVisible() or label.width() >= label.sizeHint().width()
    assert line.inference.isVisible()
    assert line.badge.geometry().right() <= width
    assert line.format.isVisible() == (width >= 900)


def test_numbers_do_not_dance(line: StatusLine, qtbot: QtBot) -> None:
    places = set()
    stats = ((9, 2, 4, 0, "1, 1"), (30, 12, 18, 12, "12, 3 · sky"), (120, 99, 99, 999, ""))
    for fps, median, p95, dropped, pointed in stats:
        line.show_stats(fps, median, p95, dropped)
        line.show_pointed(pointed)
        qtbot.wait(20)
        places.add((line.pointed.x(), line.fps.x(), line.inference.x(), line.dropped.x(), line.badge.x()))
    assert len(places) == 1
