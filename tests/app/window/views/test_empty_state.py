"""What stands where the picture will be."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.views.empty_state import EmptyState

Show = Callable[[EmptyState, int, int], EmptyState]
CLIPS = [("/a/drive.mp4", "drive & <b>go</b>.mp4", "frame 123, 2 hours ago"), ("camera:0", "camera 0", "")]


@pytest.fixture
def empty(show: Show) -> EmptyState:
    return show(EmptyState(demo=True), 700, 600)


def shown(empty: EmptyState) -> list[str]:
    return [button.accessibleName() for button in empty.findChildren(QPushButton) if button.isVisible()]


def test_a_first_start_offers_the_bundled_clip(empty: EmptyState, qtbot: QtBot) -> None:
    assert sorted(shown(empty)) == ["Open a camera…", "Open a video…", "Try the bundled street clip"]
    for name, signal in (("open", empty.open_asked), ("camera", empty.camera_asked), ("demo", empty.demo_asked)):
        with qtbot.waitSignal(signal):
            getattr(empty, f"{name}_button").click()


def test_without_the_bundled_clip_it_is_not_offered(show: Show) -> None:
    assert "Try the bundled street clip" not in shown(show(EmptyState(demo=False), 700, 600))


def test_what_was_open_before_is_offered(empty: EmptyState, qtbot: QtBot) -> None:
    empty.set_recent(CLIPS)
    names = shown(empty)
    assert "Continue with drive & <b>go</b>.mp4, frame 123, 2 hours ago" in names
    assert "camera 0" in names
    button = next(b for b in empty.findChildren(QPushButton) if b.accessibleName() == "camera 0")
    with qtbot.waitSignal(empty.recent_chosen) as heard:
        button.click()
    assert heard.args == ["camera:0"]
    empty.set_recent([])
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert sorted(shown(empty)) == ["Open a camera…", "Open a video…", "Try the bundled street clip"]


def test_at_most_four_are_offered(empty: EmptyState) -> None:
    empty.set_recent([(str(number), f"clip {number}", "") for number in range(9)])
    assert sum("clip " in name for name in shown(empty)) == 4


@pytest.mark.parametrize("live", [False, True])
def test_opening_can_be_cancelled(empty: EmptyState, qtbot: QtBot, live: bool) -> None:
    empty.set_recent(CLIPS)
    (empty.show_connecting if live else empty.show_loading)("drive.mp4")
    assert shown(empty) == ["Cancel"]
    with qtbot.waitSignal(empty.cancel_asked):
        empty.cancel_button.click()
    empty.show_idle()
    assert "camera 0" in shown(empty)
    assert "Cancel" not in shown(empty)


def test_a_failure_says_what_to_do(empty: EmptyState, qtbot: QtBot) -> None:
    empty.show_failure("drive.mp4 could not be opened", "It ends in the middle. Copy it again.", retry=True)
    assert shown(empty) == ["Try again", "Open a video…"]
    assert empty.open_button.property("kind") == ""
    with qtbot.waitSignal(empty.retry_asked):
        empty.retry_button.click()
    empty.show_failure("drive.mp4 could not be opened", "It is no video.", retry=False)
    assert shown(empty) == ["Open a video…"]
    assert empty.open_button.property("kind") == "primary"
    empty.show_idle()
    assert "Try again" not in shown(empty)


@pytest.mark.parametrize("size", [(360, 240), (440, 240), (440, 600), (900, 300), (1600, 1000)])
def test_nothing_is_cut_at_any_size(empty: EmptyState, size: tuple[int, int]) -> None:
    empty.set_recent(CLIPS)
    empty.resize(*size)
    for button in empty.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width()
            assert button.height() >= min(34, button.sizeHint().height())
