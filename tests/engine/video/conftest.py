"""Clips made once per run."""

from collections.abc import Callable
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
