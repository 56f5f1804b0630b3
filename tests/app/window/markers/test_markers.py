"""Markers of a clip in the real window: set, named, gone to, shown, and kept with the clip."""

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.curves.export import TableRequest, write_table
from app.main_window import MainWindow
from app.markers.name_sheet import NameSheet
from app.session.store import Sessions
from app.style.theme import colours
from tests.app.window.conftest import MakeWindow
from tests.app.window.curves.tracks import small_track
from tests.app.window.hands import press, until
from tests.engine.fakes import FakeSource

M, DOT, COMMA = Qt.Key.Key_M, Qt.Key.Key_Period, Qt.Key.Key_Comma


@pytest.fixture
def window(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    """A clip of 500 frames that rests at frame 10."""
    window = make_window(open_source=lambda spec: FakeSource(500, rate=25))
    opened(window, "/clips/a.mp4", qtbot)
    go(window, 10, qtbot)
    return window


def opened(window: MainWindow, spec: str, qtbot: QtBot) -> None:
    window.open(spec)
    controller = window.controller

    def arrived() -> bool:
        there = controller.clip is not None and controller.clip.spec == spec
        return there and controller.playhead.position is not None

    until(qtbot, arrived)
    controller.playhead.pause()


def go(window: MainWindow, frame: int, qtbot: QtBot) -> None:
    window.controller.playhead.seek(frame)
    at(window, frame, qtbot)


def at(window: MainWindow, frame: int, qtbot: QtBot) -> None:
    until(qtbot, lambda: window.controller.playhead.position == frame)


def test_keys_set_remove_and_jump(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, M)
    go(window, 200, qtbot)
    press(qtbot, window, M)
    assert window.markers.names == {10: "", 200: ""}
    press(qtbot, window, DOT)
    at(window, 10, qtbot)  # around the clip's end
    press(qtbot, window, DOT)
    at(window, 200, qtbot)
    press(qtbot, window, COMMA)
    at(window, 10, qtbot)
    press(qtbot, window, M)
    assert window.markers.names == {200: ""}


def test_a_marker_is_named_and_the_timeline_says_so(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, M, shift=True)
    (sheet,) = [top for top in QApplication.topLevelWidgets() if isinstance(top, NameSheet)]
    sheet.field.setText("  dog runs in ")
    sheet.accept()
    assert window.markers.names == {10: "dog runs in"}
    timeline = window.transport.timeline
    assert "marker dog runs in" in timeline.accessibleDescription()
    image = timeline.grab().toImage()
    flag = QColor(colours().amber)
    x = round(timeline.x_of(10)) + 2
    assert any(image.pixelColor(x, y).name() == flag.name() for y in range(image.height()))


def test_they_stay_with_their_clip_and_across_starts(
    window: MainWindow, make_window: MakeWindow, qtbot: QtBot, home: Path
) -> None:
    window.markers.toggle()
    window.markers.show({**window.markers.names, 42: "here"})
    opened(window, "/clips/b.mp4", qtbot)
    assert window.markers.names == {}
    window.markers.toggle(7)
    opened(window, "/clips/a.mp4", qtbot)
    assert window.markers.names == {10: "", 42: "here"}
    window.controller.reopen()
    until(qtbot, lambda: window.controller.playhead.position is not None)
    assert window.markers.names == {10: "", 42: "here"}
    window.close()
    state = Sessions.read(home).state_of("/clips/b.mp4")
    assert state is not None
    assert state.markers == {7: ""}
    again = make_window(open_source=lambda spec: FakeSource(500, rate=25))
    opened(again, "/clips/a.mp4", qtbot)
    assert again.markers.names == {10: "", 42: "here"}


def test_a_live_source_has_none(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("camera:0", open_source=lambda spec: FakeSource(2000, live=True))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.markers.toggle()
    assert window.markers.names == {}
    assert not window.actions_["marker"].isEnabled()


def test_the_table_of_the_curves_has_a_column_of_them(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    write_table(
        TableRequest(path, small_track(12), None, "", (2, 20), {1: "before", 3: "", 5: "dog, runs", 15: "late"})
    )
    with path.open(newline="", encoding="utf-8") as file:
        rows = {int(row["index"]): row for row in csv.DictReader(file)}
    assert {index: row["marker"] for index, row in rows.items() if row["marker"]} == {
        3: "marker",
        5: "dog, runs",
        15: "late",
    }
    assert rows[15]["tc_a"] == ""
    assert 1 not in rows
