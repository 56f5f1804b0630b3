"""The window from the outside: open, play, step, seek, drop, remember."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import read_settings
from engine.video import VideoSource
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter, fakes
from tests.app.window.hands import played_to_end, press, until
from tests.engine.fakes import FakeSource


def test_starts_empty_and_says_what_to_do(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window(demo=clip)
    assert window.stage.currentWidget() is window.empty
    assert window.empty.demo_button.isVisible()
    assert not window.transport.play_button.isEnabled()
    until(qtbot, lambda: window.classes.model.names)
    assert window.classes.model.names[:2] == ("sky", "building")
    window.empty.demo_button.click()
    played_to_end(qtbot, window, 29)


def test_no_bundled_clip_is_offered_where_there_is_none(make_window: MakeWindow) -> None:
    assert not make_window(demo=None).empty.demo_button.isVisible()


def test_plays_a_clip_to_its_end(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)
    assert window.stage.currentWidget() is window.view
    assert window.windowTitle() == "grey ä.mp4 – Steadymask"
    assert window.status_line.format.text() == "96 × 64 · 100 fps"
    assert window.transport.timeline.value() == 29
    assert not window.banners.messages
    until(qtbot, lambda: "dropped" in window.status_line.dropped.text())
    assert " ms" in window.status_line.inference.text()


def test_keys_step_and_seek(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)
    for key, shift, index in [
        (Qt.Key.Key_Home, False, 0),
        (Qt.Key.Key_Right, False, 1),
        (Qt.Key.Key_Right, True, 11),
        (Qt.Key.Key_Left, False, 10),
        (Qt.Key.Key_Left, True, 0),
        (Qt.Key.Key_Left, False, 0),
        (Qt.Key.Key_End, False, 29),
        (Qt.Key.Key_Right, True, 29),
    ]:
        press(qtbot, window, key, shift)
        until(qtbot, lambda index=index: window.controller.playhead.position == index)
        assert window.transport.timeline.value() == index
    assert window.transport.frame_button.text() == "29 / 29"
    press(qtbot, window, Qt.Key.Key_Space)
    assert window.controller.playhead.playing
    played_to_end(qtbot, window, 29)


def test_fast_steps_add_up(make_window: MakeWindow, qtbot: QtBot) -> None:
    source = FakeSource(100, live=False)
    window = make_window("x", open_source=fakes(source))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.playhead.pause()
    window.controller.playhead.seek(10)
    until(qtbot, lambda: window.controller.playhead.position == 10)
    for _ in range(7):
        window.controller.playhead.step(1)
    until(qtbot, lambda: window.controller.playhead.position == 17)


def test_drags_coalesce_and_end_at_the_newest(make_window: MakeWindow, qtbot: QtBot) -> None:
    go, entered = threading.Event(), threading.Event()

    def hold(index: int) -> None:
        if index == 50:
            entered.set()
            go.wait(LONG_MS / 1000)

    source = FakeSource(1000, before=hold, rate=1)
    window = make_window("x", open_source=fakes(source))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.playhead.pause()
    slider = window.transport.timeline
    slider.setSliderDown(True)
    slider.setSliderPosition(50)
    until(qtbot, entered.is_set)
    for index in range(51, 400):
        slider.setSliderPosition(index)
    slider.setSliderDown(False)
    go.set()
    until(qtbot, lambda: window.controller.playhead.position == 399)
    assert [index for index in source.reads if index >= 50] == [50, 399]
    assert not window.controller.playhead.playing


def test_a_click_on_the_slider_goes_there(make_window: MakeWindow, qtbot: QtBot) -> None:
    source = FakeSource(101, rate=1)
    window = make_window("x", open_source=fakes(source))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.controller.playhead.pause()
    slider = window.transport.timeline
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    until(qtbot, lambda: abs((window.controller.playhead.position or 0) - 50) <= 1)
    assert not window.controller.playhead.playing
    assert slider.value() == window.controller.playhead.position
    assert len([index for index in source.reads if index > 1]) == 1, "one click, one read"


def test_a_drag_while_playing_plays_on(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window("x", open_source=fakes(FakeSource(100_000)))
    until(qtbot, lambda: window.controller.playhead.playing and window.controller.playhead.position is not None)
    slider = window.transport.timeline
    slider.setSliderDown(True)
    slider.setSliderPosition(5000)
    until(qtbot, lambda: window.controller.playhead.position == 5000)
    assert not window.controller.playhead.playing
    slider.setSliderDown(False)
    until(qtbot, lambda: (window.controller.playhead.position or 0) > 5000)


def test_opacity_and_classes_cost_no_inference(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    segmenter = FakeSegmenter()
    window = make_window(str(clip), segmenter=segmenter)
    played_to_end(qtbot, window, 29)
    calls = len(segmenter.calls)
    window.classes.opacity.setValue(20)
    window.classes.toggle(2)
    press(qtbot, window, Qt.Key.Key_H)
    window.view.zoom(2)
    window.view.fit()
    window.grab()
    assert len(segmenter.calls) == calls
    assert window.view.panes[0].masks.opacity() == pytest.approx(0.2)
    assert window.view.panes[0].masks.lut[2, 3] == 0
    assert window.view.panes[0].masks.lut[3, 3] == 255
    assert not window.view.panes[0].masks.isVisible()


def test_masks_lie_over_the_picture_in_their_colours(make_window: MakeWindow, qtbot: QtBot) -> None:
    segmenter = FakeSegmenter()
    window = make_window("x", segmenter=segmenter, open_source=fakes(FakeSource(20, rate=1, size=(64, 48))))
    until(qtbot, lambda: window.controller.playhead.position is not None and window.classes.model.names)
    window.controller.playhead.pause()
    window.controller.playhead.seek(8)
    until(qtbot, lambda: window.controller.playhead.position == 8)
    window.classes.set_opacity(1.0)
    middle = window.view.grab().toImage().pixelColor(window.view.rect().center())
    assert (middle.red(), middle.green(), middle.blue()) == segmenter.card.class_set.classes[8].rgb
    centre = window.view.rect().center()
    pointed = window.view.point_at(centre.x(), centre.y())
    assert pointed is not None
    assert pointed.class_id == 8
    window.classes.set_opacity(0.0)
    middle = window.view.grab().toImage().pixelColor(window.view.rect().center())
    assert (middle.red(), middle.green(), middle.blue()) == (8, 8, 8)


def test_a_dropped_file_is_opened(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    window = make_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    arguments = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    assert drag_enters(window, data)
    QApplication.sendEvent(window, QDropEvent(QPointF(window.rect().center()), *arguments))
    played_to_end(qtbot, window, 29)


def test_dropped_text_is_refused(make_window: MakeWindow) -> None:
    window = make_window()
    data = QMimeData()
    data.setText("hello")
    assert not drag_enters(window, data)


def test_a_very_long_name_does_not_widen_the_window(make_window: MakeWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = make_window(demo=None)
    window.resize(860, 560)
    window.open(str(tmp_path / ("x" * 250)))
    until(qtbot, lambda: window.empty.failure)
    assert window.minimumSizeHint().width() <= 860
    assert window.width() == 860


def test_the_first_picture_waits_for_no_model(make_window: MakeWindow, clip: Path, qtbot: QtBot) -> None:
    go = threading.Event()
    window = make_window(str(clip), load=lambda: go.wait(LONG_MS / 1000) and None)
    until(qtbot, lambda: window.controller.playhead.position == 0)
    assert not window.controller.playhead.playing
    assert window.view.panes[0].masks.image is None
    go.set()
    played_to_end(qtbot, window, 29)
    assert window.view.panes[0].masks.image is not None


def test_what_is_opened_later_wins(make_window: MakeWindow, qtbot: QtBot) -> None:
    go = threading.Event()
    slow, quick = FakeSource(5), FakeSource(7, rate=1000)

    def open_source(spec: str) -> VideoSource:
        if spec == "slow":
            go.wait(LONG_MS / 1000)
            return slow
        return quick

    window = make_window(open_source=open_source)
    window.open("slow")
    window.open("quick")
    played_to_end(qtbot, window, 6)
    go.set()
    until(qtbot, slow.closed.is_set)
    assert window.controller.clip is not None
    assert window.controller.clip.spec == "quick"
    assert slow.decoded == slow.reads == []


def test_opening_again_closes_what_was_open(make_window: MakeWindow, qtbot: QtBot) -> None:
    first, second = FakeSource(100_000), FakeSource(5, rate=1000)
    window = make_window("a", open_source=fakes(first, second))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.open("b")
    played_to_end(qtbot, window, 4)
    until(qtbot, first.closed.is_set)


def test_choices_are_remembered(make_window: MakeWindow, clip: Path, home: Path, qtbot: QtBot) -> None:
    window = make_window()
    window.open(str(clip))
    played_to_end(qtbot, window, 29)
    window.classes.set_opacity(0.25)
    press(qtbot, window, Qt.Key.Key_H)
    window.close()
    settings = read_settings(home)
    assert settings.opacity == 0.25
    assert settings.masks_shown is False
    assert settings.folder == str(clip.parent)
    again = make_window()
    assert again.classes.opacity.value() == 25
    assert not again.view.panes[0].masks.isVisible()


def test_camera_and_stream_are_asked_for_without_blocking(make_window: MakeWindow, qtbot: QtBot) -> None:
    asked: list[str] = []

    def open_source(spec: str) -> VideoSource:
        asked.append(spec)
        return FakeSource(3, rate=1000)

    window = make_window(open_source=open_source)
    window.opening.ask_camera()
    QApplication.activeModalWidget().accept()
    until(qtbot, lambda: len(asked) == 1)
    assert asked[0].startswith("camera:")
    window.opening.ask_address()
    sheet = QApplication.activeModalWidget()
    assert not sheet.open_button.isEnabled()
    sheet.address.setText("rtsp://host/path")
    sheet.open_button.click()
    until(qtbot, lambda: asked[1:] == ["rtsp://host/path"])


def test_every_control_has_a_name_and_the_keyboard_reaches_it(
    make_window: MakeWindow, clip: Path, qtbot: QtBot
) -> None:
    window = make_window(str(clip), segmenter=FakeSegmenter(warning="runs on the CPU"))
    played_to_end(qtbot, window, 29)
    controls = [w for kind in (QAbstractButton, QSlider) for w in window.findChildren(kind) if w.isVisible()]
    assert len(controls) > 15
    for control in controls:
        assert control.accessibleName() or control.text(), control
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.accessibleName()


def drag_enters(window: MainWindow, data: QMimeData) -> bool:
    enter = QDragEnterEvent(
        window.rect().center(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter.ignore()
    QApplication.sendEvent(window, enter)
    return enter.isAccepted()
