"""Frame i is the same picture whether reached by playing, stepping or seeking, in every kind of file."""

import random
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.video import open_video
from engine.video.frame import Frame
from tests.engine.video.clips import CLIPS, NTSC, Clip, burnt_index

SEEKS = 200
BY_NAME = {clip.name: clip for clip in CLIPS}


def upright(frame: Frame, clip: Clip) -> np.ndarray:
    """Turn a picture back to how it was drawn, to read its bar code."""
    return np.rot90(frame.rgb, -clip.turn // 90)


@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_played_stepped_and_sought_are_one(clip: Clip, make_clip: Callable[[Clip], Path]) -> None:
    path = make_clip(clip)
    count = clip.count - clip.first
    seen = []
    with open_video(path) as source:
        last_s = -np.inf
        for frame in source.frames():
            assert frame.index == len(seen)
            assert burnt_index(upright(frame, clip)) == clip.first + frame.index
            assert frame.pts_s > last_s
            last_s = frame.pts_s
            seen.append((zlib.crc32(frame.rgb), frame.pts_s))
        assert source.error is None
        assert source.frame_count == len(seen) == count
        width, height = clip.size if clip.turn % 180 == 0 else clip.size[::-1]
        assert source.size == (width, height)
        assert frame.rgb.shape == (height, width, 3)
        assert frame.rgb.dtype == np.uint8
        assert frame.rgb.flags.c_contiguous

    def same(frame: Frame, index: int) -> bool:
        return (frame.index, zlib.crc32(frame.rgb), frame.pts_s) == (index, *seen[index])

    chance = random.Random(clip.name)
    with open_video(path) as source:  # anew, so that nothing is known from playing
        wrong = [index for index in chance.choices(range(count), k=SEEKS) if not same(source.read(index), index)]
        assert wrong == []
        place = count // 2
        for _ in range(SEEKS):
            place = min(count - 1, max(0, place + chance.choice((-1, 1))))
            assert same(source.read(place), place)
        for start in (1, count // 2, count - 1):
            played = list(source.frames(start))
            assert [frame.index for frame in played] == list(range(start, count))
            assert all(same(frame, frame.index) for frame in played)
        assert list(source.frames(count)) == []


@pytest.mark.parametrize("name", ["mp4 ntsc", "mp4 variable rate", "mp4 late start"])
def test_times_are_the_containers(name: str, make_clip: Callable[[Clip], Path]) -> None:
    clip = BY_NAME[name]
    with open_video(make_clip(clip)) as source:
        clock = clip.clock or 1 / clip.rate
        wanted = [float((clip.times(index) if clip.times else index) * clock) for index in range(clip.count)]
        assert [frame.pts_s for frame in source] == pytest.approx(wanted, abs=1e-9)


def test_frame_rate_is_rational(make_clip: Callable[[Clip], Path]) -> None:
    with open_video(make_clip(BY_NAME["mp4 ntsc"])) as source:
        assert source.frame_rate == NTSC
        assert isinstance(source.frame_rate, Fraction)


def test_two_passes_and_reads_do_not_disturb_each_other(plain: Path) -> None:
    with open_video(plain) as source:
        first, second = source.frames(), source.frames(30)
        for index in range(20):
            assert burnt_index(next(first).rgb) == index
            assert burnt_index(next(second).rgb) == 30 + index
            assert burnt_index(source.read(59 - index).rgb) == 59 - index


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_corners_of_turned_clips(turn: int, make_clip: Callable[[Clip], Path]) -> None:
    """The bar code's lowest bit is lit in odd pictures, at the stored picture's top left; a turn moves it."""
    with open_video(make_clip(BY_NAME[f"mp4 turned {turn}"])) as source:
        shown = source.read(1).rgb
    corner = {90: shown[-12:-4, 4:12], 180: shown[-12:-4, -12:-4], 270: shown[4:12, -12:-4]}[turn]
    assert corner.mean() > 200
