"""Sending from the window to a virtual camera, to its end."""

import sys
import time

import pytest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from tests.app.window.conftest import MakeWindow
from tests.app.window.fakes import fakes
from tests.app.window.hands import until
from tests.engine.fakes import FakeSource
from tests.engine.virtual_cameras import FakeModule


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> FakeModule:
    module = FakeModule()
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    return module


def watching(make_window: MakeWindow, qtbot: QtBot) -> MainWindow:
    window = make_window(
        "camera:0",
        open_source=fakes(FakeSource(3000, live=True, size=(64, 48), before=lambda _: time.sleep(0.01))),
    )
    until(qtbot, lambda: window.controller.playhead.position is not None and window.exporting.card)
    return window


def test_it_is_sent_told_and_stopped(make_window: MakeWindow, qtbot: QtBot, module: FakeModule) -> None:
    window = watching(make_window, qtbot)
    bar, action = window.exporting.bar, window.actions_["send"]
    assert action.isEnabled()
    action.trigger()
    assert action.isChecked()
    until(qtbot, lambda: "a second" in bar.text.text())
    assert bar.title.text() == "Sending A"
    assert bar.text.text().startswith("64 × 48 · ")
    assert "→ Fake Camera · fake on " in bar.toolTip()
    assert bar.end_button.text() == "Stop"
    bar.end_button.click()
    assert not action.isChecked()
    assert not bar.rows
    until(qtbot, lambda: module.cameras[0].closed)
    assert module.cameras[0].sent


def test_what_is_drawn_otherwise_is_sent_so(make_window: MakeWindow, qtbot: QtBot, module: FakeModule) -> None:
    window = watching(make_window, qtbot)
    window.looks.change_opacity(100)
    window.actions_["send"].trigger()
    until(qtbot, lambda: module.cameras and module.cameras[0].sent)
    window.store.change(opacity=0.0)
    sent = module.cameras[0].sent
    until(qtbot, lambda: len(sent) > 3 and sent[-1].std(axis=2).max() == 0)
    window.actions_["send"].trigger()


def test_another_method_in_a_ends_it(make_window: MakeWindow, qtbot: QtBot, module: FakeModule) -> None:
    window = watching(make_window, qtbot)
    window.actions_["send"].trigger()
    until(qtbot, lambda: module.cameras and module.cameras[0].sent)
    window.controller.a.use("another")
    until(qtbot, lambda: not window.exporting.sending.running)
    assert any("another method" in each.text for each in window.banners.messages.values())
    assert not window.actions_["send"].isChecked()


def test_without_a_device_one_sentence_says_so(make_window: MakeWindow, qtbot: QtBot, module: FakeModule) -> None:
    module.missing = True
    window = watching(make_window, qtbot)
    window.actions_["send"].trigger()
    until(qtbot, lambda: not window.exporting.sending.running)
    (message,) = window.banners.messages.values()
    assert message.text.startswith("There is no virtual camera that can be sent to (v4l2loopback: no device found); ")
    assert not window.actions_["send"].isChecked()
    assert not window.exporting.bar.rows


def test_closing_the_window_closes_the_camera(make_window: MakeWindow, qtbot: QtBot, module: FakeModule) -> None:
    window = watching(make_window, qtbot)
    window.actions_["send"].trigger()
    until(qtbot, lambda: module.cameras and module.cameras[0].sent)
    begin = time.monotonic()
    window.close()
    until(qtbot, lambda: module.cameras[0].closed)
    assert time.monotonic() - begin < 3
