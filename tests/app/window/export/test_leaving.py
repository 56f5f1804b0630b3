"""Quitting while work runs: asked, gone on with unseen, or kept and offered at the next start."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.export.leaving import LeavingSheet
from app.main_window import MainWindow
from app.window import open_window
from engine.results.drawing import Drawing
from engine.work import CompareRequest, SegmentRequest
from tests.app.window.conftest import MakeWindow
from tests.app.window.export.conftest import SlowWork, recording
from tests.app.window.fakes import fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource

CLOSE_S = 3.0


def question() -> LeavingSheet | None:
    return next(
        (top for top in QApplication.topLevelWidgets() if isinstance(top, LeavingSheet) and top.isVisible()), None
    )


def asked_on_closing(window: MainWindow, qtbot: QtBot) -> LeavingSheet:
    window.close()
    assert window.isVisible()
    sheet = question()
    assert sheet is not None
    return sheet


def kept(home: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in home.glob("work-*.json")]


def test_cancel_leaves_all_as_it_is(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot
) -> None:
    window = make_window()
    job = window.exporting.jobs.start(asked)
    sheet = asked_on_closing(window, qtbot)
    assert "walk.mp4" in sheet.sentence.text()
    window.close()
    assert question() is sheet, "it asks once"
    sheet.reject()
    qtbot.wait(20)
    assert window.isVisible()
    assert job.status == "running"
    slow_work.go.set()
    until(qtbot, lambda: job.status == "done")
    window.close()
    assert not window.isVisible(), "nothing runs, nothing is asked"


def test_what_is_stopped_is_offered_at_the_next_start_and_goes_on(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot, tmp_path: Path, home: Path
) -> None:
    window = make_window()
    window.exporting.jobs.start(asked)
    second = replace(asked, folder=tmp_path / "second", range_=(3, 9), drawing=Drawing(0.25, "outline"))
    window.exporting.jobs.start(second)
    until(qtbot, lambda: slow_work.ran)
    sheet = asked_on_closing(window, qtbot)
    began = time.monotonic()
    sheet.stop_button.click()
    assert time.monotonic() - began < CLOSE_S
    assert not window.isVisible()
    assert [len(each["requests"]) for each in kept(home)] == [2]  # type: ignore[arg-type]

    again = make_window()
    until(qtbot, lambda: "left-work" in again.banners.messages)
    message = again.banners.messages["left-work"]
    assert "walk.mp4" in message.text
    assert [action.label for action in message.actions] == ["Go on", "Forget it"]
    slow_work.ran.clear()
    again.banners.act("left-work", message.actions[0].run)
    slow_work.go.set()
    until(qtbot, lambda: len(slow_work.ran) == 2 and not again.exporting.jobs.working)
    first, other = slow_work.ran
    assert (first.spec, first.folder) == (asked.spec, asked.folder)
    assert isinstance(other, SegmentRequest)
    assert other.range_ == (3, 9)
    assert (other.drawing.opacity, other.drawing.style) == (0.25, "outline")
    again.close()
    assert not list(home.glob("work-*"))


def test_what_nobody_wants_is_forgotten_and_what_is_not_answered_is_not(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot, home: Path
) -> None:
    window = make_window()
    window.exporting.jobs.start(asked)
    window.leave()  # nobody was asked
    for _ in range(2):
        again = make_window()
        until(qtbot, lambda: "left-work" in again.banners.messages)  # noqa: B023
        again.close()
        assert [len(each["requests"]) for each in kept(home)] == [1]  # type: ignore[arg-type]
    last = make_window()
    until(qtbot, lambda: "left-work" in last.banners.messages)
    last.banners.act("left-work", last.banners.messages["left-work"].actions[1].run)
    last.close()
    assert not list(home.glob("work-*"))


def test_work_goes_on_without_the_window_which_ends_with_it(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot, home: Path
) -> None:
    window = make_window("x", open_source=fakes(FakeSource(500)))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    job = window.exporting.jobs.start(asked)
    until(qtbot, lambda: slow_work.ran)
    asked_on_closing(window, qtbot).background_button.click()
    assert not window.isVisible()
    assert window.controller.clip is None
    assert job.status == "running"
    until(qtbot, lambda: [each["hidden"] for each in kept(home)] == [True])
    slow_work.go.set()
    until(qtbot, lambda: not list(home.glob("work-*")))
    assert job.status == "done"


def test_another_window_brings_it_back(
    make_window: MakeWindow, slow_work: SlowWork, asked: SegmentRequest, qtbot: QtBot, home: Path
) -> None:
    window = make_window()
    window.exporting.jobs.start(asked)
    asked_on_closing(window, qtbot).background_button.click()
    until(qtbot, lambda: [each["hidden"] for each in kept(home)] == [True])
    other = make_window()
    until(qtbot, lambda: "hidden-work" in other.banners.messages)
    message = other.banners.messages["hidden-work"]
    assert "walk.mp4" in message.text
    other.banners.act("hidden-work", message.actions[0].run)
    until(qtbot, window.isVisible)
    assert window.exporting.bar.end_button.text() == "Cancel"


def test_the_program_lives_as_long_as_its_work(
    slow_work: SlowWork, asked: SegmentRequest, home: Path, no_qt_left: None, qtbot: QtBot
) -> None:
    seen: list[bool] = []

    def look() -> None:
        (window,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        window.exporting.jobs.start(asked)
        asked_on_closing(window, qtbot).background_button.click()
        QTimer.singleShot(500, finish)

    def finish() -> None:
        seen.append(True)
        slow_work.go.set()

    QTimer.singleShot(0, look)
    assert open_window(None, device="cpu") == 0
    assert seen == [True], "it went on without a window"
    assert not list(home.glob("work-*"))


def test_a_recording_is_saved_and_cannot_go_on_unseen(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = recording(make_window, tmp_path, qtbot)
    sheet = asked_on_closing(window, qtbot)
    assert "recording ends, and is saved" in sheet.sentence.text()
    assert sheet.background_button.isHidden()
    sheet.stop_button.click()
    assert not window.isVisible()
    (summary,) = tmp_path.glob("fake*/summary.json")
    assert json.loads(summary.read_text(encoding="utf-8"))["frames"] > 0


@pytest.mark.parametrize("kinds", ["export", "comparison"])
def test_the_question_says_how_it_goes_on(asked: SegmentRequest, qtbot: QtBot, kinds: str, no_qt_left: None) -> None:
    compared = CompareRequest(spec=asked.spec, folder=asked.folder, a="street", b="ema(street)")
    sheet = LeavingSheet((asked if kinds == "export" else compared,), False, None)
    qtbot.addWidget(sheet)
    assert ("goes on where it stopped" if kinds == "export" else "begins anew") in sheet.sentence.text()
