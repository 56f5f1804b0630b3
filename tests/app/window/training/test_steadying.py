"""Steadying in the real window: one button, a line, and what becomes of it when the window closes."""

import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.training import sheet
from app.training.record import Record
from app.training.sheet import SteadySheet
from engine.methods import MethodPool
from engine.models.bundle import read_card
from resources import MODELS
from tests.app.window.clips import write_clip
from tests.app.window.conftest import MakeWindow
from tests.app.window.export.conftest import recording
from tests.app.window.export.test_leaving import CLOSE_S, asked_on_closing, question
from tests.app.window.fakes import FakeSegmenter, fakes
from tests.app.window.hands import until
from tests.app.window.training.conftest import Children, left_behind, plan
from tests.engine.fakes import FakeSource


def shown_sheet(window: MainWindow) -> SteadySheet:
    return next(each for each in window.findChildren(SteadySheet) if each.isVisible())


def training(window: MainWindow, qtbot: QtBot) -> Record:
    """One that has begun."""
    window.steadying.jobs.start(plan())
    until(qtbot, lambda: window.steadying.jobs.records and window.steadying.jobs.records[0].step == 86)
    return window.steadying.jobs.records[0]


def test_from_the_button_to_the_line_to_the_end(
    make_window: MakeWindow, children: Children, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "speeds", lambda *args, **how: (20.0, 20.0))
    clip = write_clip(tmp_path / "grey.mp4", frames=40)
    window = make_window(str(clip))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.controller.a.method)
    window.controller.playhead.pause()
    window.controller.playhead.set_range((5, 34))
    window.compare_panel.steady_button.click()
    asked = shown_sheet(window)
    until(qtbot, lambda: asked.instead.isVisible())  # a fake is no model that learns
    asked.instead.click()
    until(qtbot, lambda: asked.start_button.isEnabled())
    assert window.controller.a.name == "street"
    assert [(each.path, each.range_) for each in asked.spans] == [(clip, (5, 34))]
    asked.start_button.click()
    bar = window.exporting.bar
    until(qtbot, lambda: "Learning · 43 %" in bar.text.text())
    record = window.steadying.jobs.records[0]
    assert record.folder.parent.name == "runs"
    assert bar.title.text() == "street-steady"
    assert bar.end_button.text() == "Stop"
    with qtbot.waitSignal(window.steadying.opened) as heard:
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    assert heard.args == [record]
    bar.queue.toggle()
    line = bar.queue.lines[record]
    with qtbot.waitSignal(window.steadying.opened):
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    press(line, "Pause")
    until(qtbot, lambda: record.status == "paused")
    press(line, "Resume")
    until(qtbot, lambda: record.status == "running")
    children.launched[0].go.set()
    until(qtbot, lambda: "Better" in bar.text.text())
    press(line, "Remove")
    until(qtbot, lambda: not bar.rows and not record.folder.exists())


def press(line: Any, label: str) -> None:
    next(each for each in line.buttons if isinstance(each, QPushButton) and each.text() == label).click()


def test_the_button_is_there_while_nothing_better_stands_in_b(make_window: MakeWindow, qtbot: QtBot) -> None:
    card = read_card(MODELS / "street.onnx")
    models = iter((card, card, read_card(MODELS / "street-consistent.onnx")))

    def load(name: str) -> FakeSegmenter:
        made = FakeSegmenter()
        made.card = next(models)
        return made

    window = make_window("x", open_source=fakes(FakeSource(50)), pool_on=lambda _: MethodPool(load))
    until(qtbot, lambda: window.controller.a.method)
    button = window.compare_panel.steady_button
    assert button.isVisibleTo(window.compare_panel)
    for b, offered in (("other", True), ("street-consistent", False)):
        window.controller.b.use(b)
        until(qtbot, lambda: window.controller.b.method and not window.controller.b.pending)
        assert button.isVisibleTo(window.compare_panel) == offered
    window.controller.b.use(None)
    assert button.isVisibleTo(window.compare_panel)
    action = window.actions_["steady"]
    assert action.isEnabled(), "even where A cannot be trained: the sheet says why"
    assert action.shortcut().toString() == "Ctrl+T"
    assert any(action in menu.menu().actions() for menu in window.menuBar().actions() if menu.text() == "&Models")


