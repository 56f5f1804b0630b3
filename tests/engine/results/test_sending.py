"""What is sent to a virtual camera: its size and look, what is left out, and every way that it ends."""

import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.frame_result import FrameResult, SlotResult
from engine.models.classes import bundled_class_set
from engine.results import sending
from engine.results.drawing import Drawing
from engine.results.matte import Ground
from engine.results.sending import Sender, sent_size
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha
from engine.video.frame import Frame
from tests.engine.mattes import PERSON, disc
from tests.engine.virtual_cameras import FakeModule

SIZE = (64, 48)
GREEN = Drawing(ground=Ground("colour"))
Make = Callable[..., Sender]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> FakeModule:
    module = FakeModule()
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    return module


@pytest.fixture
def sender() -> Iterator[Make]:
    made: list[Sender] = []

    def make(size: tuple[int, int] = SIZE, drawing: Drawing = GREEN, rate: float | None = 25.0) -> Sender:
        made.append(Sender(size, PERSON, drawing, rate))
        return made[-1]

    yield make
    for each in made:
        assert each.stop(5)


def matte(index: int, size: tuple[int, int] = SIZE) -> FrameResult:
    """A grey frame, 10 levels of it a frame, and a disc in its middle that is the person."""
    alpha = disc(size, (size[0] / 2, size[1] / 2), min(size) / 4)
    rgb = np.full((size[1], size[0], 3), 10 * index, np.uint8)
    made = SlotResult("matte", Segmentation.of(of_alpha(alpha), size, 1.0))
    return FrameResult(0, Frame(index, index / 25, rgb), (made,))


def until(done: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def seen(picture: NDArray[np.uint8], x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in picture[y, x])


def test_the_person_is_sent_over_what_stands_behind(module: FakeModule, sender: Make) -> None:
    made = sender()
    made.put(matte(5))
    until(lambda: made.state.sent == 1)
    (camera,) = module.cameras
    assert camera.asked == (64, 48, 25.0, "rgb")
    assert seen(camera.sent[0], 32, 24) == (50, 50, 50)
    assert seen(camera.sent[0], 2, 2) == (0, 177, 64)
    assert made.state.device == "Fake Camera"
    assert made.state.running
    made.draw(Drawing(ground=Ground("colour", (1, 2, 3))))
    made.put(matte(6))
    until(lambda: made.state.sent == 2)
    assert seen(camera.sent[-1], 2, 2) == (1, 2, 3)
    assert made.state.rate is not None
    assert made.stop()
    assert camera.closed
    assert made.state.error is None
    made.put(matte(7))
    assert made.state.sent == 2


def test_classes_are_tinted_and_a_source_without_a_rate_has_the_usual_one(module: FakeModule) -> None:
    made = Sender(SIZE, bundled_class_set("camvid"), Drawing(opacity=1.0))
    road = np.full((24, 32), 3, np.uint8)
    slot = SlotResult("street", Segmentation(road, SIZE, 1.0))
    made.put(FrameResult(0, Frame(0, 0.0, np.zeros((48, 64, 3), np.uint8)), (slot,)))
    until(lambda: made.state.sent)
    assert made.stop()
    assert module.cameras[0].asked[2] == sending.USUAL_RATE
    assert seen(module.cameras[0].sent[0], 10, 10) == tuple(bundled_class_set("camvid").palette()[3])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 720), (1280, 720)),
        ((3840, 2160), (1920, 1080)),
        ((1081, 1921), (1080, 1918)),
        ((641, 359), (640, 358)),
        ((4000, 500), (1920, 240)),
    ],
)
def test_sides_are_even_and_no_larger_than_calls_take(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert sent_size(size) == expected


@pytest.mark.parametrize(("size", "bars"), [((65, 49), False), ((128, 96), False), ((48, 64), True)])
def test_frames_of_another_size_fit_in(module: FakeModule, sender: Make, size: tuple[int, int], bars: bool) -> None:
    made = sender()
    made.put(matte(5, size))
    until(lambda: made.state.sent)
    picture = module.cameras[0].sent[0]
    assert seen(picture, 32, 24) == (50, 50, 50)
    assert seen(picture, 1, 24) == ((0, 0, 0) if bars else (0, 177, 64))


def test_what_is_too_late_is_left_out_and_never_waits(module: FakeModule, sender: Make) -> None:
    module.slow_s = 0.05
    made = sender()
    begin = time.monotonic()
    for index in range(20):
        made.put(matte(index))
    assert time.monotonic() - begin < 1
    until(lambda: made.state.sent and made.state.sent + made.state.dropped == 20)
    assert made.state.dropped >= 15
    assert seen(module.cameras[0].sent[-1], 32, 24) == (190, 190, 190), "the newest one comes through"


def test_a_picture_that_stands_is_sent_again(module: FakeModule, sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_KEEP_S", 0.01)
    made = sender()
    made.put(matte(5))
    until(lambda: module.cameras and len(module.cameras[0].sent) > 3)
    assert made.state.sent == 1


def test_nothing_is_sent_that_was_to_stay_behind(module: FakeModule, sender: Make) -> None:
    made = sender()
    frame = Frame(0, 0.0, np.full((48, 64, 3), 200, np.uint8))
    hard = SlotResult("street", Segmentation(np.zeros((24, 32), np.uint8), SIZE, 1.0))
    made.put(FrameResult(0, frame, ()))
    made.put(FrameResult(0, frame, (hard,)))
    time.sleep(0.05)
    made.put(matte(1))
    until(lambda: made.state.sent)
    assert all(seen(picture, 2, 2) == (0, 177, 64) for picture in module.cameras[0].sent)


def test_a_background_that_cannot_be_drawn_ends_it(module: FakeModule, sender: Make, tmp_path) -> None:
    made = sender(drawing=Drawing(ground=Ground("picture", path=tmp_path / "gone.png")))
    made.put(matte(1))
    until(lambda: not made.state.running)
    assert "gone.png cannot be read as a picture" in (made.state.error or "")
    assert module.cameras[0].sent == []
    until(lambda: module.cameras[0].closed)


@pytest.mark.parametrize(
    ("platform", "remedy"), [("linux", "modprobe v4l2loopback"), ("darwin", "OBS"), ("win32", "OBS")]
)
def test_without_a_device_the_remedy_is_said(
    module: FakeModule, sender: Make, monkeypatch: pytest.MonkeyPatch, platform: str, remedy: str
) -> None:
    module.missing = True
    monkeypatch.setattr(sending.sys, "platform", platform)
    made = sender()
    until(lambda: not made.state.running)
    error = made.state.error or ""
    assert error.startswith("there is no virtual camera that can be sent to (v4l2loopback: no device found); ")
    assert remedy in error


def test_without_the_extra_it_is_said_what_to_install(sender: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    made = sender()
    until(lambda: not made.state.running)
    assert "pip install 'steadymask[virtual-camera]'" in (made.state.error or "")


def test_a_camera_that_fails_ends_it(module: FakeModule, sender: Make) -> None:
    module.breaks = True
    made = sender()
    made.put(matte(1))
    until(lambda: not made.state.running)
    assert made.state.error == "the virtual camera failed (the driver is gone); start it again"
    assert module.cameras[0].closed


def test_a_camera_that_hangs_is_left_behind_within_three_seconds(module: FakeModule, sender: Make) -> None:
    module.may_send.clear()
    made = sender()
    made.put(matte(1))
    until(lambda: module.cameras and module.cameras[0].busy)
    begin = time.monotonic()
    assert not made.stop(0.3)
    assert time.monotonic() - begin < 3
    module.may_send.set()
