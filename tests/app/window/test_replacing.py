"""Opening another clip: what is open stays open until it is there, and if it cannot be opened."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.player import replacing
from engine.errors import VideoError
from engine.video import VideoSource, open_video
from engine.video.probe import probe_file
from engine.video.sentinel import OpenSentinel
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.hands import played_to_end, until
from tests.engine.video.clips import SHORT, Clip, write_clip

H264 = Clip("h264", ".mp4", options=SHORT, count=30)


def cut_off(folder: Path) -> Path:
    """An H.264 recording that broke off, before its index was written."""
    path = write_clip(H264, folder / "broken off.mp4")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def test_a_file_that_is_cut_off_leaves_the_clip_open(
    make_window: MakeWindow, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(clip), probe=probe_file)
    played_to_end(qtbot, window, 29)
    shown, title = window.view.panes[0].masks.image, window.windowTitle()
    window.open(str(cut_off(tmp_path)))
    until(qtbot, lambda: "not-opened" in window.banners.messages)
    text = window.banners.messages["not-opened"].text
    for part in ("broken off.mp4", "moov", "is missing", "Copy or download it again", f"{clip.name} is still open"):
        assert part in text
    assert window.stage.currentWidget() is window.view
    assert window.windowTitle() == title
    assert window.controller.clip is not None
    assert window.controller.clip.spec == str(clip)
    assert window.controller.playhead.position == 29
    assert window.view.panes[0].masks.image is shown
    window.controller.playhead.seek(3)
    until(qtbot, lambda: window.controller.playhead.position == 3)
    window.controller.reopen()
    played_to_end(qtbot, window, 29)
    assert "not-opened" not in window.banners.messages


def test_its_sentence_stands_where_the_picture_would_be_without_a_clip(
    make_window: MakeWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(cut_off(tmp_path)), probe=probe_file)
    until(qtbot, lambda: window.empty.failure)
    assert "The index of its frames (moov), which is written last, is missing" in window.empty.failure
    assert window.empty.retry_button.isVisible()


def test_what_is_open_keeps_its_methods_and_its_mark(
    make_window: MakeWindow, clip: Path, home: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    window.open(str(other))
    played_to_end(qtbot, window, 29)
    window.comparing.set_mode("wipe")
    window.keeper.note()
    window.open(str(clip))
    until(qtbot, lambda: window.controller.clip is not None and window.controller.clip.spec == str(clip))
    until(qtbot, lambda: window.controller.playhead.position is not None)
    window.comparing.set_mode("single")
    other.write_bytes(b"no video any more")
    window.open(str(other))
    until(qtbot, lambda: "not-opened" in window.banners.messages)
    assert window.comparing.mode == "single", "how the other one was looked at is not for this one"
    (mark,) = home.glob("open-*.json")
    mark.rename(home / "open-999999999.json")
    assert OpenSentinel(home).left_over() == clip


def slow(go: threading.Event) -> Callable[[str], VideoSource]:
    def open_source(spec: str) -> VideoSource:
        if "slow" in spec:
            assert go.wait(LONG_MS / 1000)
            raise VideoError(f"{spec}: it never came. Try another.")
        return open_video(spec)

    return open_source


def test_what_takes_long_is_told_and_can_be_given_up(
    make_window: MakeWindow, clip: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "_PATIENCE_MS", 20)
    go = threading.Event()
    window = make_window(str(clip), open_source=slow(go))
    played_to_end(qtbot, window, 29)
    window.open("rtsp://slow/stream")
    until(qtbot, lambda: "opening" in window.banners.messages)
    message = window.banners.messages["opening"]
    assert "rtsp://slow/stream" in message.text
    assert window.stage.currentWidget() is window.view
    window.banners.act("opening", message.actions[0].run)
    go.set()
    qtbot.wait(100)
    assert not window.banners.messages
    assert window.controller.clip is not None
    assert window.controller.clip.spec == str(clip)


def test_trying_again_opens_it_once_it_is_there(
    make_window: MakeWindow, clip: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = make_window(str(clip))
    played_to_end(qtbot, window, 29)
    late = tmp_path / "late.mp4"
    window.open(str(late))
    until(qtbot, lambda: "not-opened" in window.banners.messages)
    message = window.banners.messages["not-opened"]
    late.write_bytes(clip.read_bytes())
    window.banners.act("not-opened", message.actions[0].run)
    until(qtbot, lambda: window.controller.clip is not None and window.controller.clip.name == "late.mp4")
    played_to_end(qtbot, window, 29)
    assert window.windowTitle().startswith("late.mp4")
