"""Overlay videos keep their times; masks keep their ids; failures leave nothing behind."""

import errno
import itertools
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.errors import ExportError
from engine.video import open_video
from engine.video.writer import OverlayWriter, write_mask
from tests.engine.video.clips import CLIPS, Clip, burnt_index, picture

UNEVEN = np.cumsum([0.0, 0.04, 0.02, 0.1, 0.033, 0.041, 0.5, 0.01, 0.04, 0.04])


def write(path: Path, times_s: list[float] | np.ndarray, size: tuple[int, int] = (160, 96), **kwargs: Fraction) -> None:
    with OverlayWriter(path, size, **kwargs) as writer:
        for index, pts_s in enumerate(times_s):
            writer.write(picture(index, size), pts_s)


@pytest.mark.parametrize("start_s", [0.0, 2.5])
def test_uneven_times_are_kept(start_s: float, tmp_path: Path) -> None:
    times_s = UNEVEN + start_s
    write(tmp_path / "out.mp4", times_s)
    with open_video(tmp_path / "out.mp4") as source:
        frames = list(source)
    assert [burnt_index(frame.rgb) for frame in frames] == list(range(len(times_s)))
    assert [frame.pts_s for frame in frames] == pytest.approx(times_s, abs=1 / 90_000)


def test_negative_start_is_shifted_to_zero(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", UNEVEN - 0.2)
    with open_video(tmp_path / "out.mp4") as source:
        assert [frame.pts_s for frame in source] == pytest.approx(UNEVEN, abs=1 / 90_000)


@pytest.mark.parametrize("name", ["mp4 ntsc", "mp4 variable rate", "mp4 late start", "mkv variable rate, odd size"])
def test_source_times_to_the_tick(name: str, make_clip: Callable[[Clip], Path], tmp_path: Path) -> None:
    clip = next(clip for clip in CLIPS if clip.name == name)
    with open_video(make_clip(clip)) as source:
        times_s = [frame.pts_s for frame in source]
        write(tmp_path / "out.mp4", times_s, time_base=source.time_base)
    with open_video(tmp_path / "out.mp4") as source:
        assert [frame.pts_s for frame in source] == times_s


def test_an_hour_at_ntsc_does_not_drift(tmp_path: Path) -> None:
    last = 3600 * 30
    times_s = [float(index * Fraction(1001, 30000)) for index in (0, 1, last - 1, last)]
    write(tmp_path / "out.mp4", times_s)
    with open_video(tmp_path / "out.mp4") as source:
        assert [frame.pts_s for frame in source] == pytest.approx(times_s, abs=1 / 90_000)


def test_times_that_stand_still_move_by_a_tick(tmp_path: Path) -> None:
    write(tmp_path / "out.mp4", [0, 0.04, 0.04, 0.03, 0.08])
    with open_video(tmp_path / "out.mp4") as source:
        times_s = [frame.pts_s for frame in source]
    assert len(times_s) == 5
    assert all(late > early for early, late in itertools.pairwise(times_s))


@pytest.mark.parametrize("size", [(161, 97), (160, 97), (161, 96)])
def test_odd_sizes_are_padded_not_scaled(size: tuple[int, int], tmp_path: Path) -> None:
    rgb = np.full((size[1], size[0], 3), 60, np.uint8)
    rgb[:, -1] = 200
    with OverlayWriter(tmp_path / "out.mp4", size, quality=0) as writer:
        writer.write(rgb, 0)
    with open_video(tmp_path / "out.mp4") as source:
        assert source.size == (size[0] + size[0] % 2, size[1] + size[1] % 2)
        got = source.read(0).rgb[: size[1], : size[0]].astype(int)
    assert np.abs(got - rgb).max() <= 4


def test_pictures_of_any_size_are_scaled(tmp_path: Path) -> None:
    with OverlayWriter(tmp_path / "out.mp4", (320, 192)) as writer:
        for index, size in enumerate([(160, 96), (640, 384), (320, 192), (333, 211)]):
            writer.write(picture(index, size), index / 25)
    with open_video(tmp_path / "out.mp4") as source:
        assert [frame.rgb.shape for frame in source] == [(192, 320, 3)] * 4


def test_colours_survive(tmp_path: Path) -> None:
    with OverlayWriter(tmp_path / "out.mp4", (64, 64), quality=0) as writer:
        for index, colour in enumerate([(220, 40, 40), (40, 200, 60), (30, 60, 220)]):
            writer.write(np.full((64, 64, 3), colour, np.uint8), index / 25)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert (container.streams.video[0].colorspace, container.streams.video[0].color_range) == (1, 1)
    with open_video(tmp_path / "out.mp4") as source:
        got = [frame.rgb[32, 32].astype(int) for frame in source]
    assert np.abs(np.array(got) - [(220, 40, 40), (40, 200, 60), (30, 60, 220)]).max() <= 3


def test_nothing_is_left_of_an_aborted_export(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"the old export")
    with pytest.raises(ZeroDivisionError), OverlayWriter(path, (160, 96)) as writer:  # noqa: PT012  # fails inside
        writer.write(picture(0), 0)
        raise ZeroDivisionError
    writer = OverlayWriter(path, (160, 96))
    writer.write(picture(0), 0)
    writer.abort()
    writer.abort()
    with pytest.raises(ExportError, match="already finished"):
        writer.write(picture(1), 1)
    assert path.read_bytes() == b"the old export"
    assert list(tmp_path.iterdir()) == [path]


def test_export_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"out\.mp4.*no frame"):
        OverlayWriter(tmp_path / "out.mp4", (160, 96)).close()
    assert list(tmp_path.iterdir()) == []


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"nowhere.*does not exist"):
        OverlayWriter(tmp_path / "nowhere" / "out.mp4", (160, 96))
    with pytest.raises(ExportError, match=r"nowhere.*does not exist"):
        write_mask(tmp_path / "nowhere" / "0.png", np.zeros((4, 4), np.uint8), np.zeros((256, 3), np.uint8))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match="may not be written"):
        OverlayWriter(tmp_path / "out.mp4", (160, 96))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = av.open
    monkeypatch.setattr(av, "open", lambda path, *args, **kwargs: real("/dev/full", *args, **kwargs))
    path = tmp_path / "out.mp4"
    path.write_bytes(b"the old export")
    chance = np.random.default_rng(0)
    writer = OverlayWriter(path, (640, 480))
    with pytest.raises(ExportError, match="no space left"):  # noqa: PT012  # it may show at any of these
        for index in range(200):
            writer.write(chance.integers(0, 255, (480, 640, 3), np.uint8), index / 25)
        writer.close()
    assert path.read_bytes() == b"the old export"
    assert list(tmp_path.iterdir()) == [path]


def test_mask_is_indexed(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    mask, colours = chance.integers(0, 256, (33, 57), np.uint8), chance.integers(0, 256, (256, 3), np.uint8)
    write_mask(tmp_path / "0.png", mask, colours)
    with Image.open(tmp_path / "0.png") as image:
        assert image.mode == "P"
        assert np.array_equal(np.asarray(image), mask)
        assert np.array_equal(np.asarray(image.convert("RGB")), colours[mask])
    assert [path.name for path in tmp_path.iterdir()] == ["0.png"]


def test_mask_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "0.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(ExportError, match=r"0\.png.*no space left"):
        write_mask(path, np.zeros((4, 4), np.uint8), np.zeros((256, 3), np.uint8))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
