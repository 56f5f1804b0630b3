"""The menus on the picture and on the timeline, by pointer and by keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.shortcuts import COMMANDS
from tests.app.window.conftest import MakeWindow
from tests.app.window.hands import press, until
from tests.engine.fakes import FakeSource

Reason = QContextMenuEvent.Reason


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    """A clip that rests at frame 14, all of class 3, `road`."""
    window = make_window("/clips/walk.mp4", open_source=lambda spec: FakeSource(500, rate=30, size=(64, 48)))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.playhead.pause()
    window.controller.playhead.seek(14)
    until(qtbot, lambda: window.view.point_at(*middle(window)) and pointed(window) == 3)
    window.activateWindow()
    window.setFocus()
    until(qtbot, lambda: QApplication.focusWidget() is window)
    return window


def middle(window: MainWindow) -> tuple[int, int]:
    centre = window.view.rect().center()
    return centre.x(), centre.y()


def pointed(window: MainWindow) -> int | None:
    point = window.view.point_at(*middle(window))
    return None if point is None else point.class_id


def ask(widget: QWidget, place: QPoint, reason: Reason = Reason.Mouse) -> None:
    QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place)))


def menu(name: str) -> QMenu:
    (found,) = [each for each in QApplication.topLevelWidgets() if each.objectName() == name and each.isVisible()]
    assert isinstance(found, QMenu)
    return found


def choose(name: str, text: str) -> None:
    """Trigger what begins with `text`."""
    found = menu(name)
    (action,) = [each for each in found.actions() if each.text().startswith(text)]
    assert action.isEnabled()
    found.close()
    action.trigger()


def texts(name: str) -> list[str]:
    return [action.text() for action in menu(name).actions() if not action.isSeparator()]


def test_the_picture_hides_the_class_under_the_pointer_and_shows_all(window: MainWindow) -> None:
    pane = window.view.panes[0].viewport()
    ask(pane, pane.rect().center())
    choose("picture-menu", "Hide “road”")
    assert window.classes.hidden == ("road",)
    ask(pane, pane.rect().center())
    assert not any(text.startswith("Hide") for text in texts("picture-menu"))
    choose("picture-menu", "Show all classes")
    assert window.classes.hidden == ()


def test_the_picture_has_commands_and_a_marker(window: MainWindow, qtbot: QtBot) -> None:
    ask(window.view, QPoint(*middle(window)))
    told = texts("picture-menu")
    for text in ("Copy the frame", "Save the frame…", "Fit the picture", "Add a marker at frame 14"):
        assert text in told
    choose("picture-menu", "Add a marker")
    assert window.markers.names == {14: ""}
    ask(window.view, QPoint(*middle(window)))
    with qtbot.waitSignal(window.saving.copied, timeout=60_000):
        choose("picture-menu", "Copy the frame")


def test_the_timeline_sets_in_and_out_where_it_is_pressed(window: MainWindow) -> None:
    timeline, head = window.transport.timeline, window.controller.playhead

    def at(frame: int) -> None:
        ask(timeline, QPoint(round(timeline.x_of(frame)), timeline.height() // 2))

    at(100)
    frame = int(texts("timeline-menu")[0].split()[-1])
    assert abs(frame - 100) <= 1
    choose("timeline-menu", "Set in here")
    at(300)
    choose("timeline-menu", "Set out here")
    assert head.range is not None
    assert head.range[0] == frame
    assert abs(head.range[1] - 300) <= 1
    assert head.position == 14
    at(200)
    choose("timeline-menu", "Clear in and out")
    assert head.range is None


def test_the_timeline_means_the_marker_nearby(window: MainWindow) -> None:
    timeline = window.transport.timeline
    window.markers.show({120: "dog & cat"})
    ask(timeline, QPoint(round(timeline.x_of(120)) + 3, 5))
    choose("timeline-menu", "Remove the marker “dog && cat”")
    assert window.markers.names == {}


def test_the_time_that_is_copied_leads_back_to_its_frame(window: MainWindow, qtbot: QtBot) -> None:
    timeline = window.transport.timeline
    window.markers.show({124: ""})
    ask(timeline, QPoint(round(timeline.x_of(124)), 5))
    choose("timeline-menu", "Copy the time")
    assert QGuiApplication.clipboard().text() == "0:04.134"


def test_the_worst_moment_is_jumped_to(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = window.transport.timeline
    monkeypatch.setattr(window.measuring, "_worst", None)
    ask(timeline, QPoint(30, 5))
    (jump,) = [each for each in menu("timeline-menu").actions() if each.text().startswith("Jump")]
    assert not jump.isEnabled()
    menu("timeline-menu").close()
    monkeypatch.setattr(window.measuring, "_worst", 77)
    ask(timeline, QPoint(30, 5))
    choose("timeline-menu", "Jump to the worst moment")
    until(qtbot, lambda: window.controller.playhead.position == 77)


def test_the_menu_key_and_shift_f10_open_them(window: MainWindow, qtbot: QtBot) -> None:
    ask(window, QPoint(5, 5), Reason.Keyboard)
    menu("picture-menu").close()
    press(qtbot, window, Qt.Key.Key_F10, shift=True)
    menu("picture-menu").close()
    timeline = window.transport.timeline
    timeline.setFocus()
    ask(timeline, QPoint(5, 5), Reason.Keyboard)
    assert texts("timeline-menu")[0] == "Go to frame 14"
    menu("timeline-menu").close()
    press(qtbot, window, Qt.Key.Key_F10, shift=True)
    assert texts("timeline-menu")[0] == "Go to frame 14"
    menu("timeline-menu").close()


def test_a_button_of_the_tool_bar_leaves_the_mouse_its_own_menu(window: MainWindow) -> None:
    ask(window.transport.play_button, QPoint(5, 5), Reason.Keyboard)
    menu("picture-menu").close()


def test_every_key_is_in_the_table_once() -> None:
    keys = [key.casefold() for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))
