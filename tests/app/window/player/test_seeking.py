"""In the window: whatever moves to a frame, a smoothed method shows there what playing shows, and so does the map."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.views.flips import WINDOW, Flips
from engine.frame_result import FrameResult
from engine.live.measuring import Measuring
from engine.methods import MethodPool
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import press, until
from tests.engine.live.shaky import ShakyClip, ShakyModel

FRAMES = 100
SMOOTHED = ("ema(shaky)", "median(shaky, n=5)", "hold(shaky, n=3)", "propagate(shaky, every=5)")


def pool() -> MethodPool:
    return MethodPool(lambda _: ShakyModel("shaky"))  # type: ignore[arg-type, return-value]


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    window = make_window(open_source=lambda _: ShakyClip(FRAMES), pool_on=lambda _: pool())
    window.controller.open("shaky.mp4", play=False)
    until(qtbot, lambda: window.controller.playhead.position == 0 and window.controller.methods)
    return window


def played(text: str) -> list[FrameResult]:
    shared, measuring = pool(), Measuring()
    methods = (shared.make("shaky"), shared.make(text))
    return [measuring.measure(frame, methods) for frame in ShakyClip(FRAMES).frames()]


def fill_b(qtbot: QtBot, window: MainWindow, text: str) -> None:
    window.controller.b.use(text)
    until(qtbot, lambda: (now := shown(window)) is not None and len(now.slots) == 2)


def shown(window: MainWindow) -> FrameResult | None:
    return window.controller.playhead.last_result


def arrives_as(qtbot: QtBot, window: MainWindow, expected: list[FrameResult], index: int) -> None:
    """Wait for frame `index` with its masks, which must be those of playing."""
    until(qtbot, lambda: (now := shown(window)) is not None and now.frame.index == index and now.slots)
    until(qtbot, lambda: not window.controller.playhead.busy)
    result = shown(window)
    assert result is not None
    for mine, theirs in zip(result.slots, expected[index].slots, strict=True):
        assert np.array_equal(mine.segmentation.classes, theirs.segmentation.classes), (mine.method, index)


def drag(window: MainWindow, *places: int) -> None:
    transport = window.transport
    transport.drag_began.emit()
    for place in places:
        transport.dragged.emit(place)
    transport.drag_ended.emit()


@pytest.mark.parametrize("text", SMOOTHED)
def test_seeks_and_steps_show_what_playing_shows(window: MainWindow, qtbot: QtBot, text: str) -> None:
    expected, head = played(text), window.controller.playhead
    fill_b(qtbot, window, text)
    ways: list[tuple[Callable[[], object], int]] = [
        (lambda: head.seek(70), 70),
        (lambda: head.step(1), 71),
        (lambda: head.step(-1), 70),
        (lambda: head.step(10), 80),
        (lambda: head.seek_end(), FRAMES - 1),
        (lambda: window.measuring.seek_asked.emit(33), 33),
        (lambda: press(qtbot, window, Qt.Key.Key_Left), 32),
        (lambda: head.seek_start(), 0),
    ]
    for go, index in ways:
        go()
        arrives_as(qtbot, window, expected, index)


def test_a_scrub_that_is_let_go_shows_what_playing_shows(window: MainWindow, qtbot: QtBot) -> None:
    text = "median(shaky, n=5)"
    expected = played(text)
    fill_b(qtbot, window, text)
    drag(window, 10, 40, 52)

    def settled() -> bool:
        now = shown(window)
        return (
            now is not None
            and now.frame.index == 52
            and len(now.slots) == 2
            and np.array_equal(now.slots[1].segmentation.classes, expected[52].slots[1].segmentation.classes)
        )

    until(qtbot, settled)


@pytest.mark.parametrize("text", ["ema(shaky)", "hold(shaky, n=3)"])
def test_the_flicker_map_is_filled_after_a_seek(window: MainWindow, qtbot: QtBot, text: str) -> None:
    fill_b(qtbot, window, text)
    window.comparing.set_mode("flicker")
    flips = Flips()
    for each in played(text)[:81]:
        flips.add(each)
    drawn = Flips()
    window.controller.shown.connect(drawn.add)
    window.controller.playhead.seek(80)
    until(qtbot, lambda: drawn.pairs(1) == WINDOW)
    for slot in (0, 1):
        mine, theirs = drawn.levels(slot), flips.levels(slot)
        assert mine is not None
        assert theirs is not None
        assert np.array_equal(mine, theirs)
        assert mine.any(), "something flickers"


def test_the_map_fills_when_it_is_first_looked_at(window: MainWindow, qtbot: QtBot) -> None:
    fill_b(qtbot, window, "hold(shaky, n=3)")
    window.controller.playhead.seek(80)
    until(qtbot, lambda: (now := shown(window)) is not None and now.frame.index == 80 and now.slots)
    window.comparing.set_mode("flicker")
    until(qtbot, lambda: (now := shown(window)) is not None and now.slots and len(now.slots[0].earlier) == WINDOW - 1)
