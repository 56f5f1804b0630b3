"""Small pictures near a frame, while somebody searches."""

import threading
from pathlib import Path

import numpy as np
import pytest

from engine.video.filmstrip import Filmstrip
from tests.app.window.clips import write_clip

FRAMES = 30
PATIENCE_S = 20.0


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "grey.mp4", frames=FRAMES)


def test_the_nearest_picture_comes(clip: Path) -> None:
    came = threading.Event()
    pictures: dict[int, float] = {}

    def deliver(index: int, rgb: np.ndarray) -> None:
        pictures[index] = float(rgb.mean())
        came.set()

    strip = Filmstrip(clip, FRAMES, deliver)
    while len(strip) < FRAMES:
        pass
    for index in (3, 20, 29):
        came.clear()
        strip.ask(index)
        assert came.wait(PATIENCE_S)
        assert pictures[index] == pytest.approx(8 * index, abs=4)
    assert strip.close()


def test_it_can_be_closed_at_once_and_twice(clip: Path) -> None:
    strip = Filmstrip(clip, FRAMES, lambda index, rgb: None)
    assert strip.close()
    assert strip.close()


def test_a_file_that_is_no_video_gives_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing")
    strip = Filmstrip(tmp_path / "x.mp4", 10, lambda index, rgb: None)
    strip.ask(3)
    assert strip.close()
    assert len(strip) == 0
