"""Real data in two layouts, opened as it lies there."""

import os
from pathlib import Path

import numpy as np
import pytest

from engine.datasets import open_dataset

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))


def folder(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"no real {name} in {DATA}; set STEADYMASK_DATA")
    return DATA / name


@pytest.mark.parametrize(
    ("split", "images", "video"), [("train", 367, False), ("val", 101, True), ("test", 233, False)]
)
def test_camvid(split: str, images: int, video: bool) -> None:
    dataset = open_dataset("camvid", folder("camvid"), split)
    (clip,) = dataset.clips
    assert (len(dataset.samples), clip.frame_count, clip.consecutive) == (images, images, video)
    seen = np.zeros(256, bool)
    for sample in dataset.samples[::20]:
        labels = dataset.labels(sample)
        assert dataset.image(sample).shape[:2] == labels.shape
        seen[labels] = True
    assert seen[[0, 1, 3, 8, 255]].all(), "sky, building, road, car and void are in every split"
    assert not seen[11:255].any()


def test_cityscapes_in_plain_folders() -> None:
    dataset = open_dataset("cityscapes", folder("cityscapes_aachen"))
    assert [clip.name for clip in dataset.clips] == ["seq0000", "seq0001", "seq0002", "seq0003"]
    assert [clip.frame_count for clip in dataset.clips] == [30] * 4
    (clip,) = open_dataset("cityscapes", folder("cityscapes_aachen"), "seq0002").clips
    for frame, _ in zip(clip.frames(), range(3), strict=False):
        assert frame.labels is not None
        assert frame.labels.shape == frame.rgb.shape[:2] == (512, 1024)
        assert set(np.unique(frame.labels)) <= {*range(19), 255}
        road = frame.labels[256:400, 300:700] == 0
        assert road.mean() > 0.4, "the road lies before the car"