def test_a_live_source_records_its_clip_first(
    make_window: MakeWindow, children: Children, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(
        "camera:0",
        open_source=lambda spec: FakeSource(2000, live=True, size=(64, 48), before=lambda _: time.sleep(0.02)),
    )
    window.store.change(export_folder=str(tmp_path))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.exporting.card)
    window.actions_["steady"].trigger()
    shown_sheet(window).record_button.click()
    bar = window.exporting.bar
    until(qtbot, lambda: "frames" in bar.text.text() and not bar.text.text().endswith(" 0 frames"))
    message = window.banners.messages["record-first"]
    window.banners.act("record-first", message.actions[0].run)
    until(qtbot, lambda: any(each.isVisible() for each in window.findChildren(SteadySheet)))
    (clip,) = shown_sheet(window).spans
    assert clip.path.is_file()
    assert clip.path.is_relative_to(tmp_path)
    assert not (clip.path.parent / "masks").exists(), "what is learnt from has no masks drawn on it"
    shown_sheet(window).reject()


def test_while_masks_are_recorded_no_clip_is(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = recording(make_window, tmp_path, qtbot)
    window.actions_["steady"].trigger()
    shown_sheet(window).record_button.click()
    assert "end it first" in window.banners.messages["record-first"].text
    window.exporting.recording.stop()
    until(qtbot, lambda: not window.exporting.recording.running)
    assert not any(each.isVisible() for each in window.findChildren(SteadySheet))


def test_quitting_asks_and_it_goes_on_without_the_window(
    make_window: MakeWindow, children: Children, qtbot: QtBot
) -> None:
    window = make_window()
    record = training(window, qtbot)
    sheet = asked_on_closing(window, qtbot)
    assert "street-steady is being trained" in sheet.sentence.text()
    sheet.reject()
    assert window.isVisible()
    asked_on_closing(window, qtbot).background_button.click()
    assert not window.isVisible()
    assert not window.leaving.hidden, "nothing is left to do for this process"
    assert record.job.status() == "running"

    again = make_window()
    until(qtbot, lambda: again.steadying.jobs.running is not None)
    found = again.steadying.jobs.records[0]
    until(qtbot, lambda: found in again.exporting.bar.rows)
    assert "left-training" not in again.banners.messages
    children.launched[0].go.set()
    until(qtbot, lambda: found.status == "done")
    assert "Better" in again.exporting.bar.text.text()


@pytest.mark.parametrize("stage", ["targets", "training", "choosing", "judging"])
def test_stop_and_quit_stops_it_in_every_stage_and_nobody_waits(
    make_window: MakeWindow, children: Children, qtbot: QtBot, stage: str
) -> None:
    children.stage = stage
    window = make_window()
    window.steadying.jobs.start(plan())
    until(qtbot, lambda: window.steadying.jobs.records and window.steadying.jobs.records[0].stage == stage)
    (record,) = window.steadying.jobs.records
    asked = asked_on_closing(window, qtbot)
    began = time.monotonic()
    asked.stop_button.click()
    assert time.monotonic() - began < CLOSE_S
    assert not window.isVisible()
    assert question() is None
    until(qtbot, lambda: record.job.status() == "stopped")


def test_what_was_interrupted_is_offered_and_goes_on_and_what_was_dropped_is_not_told_again(
    make_window: MakeWindow, children: Children, qtbot: QtBot, runs: Path
) -> None:
    left_behind(runs / "a", "interrupted", "a-steady")
    left_behind(runs / "b", "done", "b-steady")
    window = make_window()
    until(qtbot, lambda: "left-training" in window.banners.messages)
    message = window.banners.messages["left-training"]
    assert message.text.startswith("a-steady was not done")
    lines = {record.name: row for record, row in window.exporting.bar.rows.items()}
    assert lines["a-steady"].brief == "Interrupted at 50 %"
    assert lines["b-steady"].brief.startswith("Better")
    window.exporting.bar.clear()
    assert not window.exporting.bar.rows
    window.banners.act("left-training", message.actions[0].run)
    until(qtbot, lambda: len(window.exporting.bar.rows) == 1 and children.launched)
    until(qtbot, lambda: window.steadying.jobs.running and window.steadying.jobs.running.step == 86)
    children.launched[0].go.set()
    until(qtbot, lambda: window.steadying.jobs.running is None)
    window.close()

    again = make_window()
    until(qtbot, lambda: len(again.steadying.jobs.records) == 2)
    assert [record.name for record in again.exporting.bar.rows] == ["a-steady"], "b was dropped"
