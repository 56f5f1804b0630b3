"""Cameras and streams: newest wins, silence is told within 2 s, lost devices come back, nobody is blocked."""

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CameraError, VideoError
from engine.video import camera
from engine.video.camera import CameraInfo, CameraSource
from engine.video.live import LiveSource
from tests.engine.video.clips import burnt_index, picture
from tests.sweep import sweep_count
from tests.waiting import wait_for

PROMISE_S = 2.0


class FakeCamera:
    """Stands in for cv2.VideoCapture: 100 numbered pictures a second, and can be made to misbehave."""

    def __init__(self) -> None:
        self.plugged = True
        self.size = (160, 96)
        self.flow = threading.Event()  # cleared: the driver hangs in read()
        self.flow.set()
        self.number = 0
        self.opened = 0
        self.released = 0

    def __call__(self, index: int) -> "FakeCamera":
        self.opened += 1
        return self

    def isOpened(self) -> bool:
        return self.plugged

    def get(self, what: int) -> float:
        return 29.97

    def read(self) -> tuple[bool, np.ndarray | None]:
        time.sleep(0.01)
        self.flow.wait()
        if not self.plugged:
            return False, None
        self.number += 1
        return True, picture(self.number % 1024, self.size)[..., ::-1]

    def release(self) -> None:
        self.released += 1


class Diary:
    """What a source said, and when."""

    def __init__(self) -> None:
        self.said: list[tuple[float, str | None]] = []

    def __call__(self, status: str | None) -> None:
        self.said.append((time.monotonic(), status))

    def wait(self, wanted: Callable[[str | None], bool], since: float, within_s: float) -> float:
        """Seconds after `since` at which something wanted was said; fails after `within_s`."""
        while True:
            late = time.monotonic() > since + within_s
            for when, status in list(self.said):
                if when >= since and wanted(status):
                    return when - since
            if late:
                pytest.fail(f"not said within {within_s} s: {self.said}")
            time.sleep(0.01)


@pytest.fixture
def device() -> FakeCamera:
    return FakeCamera()


def test_pictures_come_in_rgb_with_rate_and_size(device: FakeCamera) -> None:
    with CameraSource(0, open_device=device) as source:
        frames = [frame for frame, _ in zip(source.frames(), range(10), strict=False)]
        assert (source.size, source.frame_rate, source.frame_count, source.live) == (
            (160, 96),
            Fraction("29.97"),
            None,
            True,
        )
        assert source.status is None
    assert all(np.array_equal(frame.rgb, picture(frame.index + 1)) for frame in frames)
    assert all(frame.pts_s >= 0 for frame in frames)
    assert device.released == device.opened == 1


def test_newest_wins_and_drops_are_counted(device: FakeCamera) -> None:
    with CameraSource(0, open_device=device) as source:
        frames = source.frames()
        first = next(frames)
        time.sleep(0.5)
        second = next(frames)
        assert second.index - first.index > 10  # a queue would have given the next one
        assert device.number - burnt_index(second.rgb) <= 2
        assert source.dropped >= second.index - first.index - 1


def test_hanging_driver_is_told_in_time_and_blocks_nobody(device: FakeCamera) -> None:
    diary = Diary()
    with CameraSource(0, open_device=device, on_status=diary) as source:
        last = next(source.frames()).index
        device.flow.clear()
        stalled = time.monotonic()
        while (frame := source.newest(after=last, timeout_s=0.05)) is not None:
            last = frame.index
        asked = time.monotonic()
        assert source.newest(after=last, timeout_s=0.05) is None
        assert time.monotonic() - asked < 0.5
        assert diary.wait(lambda status: status is not None and "camera 0" in status, stalled, 5) < PROMISE_S
        assert source.status is not None
        device.flow.set()
        diary.wait(lambda status: status is None, stalled, 5)
        assert next(source.frames()).index > last
        device.flow.clear()
        closing = time.monotonic()
        source.close()
        assert time.monotonic() - closing < 1.5
        device.flow.set()


def test_unplugged_camera_is_told_and_reopened(device: FakeCamera) -> None:
    diary = Diary()
    with CameraSource(0, open_device=device, on_status=diary) as source:
        next(source.frames())
        device.plugged = False
        pulled = time.monotonic()
        assert diary.wait(lambda status: status is not None and "unplugged" in status, pulled, 5) < PROMISE_S
        wait_for(lambda: device.opened >= 3)  # it tries again and again
        device.plugged = True
        diary.wait(lambda status: status is None, time.monotonic(), 5)
        before = device.number
        wait_for(lambda: (frame := source.newest()) is not None and burnt_index(frame.rgb) > before)
        assert source.status is None
        assert source.error is None


