"""The real window by the keyboard alone: what has the focus gets its keys, and Tab goes as the eye does."""

from itertools import groupby, pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QSlider, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.messages import Action, Message
from tests.app.window.conftest import MakeWindow
from tests.app.window.fakes import fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource

HOLD = "hold(fake, n=3)"
SPACE, RETURN = Qt.Key.Key_Space, Qt.Key.Key_Return


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    """A clip of 500 frames that rests at frame 10, with methods in A and B, side by side, and room for all of it."""
    window = make_window("x", open_source=fakes(FakeSource(500)))
    window.resize(1440, 1400)
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.b.use(HOLD)
    window.comparing.set_mode("side")
    until(qtbot, lambda: len(window.controller.methods) == 2)
    window.controller.playhead.pause()
    window.controller.playhead.seek(10)
    until(qtbot, lambda: window.controller.playhead.position == 10)
    window.activateWindow()
    window.setFocus()
    until(qtbot, lambda: QApplication.focusWidget() is window)
    return window


def focus(widget: QWidget) -> QWidget:
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    assert QApplication.focusWidget() is widget
    return widget


def zones(window: MainWindow) -> dict[str, QWidget]:
    tools = window.findChild(QToolBar, "tools")
    assert tools is not None
    docks = {title: window.docks[title] for title in window.docks.titles}
    return {
        "tools": tools,
        "picture": window.stage,
        "transport": window.transport,
        "status": window.status_line,
        **docks,
    }


def walk(qtbot: QtBot, window: MainWindow) -> list[QWidget]:
    """What Tab stops at, once around."""
    window.setFocus()
    stops: list[QWidget] = []
    while True:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        if here in stops:
            assert here is stops[0], f"Tab goes in a circle that leaves out what came before {here.accessibleName()}"
            return stops
        stops.append(here)


def zone_of(window: MainWindow, widget: QWidget) -> str:
    return next((name for name, part in zones(window).items() if part is widget or part.isAncestorOf(widget)), "tabs")


def zones_in_turn(window: MainWindow, stops: list[QWidget]) -> list[str]:
    return [name for name, _ in groupby(zone_of(window, each) for each in stops)]


def place(window: MainWindow, widget: QWidget) -> QPoint:
    return widget.mapTo(window, widget.rect().center())


