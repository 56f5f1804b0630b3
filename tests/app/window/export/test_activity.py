"""One place for work: a line in the tool bar, a queue on demand, and a picture that stays where it is."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolBar, QToolButton
from pytestqt.qtbot import QtBot

from app.export.activity import ActivityBar
from app.main_window import MainWindow
from app.style.theme import colours
from engine.work import SegmentRequest
from tests.app.window.conftest import MakeWindow
from tests.app.window.export.conftest import SlowWork, recording
from tests.app.window.fakes import fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource


def opened(make_window: MakeWindow, qtbot: QtBot, width: int = 1280) -> MainWindow:
    window = make_window("x", open_source=fakes(FakeSource(500)))
    window.resize(width, 760)
    until(qtbot, lambda: window.controller.playhead.position is not None and window.exporting.card)
    window.controller.playhead.pause()
    qtbot.wait(50)
    return window


def picture(window: MainWindow) -> QRect:
    return QRect(window.stage.mapTo(window, window.stage.rect().topLeft()), window.stage.size())


def test_the_picture_stays_while_work_comes_goes_and_is_listed(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(make_window, qtbot)
    bar, before = window.exporting.bar, picture(window)
    first = window.exporting.jobs.start(asked)
    window.exporting.jobs.start(replace(asked, folder=tmp_path / "second"))
    window.exporting.jobs.start(replace(asked, folder=tmp_path / "third"))
    until(qtbot, lambda: "frames/s" in bar.text.text() and "left" in bar.text.text())
    assert bar.title.text() == "walk.mp4, street"
    assert bar.end_button.text() == "Cancel"
    assert bar.bar.value() > 0
    assert bar.queue_button.text() == "3"
    assert not bar.queue.isVisible()
    qtbot.mouseClick(bar.queue_button, Qt.MouseButton.LeftButton)
    assert bar.queue.isVisible()
    assert len(bar.queue.lines) == 3
    qtbot.wait(50)
    assert picture(window) == before
    bar.end_button.click()
    until(qtbot, lambda: first.status == "cancelled" and len(slow_work.ran) == 2)
    slow_work.go.set()
    until(qtbot, lambda: not window.exporting.jobs.working)
    assert [row.state for row in bar.rows.values()] == ["ended"] * 3
    bar.queue.clear_button.click()
    qtbot.wait(50)
    assert not bar.rows
    assert not bar.queue.isVisible()
    assert not bar.queue_button.isVisible()
    assert picture(window) == before


def test_a_row_that_has_ended_can_be_dropped_and_one_that_runs_cannot(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(make_window, qtbot)
    bar = window.exporting.bar
    job = window.exporting.jobs.start(asked)
    waiting = window.exporting.jobs.start(replace(asked, folder=tmp_path / "second"))
    window.exporting.jobs.cancel(waiting)
    bar.drop(job)
    assert set(bar.rows) == {job, waiting}
    away = [each for each in bar.queue.lines[waiting].findChildren(QToolButton) if not each.isHidden()]
    away[0].click()
    assert set(bar.rows) == {job}
    bar.queue.clear_asked.emit()
    assert set(bar.rows) == {job}


def test_in_a_narrow_window_what_ends_the_work_stays(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot
) -> None:
    window = opened(make_window, qtbot, 900)
    window.exporting.jobs.start(asked)
    bar = window.exporting.bar
    until(qtbot, lambda: "left" in bar.text.text())
    qtbot.wait(50)
    tools = window.findChild(QToolBar, "tools")
    assert tools is not None
    for part in (bar.text, bar.end_button, bar.queue_button):
        assert part.isVisible()
        assert tools.rect().contains(QRect(part.mapTo(tools, part.rect().topLeft()), part.size()))
    more = tools.findChild(QToolButton, "qt_toolbar_ext_button")
    assert more is None or not more.isVisible(), "nothing is left out of the tool bar"


def test_escape_closes_the_list(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot
) -> None:
    window = opened(make_window, qtbot)
    bar = window.exporting.bar
    window.exporting.jobs.start(asked)
    window.activateWindow()
    bar.queue_button.setFocus()
    bar.queue_button.click()
    assert bar.queue.isVisible()
    qtbot.keyClick(bar.queue.close_button, Qt.Key.Key_Escape)
    assert not bar.queue.isVisible()


def has_red(bar: ActivityBar) -> bool:
    picture, red = bar.grab().toImage(), QColor(colours().red).rgb()
    return any(picture.pixel(x, y) == red for x in range(picture.width()) for y in range(0, picture.height(), 2))


def test_the_dot_of_a_recording_goes_out_when_it_is_saved(
    make_window: MakeWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = recording(make_window, tmp_path, qtbot)
    bar = window.exporting.bar
    assert bar.title.text() == "Recording A: fake on fake.mp4"
    assert bar.end_button.text() == "Stop"
    assert has_red(bar)
    bar.end_button.click()
    until(qtbot, lambda: [row.state for row in bar.rows.values()] == ["ended"])
    qtbot.wait(20)
    assert not has_red(bar)
    assert "saved in" in bar.text.text()


def test_another_method_in_a_ends_a_recording_and_says_so(
    make_window: MakeWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = recording(make_window, tmp_path, qtbot)
    window.controller.a.use("hold(fake, n=2)")
    until(qtbot, lambda: "export" in window.banners.messages)
    assert "hold(fake, n=2) came into slot A" in window.banners.messages["export"].text
    assert not window.exporting.recording.running
    assert not window.actions_["record"].isChecked()