def test_reader_that_never_returns_is_replaced(device: FakeCamera) -> None:
    replacement = FakeCamera()
    devices = iter([device, replacement])
    source = LiveSource(
        "camera 0",
        lambda: camera.CameraCapture(0, "camera 0", next(devices)),
        open_timeout_s=5,
        give_up_s=None,
        stuck_s=0.5,
    )
    with source:
        next(source.frames())
        device.flow.clear()
        wait_for(lambda: replacement.number > 3)
        wait_for(lambda: source.status is None)
        came = next(source.frames()).index
        device.flow.set()  # the old driver wakes up; nobody listens to it any more
        wait_for(lambda: device.released == 1)
        assert next(source.frames()).index >= came


def test_size_change_is_scaled(device: FakeCamera) -> None:
    with CameraSource(0, open_device=device) as source:
        device.size = (320, 192)
        wait_for(lambda: device.number > 5)
        for frame, _ in zip(source.frames(), range(20), strict=False):
            assert frame.rgb.shape == (96, 160, 3)
        assert burnt_index(frame.rgb) > 5


def test_camera_that_is_not_there(device: FakeCamera) -> None:
    device.plugged = False
    with pytest.raises(CameraError, match="camera 3 cannot be opened"):
        CameraSource(3, open_device=device)


def test_camera_that_never_sends(device: FakeCamera) -> None:
    device.flow.clear()
    diary = Diary()
    began = time.monotonic()
    with pytest.raises(CameraError, match="camera 0 has not sent a picture"):
        CameraSource(0, open_device=device, on_status=diary, open_timeout_s=2.0)
    device.flow.set()
    assert time.monotonic() - began < 4
    assert diary.wait(lambda status: status is not None, began, 0) < PROMISE_S


def test_gives_up_when_told_to() -> None:
    class Brief:
        frame_rate = None

        def __init__(self) -> None:
            self.left = 3

        def read(self) -> np.ndarray:
            if not self.left:
                raise CameraError("the stream was lost.")
            self.left -= 1
            return picture(self.left)

        def close(self) -> None:
            pass

    captures = iter([Brief()])

    def connect() -> Brief:
        for capture in captures:
            return capture
        raise CameraError("the stream cannot be opened.")

    with LiveSource("stream", connect, open_timeout_s=2, give_up_s=0.5) as source:
        list(source.frames())  # ends by itself
        assert isinstance(source.error, CameraError)
        assert "has not come back" in str(source.error)


def test_live_sources_cannot_be_sought(device: FakeCamera) -> None:
    with CameraSource(0, open_device=device) as source:
        with pytest.raises(VideoError, match="live"):
            source.read(0)
        with pytest.raises(VideoError, match="live"):
            source.frames(5)


def test_iteration_ends_on_close_from_elsewhere(device: FakeCamera) -> None:
    source = CameraSource(0, open_device=device)
    threading.Timer(0.3, source.close).start()
    assert len(list(source.frames())) > 3
    source.close()


@pytest.mark.soak
def test_start_and_stop_again_and_again(record_property: Callable[[str, object], None]) -> None:
    times = sweep_count(sample=20, full=100)
    record_property("count", times)
    for _ in range(times):
        device = FakeCamera()
        with CameraSource(0, open_device=device) as source:
            next(source.frames())
        assert device.opened == device.released == 1


def test_cameras_are_listed_from_the_system(tmp_path: Path) -> None:
    for number, place, name in ((0, 0, "Webcam"), (1, 1, "Webcam"), (10, 0, "Kamera ü"), (2, 0, "Other")):
        folder = tmp_path / f"video{number}"
        folder.mkdir()
        (folder / "index").write_text(f"{place}\n")
        (folder / "name").write_text(f"{name}\n", encoding="utf-8")
    listed = camera._list_video4linux(tmp_path)
    assert listed == [CameraInfo(0, "Webcam"), CameraInfo(2, "Other"), CameraInfo(10, "Kamera ü")]
    assert camera._list_video4linux(tmp_path / "none") == []


def test_listing_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert isinstance(camera.list_cameras(), list)
    assert capfd.readouterr() == ("", "")
