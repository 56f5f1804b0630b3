"""Closing the window at any moment: soon, and with nothing left behind (the leak fixtures look)."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from engine.video import VideoSource, open_video
from engine.video.probe import probe_file
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.fakes import FakeSegmenter
from tests.engine.fakes import FakeSource
from tests.sweep import sweep_count

MOMENTS = sweep_count(sample=5, full=50)
CLOSE_S = 3.0


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "long.mp4", frames=400, rate=50, size=(320, 240))


def closed_in_time(window: MainWindow) -> None:
    began = time.monotonic()
    window.close()
    took = time.monotonic() - began
    assert not window.isVisible()
    assert took < CLOSE_S, f"closing took {took:.1f} s"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(MOMENTS))
def test_close_at_a_random_moment(
    make_window: MakeWindow, long_clip: Path, home: Path, qtbot: QtBot, seed: int
) -> None:
    dice = random.Random(seed)
    window = make_window(
        str(long_clip), probe=probe_file, segmenter=FakeSegmenter(before=lambda _: time.sleep(dice.uniform(0, 0.05)))
    )
    deeds: list[Callable[[], None]] = [
        window.controller.playhead.toggle,
        lambda: window.controller.playhead.step(dice.choice([-10, -1, 1, 10])),
        lambda: window.controller.playhead.seek(dice.randrange(400)),
        lambda: window.open(str(long_clip)),
        window.controller.close_clip,
        window.view.fit,
    ]
    # A number of turns of the event loop, not a time, so that a slow machine closes at as busy a moment.
    for _ in range(dice.randrange(12)):
        qtbot.wait(dice.randrange(60))
        dice.choice(deeds)()
    closed_in_time(window)
    assert not list(home.glob("open-*.json"))


def test_close_before_anything_has_begun(make_window: MakeWindow, long_clip: Path) -> None:
    closed_in_time(make_window(str(long_clip), probe=probe_file))


def test_close_while_the_model_loads(make_window: MakeWindow, long_clip: Path, qtbot: QtBot) -> None:
    go = threading.Event()
    segmenter = FakeSegmenter()
    window = make_window(str(long_clip), segmenter=segmenter, load=lambda: go.wait(LONG_MS / 1000) and None)
    qtbot.waitUntil(lambda: window.controller.playhead.position == 0, timeout=LONG_MS)
    closed_in_time(window)
    go.set()
    qtbot.waitUntil(lambda: segmenter.closed, timeout=LONG_MS)


def test_a_camera_that_hangs_while_opening_does_not_block_the_exit(make_window: MakeWindow, qtbot: QtBot) -> None:
    go, entered, source = threading.Event(), threading.Event(), FakeSource(live=True)

    def hang(spec: str) -> VideoSource:
        entered.set()
        go.wait(LONG_MS / 1000)
        return source

    window = make_window("camera:0", open_source=hang)
    qtbot.waitUntil(entered.is_set, timeout=LONG_MS)
    closed_in_time(window)
    go.set()
    qtbot.waitUntil(source.closed.is_set, timeout=LONG_MS)


@pytest.mark.parametrize("stage", ["decode", "segment"])
def test_what_hangs_in_a_library_is_left_behind_with_its_mark(
    make_window: MakeWindow, tmp_path: Path, home: Path, qtbot: QtBot, stage: str
) -> None:
    go, entered = threading.Event(), threading.Event()

    def hang(value: int) -> None:
        if value >= 3:  # on a busy machine, the third may have been dropped
            entered.set()
            go.wait(LONG_MS / 1000)

    file = tmp_path / "clip.mp4"
    file.write_bytes(b"")
    source = FakeSource(100, before=hang if stage == "decode" else None)
    segmenter = FakeSegmenter(before=hang if stage == "segment" else None)
    window = make_window(str(file), segmenter=segmenter, open_source=lambda spec: source)
    qtbot.waitUntil(entered.is_set, timeout=LONG_MS)
    closed_in_time(window)
    if stage == "segment":
        assert not segmenter.closed, "freeing a runtime that works would crash"
    assert list(home.glob("open-*.json")), "the next start offers to do without it"
    go.set()
    qtbot.waitUntil(source.closed.is_set, timeout=LONG_MS)


def test_close_with_a_real_source_closes_it(make_window: MakeWindow, long_clip: Path, qtbot: QtBot) -> None:
    opened: list[VideoSource] = []

    def keep(spec: str) -> VideoSource:
        opened.append(open_video(spec))
        return opened[-1]

    window = make_window(str(long_clip), open_source=keep)
    qtbot.waitUntil(lambda: (window.controller.playhead.position or 0) > 3, timeout=LONG_MS)
    closed_in_time(window)
    assert not opened[0].frame_count or opened[0].frame_count > 0  # still answers; nothing decodes any more


def test_closing_twice_is_harmless(make_window: MakeWindow) -> None:
    window = make_window()
    closed_in_time(window)
    closed_in_time(window)
