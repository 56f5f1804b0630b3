"""RTSP as network cameras speak it: over TCP, with a password, cut off and come back."""

import time
from collections.abc import Iterator

import pytest

from engine.errors import CameraError
from engine.video import open_video
from engine.video.stream import StreamSource
from tests.engine.video.clips import SIZE, burnt_index
from tests.engine.video.rtsp import RtspCamera
from tests.engine.video.test_live import PROMISE_S, Diary, wait_for


@pytest.fixture
def camera() -> Iterator[RtspCamera]:
    with RtspCamera("me:secret") as camera:
        yield camera


def address(camera: RtspCamera) -> str:
    return f"rtsp://me:secret@{camera.place}"


def test_plays_in_order_and_shows_no_password(camera: RtspCamera) -> None:
    with open_video(address(camera)) as source:
        assert (source.live, source.size, source.frame_count) == (True, SIZE, None)
        assert source.name == f"rtsp://{camera.place}"
        shown = [burnt_index(frame.rgb) for frame, _ in zip(source.frames(), range(20), strict=False)]
        assert shown == sorted(set(shown))
        assert source.error is None


@pytest.mark.parametrize("given", ["", "me:wrong@"])
def test_without_the_password_it_is_refused_and_nothing_is_given_away(given: str, camera: RtspCamera) -> None:
    with pytest.raises(CameraError, match="cannot be opened") as caught:
        open_video(f"rtsp://{given}{camera.place}")
    assert "wrong" not in str(caught.value)
    assert "401" in str(caught.value) or "nauthorized" in str(caught.value)


def test_a_stream_that_is_not_there(camera: RtspCamera) -> None:
    camera.refuse = True
    with pytest.raises(CameraError, match="cannot be opened"):
        open_video(address(camera))


def test_silence_is_told_and_survived(camera: RtspCamera) -> None:
    diary = Diary()
    with StreamSource(address(camera), on_status=diary) as source:
        next(source.frames())
        camera.flow.clear()
        stalled = time.monotonic()
        assert diary.wait(lambda status: status is not None, stalled, 5) < PROMISE_S + 0.3
        camera.flow.set()
        diary.wait(lambda status: status is None, time.monotonic(), 8)
        assert source.error is None


def test_a_cut_connection_is_renewed_at_once_when_asked(camera: RtspCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.video.live.PAUSE_S", (20.0, 20.0))
    diary = Diary()
    with StreamSource(address(camera), on_status=diary) as source:
        next(source.frames())
        camera.refuse = True
        camera.hang_up.set()
        lost = time.monotonic()
        assert diary.wait(lambda status: status is not None and "reconnect" in status, lost, 8) < 5
        time.sleep(0.1)  # by now it pauses
        camera.hang_up.clear()
        camera.refuse = False
        began = time.monotonic()
        assert source.reconnect() is True
        wait_for(lambda: source.status is None)
        assert time.monotonic() - began < 3
        assert camera.viewers == 2


def test_lost_for_good_ends_with_an_error(camera: RtspCamera) -> None:
    with StreamSource(address(camera), give_up_s=2.0) as source:
        next(source.frames())
        camera.refuse = True
        camera.hang_up.set()
        wait_for(lambda: source.error is not None, 15)
        assert "secret" not in str(source.error)
        assert source.reconnect() is False
