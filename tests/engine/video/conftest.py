"""Clips made once per run, and a guard against threads left behind."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.video.clips import SHORT, Clip, write_clip

PLAIN = Clip("plain", ".mp4", options=SHORT, count=60)


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Clip], Path]:
    """Make a clip, or give the one that was made before. Tests copy it before they change it."""
    folder = tmp_path_factory.mktemp("clips")
    made: dict[str, Path] = {}

    def make(clip: Clip) -> Path:
        if clip.name not in made:
            made[clip.name] = write_clip(clip, folder / f"{clip.name.replace(' ', '_')}{clip.suffix}")
        return made[clip.name]

    return make


@pytest.fixture
def plain(make_clip: Callable[[Clip], Path]) -> Path:
    """60 pictures, H.264 in mp4, 160×96, 25 frames a second."""
    return make_clip(PLAIN)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while left := [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]:
        assert time.monotonic() < deadline, f"threads left behind: {left}"
        time.sleep(0.02)