@pytest.mark.parametrize("key", [SPACE, RETURN])
def test_a_focused_button_is_pressed_and_nothing_plays(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    loop = focus(window.transport.loop_button)
    qtbot.keyClick(loop, key)
    assert window.controller.playhead.loop
    fill = focus(window.compare_panel.swap_button)
    qtbot.keyClick(fill, key)
    until(qtbot, lambda: window.controller.a.name == HOLD)
    chip = focus(window.curves.bar.measure_buttons["tc"])
    qtbot.keyClick(chip, key)
    assert "tc" not in window.curves.bar.measures
    assert not window.controller.playhead.playing


@pytest.mark.parametrize("key", [SPACE, RETURN])
def test_the_play_button_plays(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(focus(window.transport.play_button), key)
    assert window.controller.playhead.playing


def test_a_held_return_presses_once(window: MainWindow, qtbot: QtBot) -> None:
    loop = focus(window.transport.loop_button)
    none = Qt.KeyboardModifier.NoModifier
    for repeats in (False, True, True):
        QApplication.sendEvent(loop, QKeyEvent(QEvent.Type.KeyPress, RETURN, none, "\r", repeats))
    assert window.controller.playhead.loop


def test_space_plays_where_no_button_has_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    for place_ in (window, focus(window.transport.timeline)):
        qtbot.keyClick(place_, SPACE)
        assert window.controller.playhead.playing
        qtbot.keyClick(place_, SPACE)
        assert not window.controller.playhead.playing


def test_a_click_leaves_space_to_the_clip(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.transport.loop_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(QApplication.focusWidget(), SPACE)
    assert window.controller.playhead.loop
    assert window.controller.playhead.playing


def test_a_focused_slider_takes_the_arrows(window: MainWindow, qtbot: QtBot) -> None:
    opacity = window.classes.opacity
    before = opacity.value()
    qtbot.keyClick(focus(opacity), Qt.Key.Key_Right)
    assert opacity.value() == before + 1
    qtbot.keyClick(opacity, Qt.Key.Key_Home)
    assert opacity.value() == 0
    assert window.controller.playhead.position == 10


def test_space_hides_the_class_that_has_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    rows = focus(window.classes.list)
    qtbot.keyClick(rows, SPACE)
    assert window.classes.hidden == (window.classes.model.names[0],)
    assert not window.controller.playhead.playing


def test_a_floating_panel_has_the_same_keys(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.docks["Curves"]
    dock.setFloating(True)
    dock.activateWindow()
    chip = window.curves.bar.measure_buttons["tc"]
    until(qtbot, lambda: QApplication.activeWindow() is dock)
    qtbot.keyClick(focus(chip), SPACE)
    assert "tc" not in window.curves.bar.measures
    assert not window.controller.playhead.playing


def test_tab_goes_as_the_eye_does(window: MainWindow, qtbot: QtBot) -> None:
    stops = walk(qtbot, window)
    order = zones_in_turn(window, stops)
    assert order == ["tools", "transport", "status", "Compare", "Classes", "Model", "Curves"]
    for one, other in pairwise(stops):
        if zone_of(window, one) == zone_of(window, other):
            here, there = place(window, one), place(window, other)
            below = there.y() > here.y() + 8
            beside = abs(there.y() - here.y()) <= 24 and there.x() > here.x()
            assert below or beside, f"from {one.accessibleName()} at {here} back to {other.accessibleName()} at {there}"


def test_a_message_stands_in_the_order_of_what_is_seen(window: MainWindow, qtbot: QtBot) -> None:
    window.docks["Curves"].setFloating(True)
    window.banners.show_message(Message("test", "Something happened", actions=(Action("Look", lambda: None),)))
    window.activateWindow()
    stops = walk(qtbot, window)
    above = [place for place, each in enumerate(stops) if window.banners.isAncestorOf(each)]
    tools = [place for place, each in enumerate(stops) if zone_of(window, each) == "tools"]
    assert above == [max(tools) + 1, max(tools) + 2]


def test_the_wipe_line_stands_between_tools_and_transport(window: MainWindow, qtbot: QtBot) -> None:
    window.comparing.set_mode("wipe")
    order = zones_in_turn(window, walk(qtbot, window))
    assert order[:3] == ["tools", "picture", "transport"]


def spoken(widget: QWidget, *what: QAccessible.Text) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return " ".join(interface.text(each) for each in what)


def test_everything_that_tab_reaches_has_a_name_of_its_own(window: MainWindow, qtbot: QtBot) -> None:
    names: list[str] = []
    for widget in walk(qtbot, window):
        name = spoken(widget, QAccessible.Text.Name)
        assert name, f"{widget} in {zone_of(window, widget)} says nothing"
        # Some systems are told of a choice what is chosen, and its name as what describes it.
        names.append(f"{name} {widget.accessibleDescription()}" if isinstance(widget, QComboBox) else name)
    told_twice = {name for name in names if names.count(name) > 1}
    twice = {"Fit the picture", "Make A steady"}
    assert told_twice == twice, "one command each, in the tool bar and where it is about"


def test_choices_and_sliders_tell_a_from_b(window: MainWindow) -> None:
    for slot, picker in (("A", window.compare_panel.a), ("B", window.compare_panel.b)):
        inside = [*picker.findChildren(QComboBox), *picker.findChildren(QSlider)]
        told = [each.accessibleName() for each in inside if each.isVisible()]
        assert len(told) >= 2
        assert all(f"slot {slot}" in name for name in told)
        choice = picker.around_choice
        assert spoken(choice, QAccessible.Text.Value) == choice.currentText() != ""
        assert f"slot {slot}" in spoken(choice, QAccessible.Text.Description)


def test_the_timeline_tells_where_it_is_and_what_flickers(window: MainWindow) -> None:
    timeline = window.transport.timeline
    timeline.set_flicker(np.full(500, 0.05), np.full(500, 0.02))
    timeline.set_range((5, 40))
    told = spoken(timeline, QAccessible.Text.Description)
    assert "flicker A 5.0 % and B 2.0 %" in told
    assert "plays frames" in told
    timeline.setValue(20)
    assert spoken(timeline, QAccessible.Text.Description) != told
