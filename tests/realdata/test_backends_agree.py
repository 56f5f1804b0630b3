"""Some of CamVid's test images by every backend: the same accuracy, whatever runs. They never enter the repository."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.backends.table import RUNTIMES
from engine.datasets import open_dataset
from engine.datasets.base import ImageClip
from engine.evaluation import evaluate
from engine.methods import make_pool
from tests.bundled import one_of_each_network

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
SPLIT = "test"
EVERY = 16

pytestmark = pytest.mark.skipif(
    not (DATA / "camvid" / SPLIT).is_dir(), reason=f"no CamVid in {DATA}; set STEADYMASK_DATA"
)


@pytest.mark.parametrize("name", one_of_each_network())
def test_miou_by_every_backend_is_within_a_tenth(name: str) -> None:
    dataset = open_dataset("camvid", DATA / "camvid", SPLIT)
    (images,) = dataset.clips
    assert isinstance(images, ImageClip)
    dataset = replace(dataset, clips=(replace(images, samples=images.samples[::EVERY]),))
    found = {}
    for backend in (each.name for each in RUNTIMES if "cpu" in each.devices):
        pool = make_pool(device="cpu", backend=backend)
        if (method := pool.make(name)).card.class_set != dataset.class_set:
            method.close()
            pytest.skip(f"{name} knows other classes")
        (row,) = evaluate(dataset, [name], pool).rows
        method.close()
        assert row.miou is not None
        found[backend] = row.miou
        print(f"{name}, {backend}: miou {row.miou:.3f} on {row.frames} images, {row.values['fps']} frames/s")
    assert max(found.values()) - min(found.values()) <= 0.1
