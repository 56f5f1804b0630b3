"""Folders of images."""

import random
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import VideoError
from engine.video import open_video
from engine.video.images import natural_key
from tests.engine.video.clips import burnt_index, picture


def save(path: Path, rgb: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, rgb[..., ::-1])[1])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".bmp", ".tiff", ".webp"])
def test_formats_and_natural_order(suffix: str, tmp_path: Path) -> None:
    folder = tmp_path / "Bilder 写真 🎞"
    for index in (0, 1, 2, 9, 10, 11, 100):
        save(folder / f"frame{index}{suffix}", picture(index))
    (folder / "notes.txt").write_text("not an image")
    (folder / f".hidden{suffix}").write_bytes(b"")
    with open_video(folder, fps=30000 / 1001) as source:
        assert [burnt_index(frame.rgb) for frame in source] == [0, 1, 2, 9, 10, 11, 100]
        assert source.frame_count == 7
        assert source.name == folder.name
        assert burnt_index(source.read(4).rgb) == 10
    if suffix in (".png", ".bmp", ".tiff"):
        assert np.array_equal(source_picture(folder, 2), picture(2))


def source_picture(folder: Path, index: int) -> np.ndarray:
    with open_video(folder) as source:
        return source.read(index).rgb


def test_order_is_the_same_for_every_name() -> None:
    names = ["b", "a10", "a2", "A2", "1", "01", "a", "10", "2", "a2b1", "a2b10", "a²"]
    for seed in range(20):
        shuffled = random.Random(seed).sample(names, len(names))
        assert sorted(shuffled, key=natural_key) == sorted(names, key=natural_key)
    assert sorted(["f10", "f9", "f1"], key=natural_key) == ["f1", "f9", "f10"]


@pytest.mark.parametrize(
    ("fps", "rate"), [(None, Fraction(25)), (29.97, Fraction(2997, 100)), (Fraction(1, 3), Fraction(1, 3))]
)
def test_rate(fps: Fraction | float | None, rate: Fraction, tmp_path: Path) -> None:
    for index in range(3):
        save(tmp_path / f"{index}.png", picture(index))
    with open_video(tmp_path, fps=fps) as source:
        assert source.frame_rate == rate
        assert [frame.pts_s for frame in source] == pytest.approx([0, float(1 / rate), float(2 / rate)])


def test_other_size_ends_the_clip(tmp_path: Path) -> None:
    for index in range(5):
        save(tmp_path / f"{index}.png", picture(index, (160, 96) if index != 3 else (170, 96)))
    with open_video(tmp_path) as source:
        assert [frame.index for frame in source] == [0, 1, 2]
        assert source.error is not None
        assert source.error.frame == 3
        assert all(part in str(source.error) for part in ("3.png", "160×96", "170×96"))
        with pytest.raises(VideoError, match=r"3\.png"):
            source.read(3)
        assert source.read(4).index == 4


def test_unreadable_image_ends_the_clip(tmp_path: Path) -> None:
    for index in range(5):
        save(tmp_path / f"{index}.png", picture(index))
    (tmp_path / "2.png").write_bytes((tmp_path / "2.png").read_bytes()[:50])
    (tmp_path / "3.png").write_bytes(b"")
    with open_video(tmp_path) as source:
        assert [frame.index for frame in source] == [0, 1]
        assert source.error is not None
        assert source.error.frame == 2
        with pytest.raises(VideoError, match=r"3\.png"):
            source.read(3)


def test_first_image_unreadable(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(b"no image")
    with pytest.raises(VideoError, match=r"0\.png"):
        open_video(tmp_path)


def test_single_image_is_a_clip_of_one(tmp_path: Path) -> None:
    save(tmp_path / "one.png", picture(5))
    save(tmp_path / "two.png", picture(6))
    with open_video(tmp_path / "one.png") as source:
        assert [burnt_index(frame.rgb) for frame in source] == [5]
        assert source.name == "one.png"


def test_grey_and_transparent_images_become_rgb(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(cv2.imencode(".png", np.full((96, 160), 77, np.uint8))[1])
    (tmp_path / "1.png").write_bytes(cv2.imencode(".png", np.full((96, 160, 4), 77, np.uint8))[1])
    (tmp_path / "2.png").write_bytes(cv2.imencode(".png", np.full((96, 160, 3), 77 * 257, np.uint16))[1])
    with open_video(tmp_path) as source:
        assert [frame.rgb[0, 0].tolist() for frame in source] == [[77] * 3] * 3
