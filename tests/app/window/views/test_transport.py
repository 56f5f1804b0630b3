"""The strip under the picture: scrub bar, buttons, what they say and what fits."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.shortcuts import Shortcuts
from app.views.timeline import Timeline, clock
from app.views.transport import Transport
from tests.app.window.views.conftest import within

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def transport(show: Callable[[QWidget, int, int], QWidget]) -> Transport:
    """Of a clip with 301 frames at 30 per second, 900 pixels wide."""
    transport = Transport()
    transport.set_clip(301, Fraction(30), live=False)
    show(within(transport), 900, transport.sizeHint().height())
    return transport


def place(timeline: Timeline, frame: int) -> QPoint:
    return QPoint(round(timeline.x_of(frame)), timeline.height() - 10)


def test_a_click_goes_there_and_a_drag_scrubs(transport: Transport, qtbot: QtBot) -> None:
    timeline, told = transport.timeline, []
    transport.drag_began.connect(lambda: told.append("began"))
    transport.drag_ended.connect(lambda: told.append("ended"))
    transport.dragged.connect(told.append)
    qtbot.mousePress(timeline, LEFT, pos=place(timeline, 150))
    qtbot.mouseMove(timeline, place(timeline, 200))
    qtbot.mouseMove(timeline, place(timeline, 250))
    qtbot.mouseRelease(timeline, LEFT, pos=place(timeline, 250))
    assert told == ["began", 150, 200, 250, "ended"]


def test_the_clip_does_not_move_the_knob_while_it_is_held(transport: Transport, qtbot: QtBot) -> None:
    timeline = transport.timeline
    qtbot.mousePress(timeline, LEFT, pos=place(timeline, 150))
    transport.show_position(10, 1 / 3, live=False)
    assert timeline.value() == 150
    qtbot.mouseRelease(timeline, LEFT, pos=place(timeline, 150))
    transport.show_position(11, 11 / 30, live=False)
    assert timeline.value() == 11


def test_showing_a_position_asks_for_nothing(transport: Transport, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(transport.dragged):
        transport.show_position(40, 4 / 3, live=False)


@pytest.mark.parametrize("frame", [0, 1, 77, 299, 300])
def test_every_frame_has_its_place(transport: Transport, frame: int) -> None:
    timeline = transport.timeline
    assert timeline.frame_at(timeline.x_of(frame)) == frame
    assert timeline.frame_at(-50) == 0
    assert timeline.frame_at(5000) == 300


def test_the_scrub_bar_has_the_keys_of_a_slider(transport: Transport, qtbot: QtBot) -> None:
    told: list[int] = []
    transport.dragged.connect(told.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(transport.timeline, key)
    assert told == [1, 11, 10, 300, 0]


def test_the_scrub_bar_is_a_slider_for_screen_readers(transport: Transport) -> None:
    transport.show_position(40, 4 / 3, live=False)
    interface = QAccessible.queryAccessibleInterface(transport.timeline)
    assert interface.role() == QAccessible.Role.Slider
    assert "Position" in interface.text(QAccessible.Text.Name)
    value = interface.valueInterface()
    assert (value.minimumValue(), value.currentValue(), value.maximumValue()) == (0, 40, 300)


def test_range_and_pointer_are_seen(transport: Transport, qtbot: QtBot) -> None:
    plain = transport.timeline.grab().toImage()
    transport.set_range((50, 200))
    ranged = transport.timeline.grab().toImage()
    assert ranged != plain
    qtbot.mouseMove(transport.timeline, place(transport.timeline, 120))
    assert transport.timeline.grab().toImage() != ranged
    transport.set_range(None)


def test_in_and_out_can_be_cleared_once_they_are_set(transport: Transport, qtbot: QtBot) -> None:
    clear = button(transport, "Clear in and out")
    assert not clear.isVisible()
    transport.set_range((50, 200))
    assert clear.isVisible()
    with qtbot.waitSignal(transport.clear_asked):
        clear.click()


@pytest.mark.parametrize(
    ("name", "signal", "said"),
    [
        ("First frame", "to_start", []),
        ("Last frame", "to_end", []),
        ("One frame back", "stepped", [-1]),
        ("One frame on", "stepped", [1]),
        ("Play", "toggled", []),
        ("Play from here: set in", "in_asked", []),
        ("Play to here: set out", "out_asked", []),
        ("Loop", "loop_toggled", [True]),
        ("Fit the picture", "fit_asked", []),
        ("Go to a frame or time", "goto_asked", []),
    ],
)
def test_buttons_say_what_is_asked_for(
    transport: Transport, qtbot: QtBot, name: str, signal: str, said: list[object]
) -> None:
    with qtbot.waitSignal(getattr(transport, signal)) as heard:
        button(transport, name).click()
    assert heard.args == said


def test_speeds_are_chosen_from_a_menu_and_shown(transport: Transport, qtbot: QtBot) -> None:
    menu = transport.speed_button.menu()
    actions = {action.text(): action for action in menu.actions()}
    assert list(actions) == ["0.25×", "0.5×", "1×", "2×", "4×"]
    with qtbot.waitSignal(transport.speed_chosen) as heard:
        actions["0.5×"].trigger()
    assert heard.args == [0.5]
    transport.set_speed(2.0)
    assert [text for text, action in actions.items() if action.isChecked()] == ["2×"]
    transport.set_speed(-4.0)
    assert transport.speed_button.text() == "−4×"
    assert not any(action.isChecked() for action in actions.values())


def test_showing_the_loop_asks_for_nothing(transport: Transport, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(transport.loop_toggled):
        transport.set_loop(True)
    assert transport.loop_button.isChecked()


def test_tool_tips_name_the_keys_as_they_are_now(transport: Transport) -> None:
    assert "(Space)" in transport.play_button.toolTip()
    shortcuts = Shortcuts()
    shortcuts.rebind("play", ("Z",))
    shortcuts.rebind("fit", ())
    transport.set_shortcuts(shortcuts)
    assert "(Z)" in transport.play_button.toolTip()
    assert button(transport, "Fit the picture").toolTip() == "Fit the picture"


def test_a_longer_clip_than_promised(transport: Transport) -> None:
    transport.show_position(320, 320 / 30, live=False)
    assert transport.timeline.maximum() == 320
    assert transport.frame_button.text() == "320 / 320"
    transport.set_frame_count(100)
    assert transport.timeline.maximum() == 99


def test_live_sources_cannot_be_scrubbed(transport: Transport) -> None:
    transport.set_clip(None, None, live=True)
    transport.show_position(33, 1.1, live=True)
    assert not transport.timeline.isEnabled()
    assert transport.play_button.isEnabled()
    assert button(transport, "Fit the picture").isEnabled()
    assert not button(transport, "One frame on").isEnabled()


@pytest.mark.parametrize("frames", [30, 30 * 3600 * 3])
@pytest.mark.parametrize("width", [480, 560, 640, 720, 1300])
def test_nothing_overlaps_and_nothing_is_cut(transport: Transport, qtbot: QtBot, width: int, frames: int) -> None:
    transport.set_clip(frames, Fraction(30), live=False)
    transport.show_position(frames - 1, frames / 30, live=False)
    transport.set_range((1, 20))
    transport.window().resize(width, transport.height())
    qtbot.wait(20)
    shown = [w for w in transport.findChildren(QWidget) if isinstance(w, QAbstractButton | QLabel) and w.isVisible()]
    assert transport.play_button in shown
    places = sorted(((w.mapTo(transport, QPoint(0, 0)).x(), w) for w in shown), key=lambda pair: pair[0])
    for (x, one), (following, _) in pairwise(places):
        assert x + one.width() <= following
    assert all(w.width() >= w.sizeHint().width() - 1 for w in shown)
    assert places[-1][0] + places[-1][1].width() <= width


def test_nothing_moves_while_a_clip_plays(transport: Transport, qtbot: QtBot) -> None:
    transport.set_clip(100_000, Fraction(30), live=False)
    places = set()
    for frame in (0, 9, 99, 99_999):
        transport.show_position(frame, frame / 30, live=False)
        qtbot.wait(20)
        places.add((transport.frame_button.x(), transport.frame_button.width()))
    assert len(places) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (3.24, "0:03.2"), (59.96, "1:00.0"), (3723.2, "1:02:03.2"), (-1, "0:00.0")]
)
def test_time_is_written_as_people_read_it(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def button(transport: Transport, name: str) -> QAbstractButton:
    return next(b for b in transport.findChildren(QAbstractButton) if b.accessibleName() == name)
