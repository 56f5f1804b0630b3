"""What every source promises, asked of every source in the same words."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import VideoError
from engine.video import VideoSource, open_video
from engine.video.camera import CameraSource
from tests.engine.video.clips import picture, write_plain
from tests.engine.video.test_live import FakeCamera
from tests.engine.video.test_stream import Station, serve

Opener = Callable[[], AbstractContextManager[VideoSource]]
COUNT = 60


@contextmanager
def a_file(folder: Path) -> Iterator[VideoSource]:
    with open_video(write_plain(folder / "clip.mp4", map(picture, range(COUNT)))) as source:
        yield source


@contextmanager
def a_folder(folder: Path) -> Iterator[VideoSource]:
    for index in range(COUNT):
        (folder / f"{index}.png").write_bytes(cv2.imencode(".png", picture(index))[1])
    with open_video(folder) as source:
        yield source


@contextmanager
def a_camera(_: Path) -> Iterator[VideoSource]:
    with CameraSource(0, open_device=FakeCamera()) as source:
        yield source


@contextmanager
def a_stream(folder: Path) -> Iterator[VideoSource]:
    data = write_plain(folder / "live.ts", map(picture, range(COUNT)), g="10", tune="zerolatency").read_bytes()
    station = Station(data, COUNT)
    with serve(station.send) as url:
        try:
            with open_video(url) as source:
                yield source
        finally:
            station.closed.set()


@pytest.fixture(params=[a_file, a_folder, a_camera, a_stream], ids=lambda kind: kind.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VideoSource]:
    with request.param(tmp_path) as source:
        yield source


class TestEverySource:
    def test_says_what_it_is(self, source: VideoSource) -> None:
        assert source.name
        assert source.size == (160, 96)
        assert source.frame_rate is None or isinstance(source.frame_rate, Fraction)
        assert source.frame_count == (None if source.live else COUNT)
        assert source.time_base is None or isinstance(source.time_base, Fraction)
        assert source.status is None
        assert source.note is None
        assert source.error is None

    def test_frames_are_whole_and_in_order(self, source: VideoSource) -> None:
        last_index, last_s = -1, -np.inf
        for frame in islice(source.frames(), 12):
            assert frame.index > last_index if source.live else frame.index == last_index + 1
            assert frame.pts_s > last_s
            assert frame.rgb.shape == (96, 160, 3)
            assert frame.rgb.dtype == np.uint8
            last_index, last_s = frame.index, frame.pts_s

    def test_a_frame_stays_as_it_is(self, source: VideoSource) -> None:
        frames = source.frames()
        first = next(frames)
        before = first.rgb.copy()
        for _ in islice(frames, 10):
            pass
        assert np.array_equal(first.rgb, before)

    def test_iterating_is_playing(self, source: VideoSource) -> None:
        assert next(iter(source)).rgb.shape == (96, 160, 3)

    def test_read_is_play(self, source: VideoSource) -> None:
        if source.live:
            with pytest.raises(VideoError, match="live"):
                source.read(0)
            return
        played = list(source)
        assert len(played) == COUNT
        for index in (0, COUNT - 1, 7, 8, 6, 41):
            frame = source.read(index)
            assert (frame.index, frame.pts_s) == (index, played[index].pts_s)
            assert np.array_equal(frame.rgb, played[index].rgb)
        assert [frame.index for frame in source.frames(50)] == list(range(50, COUNT))

    def test_frames_that_do_not_exist(self, source: VideoSource) -> None:
        for index in (-1, COUNT, 10**9):
            with pytest.raises(VideoError):
                source.read(index)
        with pytest.raises(VideoError):
            source.frames(-1)
        if not source.live:
            assert source.read(3).index == 3

    def test_closed_is_closed(self, source: VideoSource) -> None:
        playing = source.frames()
        next(playing)
        source.close()
        source.close()
        assert list(playing) == []
        with pytest.raises(VideoError):
            source.read(0)
