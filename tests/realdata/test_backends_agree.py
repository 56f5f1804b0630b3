"""CamVid's test images by every backend: the same accuracy, whatever runs. They never enter the repository."""

import os
from pathlib import Path

import pytest

from engine import load_model
from engine.backends.base import BACKENDS
from engine.datasets import open_dataset
from engine.evaluation import evaluate
from resources import MODELS

DATA = Path(os.environ.get("STEADYMASK_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
SPLIT = "test"
NAMES = sorted(path.stem for path in MODELS.glob("*.onnx"))

pytestmark = pytest.mark.skipif(
    not (DATA / "camvid" / SPLIT).is_dir(), reason=f"no CamVid in {DATA}; set STEADYMASK_DATA"
)


@pytest.mark.parametrize("name", NAMES)
def test_miou_by_every_backend_is_within_a_tenth(name: str) -> None:
    dataset = open_dataset("camvid", DATA / "camvid", SPLIT)
    found = {}
    for backend in BACKENDS:
        model = load_model(name, device="cpu", backend=backend)
        if model.card.class_set != dataset.class_set:
            pytest.skip(f"{name} knows other classes")
        row = evaluate(dataset, model)
        model.close()
        assert row.miou is not None
        found[backend] = row.miou
        print(f"{name}, {backend}: miou {row.miou:.3f} on {row.frames} images, {row.fps} frames/s")
    assert max(found.values()) - min(found.values()) <= 0.1
