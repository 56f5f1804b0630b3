import shutil
from pathlib import Path

import pytest

from engine.datasets import open_dataset
from engine.evaluation import evaluate, record
from engine.methods import make_pool
from engine.models.bundle import read_graph
from engine.models.classes import bundled_class_set
from resources import MODELS
from tests.engine.datasets.layouts import write_camvid


def test_evaluate_judges_every_sample(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path, "test", count=2), "test")
    (row,) = evaluate(dataset, ["street"], make_pool(device="cpu")).rows
    assert row.frames == 2
    assert row.labelled == 2
    assert set(row.iou) == set(bundled_class_set("camvid").names)
    assert row.miou is not None
    assert 0 <= row.miou <= 100
    assert (row.values["fps"] or 0) > 0
    assert row.values["tc"] is None, "unrelated images have no consistency"


def test_a_measured_value_goes_into_the_card_of_the_very_model(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path, "test", count=1), "test")
    for suffix in (".onnx", ".safetensors"):
        shutil.copy(MODELS / f"street{suffix}", tmp_path / f"mine{suffix}")
    path = tmp_path / "mine.onnx"
    (row,) = evaluate(dataset, [str(path)], make_pool(device="cpu")).rows
    record(dataset, path, row)
    record(dataset, path, row)  # replaces, does not pile up
    _, card = read_graph(tmp_path / "mine.onnx")
    (new,) = [m for m in card.current_measurements() if m.data == "camvid/test, 1 images"]
    assert new.value == pytest.approx(row.miou, abs=0.01)
    assert card.graph_hash == row.graph_hash
