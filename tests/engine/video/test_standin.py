"""The stand-in is a camera like any other: live, newest wins, lost and found again."""

import itertools
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CameraError, VideoError
from engine.video import open_video
from engine.video import standin as standin_module
from engine.video.clips import find_clips
from engine.video.live import LiveSource
from engine.video.standin import NAME, SIZE, StandInCapture, StandInSource, Troubles
from tests.engine.video.test_live import PROMISE_S, Diary, wait_for

SMALL = (160, 90)


@pytest.fixture
def troubles() -> Troubles:
    return Troubles()


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def source(troubles: Troubles, diary: Diary) -> Iterator[StandInSource]:
    with StandInSource(size=SMALL, troubles=troubles, on_status=diary) as source:
        yield source
        troubles.go_on()


def test_it_opens_by_name_as_a_live_source_of_720_lines() -> None:
    with open_video(" Camera:Demo ") as source:
        assert (source.name, source.size, source.frame_rate, source.frame_count, source.live) == (
            NAME,
            SIZE,
            25,
            None,
            True,
        )
        began = time.monotonic()
        frames = [frame for frame, _ in zip(source.frames(), range(26), strict=False)]
        assert 0.8 < time.monotonic() - began < 3
        assert frames[0].rgb.shape == (720, 1280, 3)
        assert any(not np.array_equal(frames[0].rgb, frame.rgb) for frame in frames[1:])
        with pytest.raises(VideoError, match="cannot be sought"):
            source.frames(3)
        with pytest.raises(VideoError, match="no frame 0 to go back"):
            source.read(0)
    with pytest.raises(VideoError, match="fps=25"):
        open_video("camera:demo", fps=25)


def test_it_counts_among_the_clips() -> None:
    (clip,) = find_clips(["camera:demo"])
    assert (clip.path, clip.stem) == (None, "camera-demo")


def test_newest_wins_and_drops_are_counted(source: StandInSource) -> None:
    frames = source.frames()
    first = next(frames)
    time.sleep(0.5)
    second = next(frames)
    assert second.index - first.index > 6
    assert source.dropped >= second.index - first.index - 1


def test_there_and_back_without_a_cut(monkeypatch: pytest.MonkeyPatch, short_street: int) -> None:
    """Neighbours differ by one picture of the street everywhere, at both ends too, and memory stays what it was."""
    capture = fast_capture(monkeypatch)
    pictures = [capture.read() for _ in range(4 * short_street)]
    assert len(capture._kept) == short_street
    steps = [float(np.abs(a.astype(int) - b).mean()) for a, b in itertools.pairwise(pictures)]
    assert max(steps) < 3 * np.median(steps)
    period = 2 * (short_street - 1)
    for place in range(short_street, short_street + 5):
        assert np.array_equal(pictures[place], pictures[place + period])
    capture.close()


def test_a_stall_is_told_and_nobody_waits(source: StandInSource, troubles: Troubles, diary: Diary) -> None:
    next(source.frames())
    troubles.stall()
    began = time.monotonic()
    assert diary.wait(lambda status: status is not None and NAME in status, began, 5) < PROMISE_S + 0.5
    closing = time.monotonic()
    source.close()
    assert time.monotonic() - closing < 1.5


def test_it_vanishes_and_comes_back_with_another_size(source: StandInSource, troubles: Troubles, diary: Diary) -> None:
    next(source.frames())
    troubles.vanish()
    gone = time.monotonic()
    assert diary.wait(lambda status: status is not None and "unplugged" in status, gone, 5) < PROMISE_S
    last = source.newest()
    troubles.come_back(size=(64, 48))
    diary.wait(lambda status: status is None, gone, 8)
    came = source.newest(after=last.index if last else -1, timeout_s=5)
    assert came is not None
    assert came.rgb.shape == (90, 160, 3)
    assert source.error is None


def test_it_ends_with_an_error_after_giving_up(troubles: Troubles) -> None:
    with StandInSource(size=SMALL, troubles=troubles, give_up_s=0.6) as source:
        next(source.frames())
        troubles.vanish()
        wait_for(lambda: source.error is not None)
        assert NAME in str(source.error)
        assert source.reconnect() is False


def test_reconnecting_does_not_wait_for_the_next_attempt(
    source: StandInSource, troubles: Troubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.video.live.PAUSE_S", (20.0, 20.0))
    next(source.frames())
    assert source.reconnect() is True  # nothing to do
    troubles.vanish()
    wait_for(lambda: source.status is not None)
    time.sleep(0.1)  # by now it pauses
    troubles.come_back()
    began = time.monotonic()
    assert source.reconnect() is True
    wait_for(lambda: source.status is None)
    assert time.monotonic() - began < 0.7
    source.close()
    assert source.reconnect() is False


def test_reconnecting_leaves_a_hanging_driver_to_itself(troubles: Troubles) -> None:
    calls: list[Troubles] = []

    def connect() -> StandInCapture:
        calls.append(troubles if not calls else Troubles())
        return StandInCapture(closing, SMALL, calls[-1])

    closing = threading.Event()
    with LiveSource(NAME, connect, open_timeout_s=6, give_up_s=None) as source:
        next(source.frames())
        troubles.stall()
        wait_for(lambda: source.status is not None)
        wait_for(lambda: time.monotonic() - (source._called_at or time.monotonic()) > 1.3)
        began = time.monotonic()
        assert source.reconnect() is True
        wait_for(lambda: source.status is None)
        assert time.monotonic() - began < 1.5
        assert len(calls) == 2
        closing.set()


def test_reconnecting_counts_the_time_until_giving_up_anew(troubles: Troubles) -> None:
    with StandInSource(size=SMALL, troubles=troubles, give_up_s=1.5) as source:
        next(source.frames())
        troubles.vanish()
        for _ in range(4):
            time.sleep(0.8)
            source.reconnect()
        assert source.error is None
        wait_for(lambda: source.error is not None)


def test_a_clip_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(standin_module, "DEMO_CLIP", tmp_path / "gone.mp4")
    with pytest.raises(CameraError, match=r"gone\.mp4 cannot be read.*Install"):
        open_video("camera:demo")


@pytest.fixture
def short_street(monkeypatch: pytest.MonkeyPatch) -> int:
    """The clip ends after 12 pictures."""
    advance = standin_module.Cursor.advance
    monkeypatch.setattr(
        standin_module.Cursor, "advance", lambda cursor: None if cursor.next == 12 else advance(cursor), raising=True
    )
    return 12


def fast_capture(monkeypatch: pytest.MonkeyPatch) -> StandInCapture:
    monkeypatch.setattr(standin_module, "RATE", Fraction(10_000))
    return StandInCapture(threading.Event(), SMALL, Troubles())
