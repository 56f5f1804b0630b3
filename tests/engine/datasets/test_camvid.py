import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.datasets import open_dataset
from engine.errors import DatasetError, UnknownNameError
from engine.evaluation import evaluate, record
from engine.methods import make_pool
from engine.models.bundle import read_graph
from resources import MODELS
from tests.engine.datasets.layouts import write_camvid


def test_the_layout_is_read(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path, count=3), "train")
    assert [sample.name for sample in dataset.samples] == ["0000", "0001", "0002"]
    labels = dataset.labels(dataset.samples[0])
    assert set(np.unique(labels)) == {0, 3, 8, 255}
    assert dataset.image(dataset.samples[0]).shape == (96, 128, 3)
    assert len(dataset.class_set) == 11
    assert not dataset.is_clip


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected a folder .*train.images"):
        open_dataset("camvid", tmp_path, "train")
    write_camvid(tmp_path, count=2)
    (tmp_path / "train" / "labels" / "0001.png").unlink()
    with pytest.raises(DatasetError, match=r"0001\.png has no label"):
        open_dataset("camvid", tmp_path, "train")
    with pytest.raises(DatasetError, match="no split 'dev'"):
        open_dataset("camvid", tmp_path, "dev")
    with pytest.raises(UnknownNameError, match="known: camvid"):
        open_dataset("imagenet", tmp_path, "train")


def test_an_id_outside_the_classes_is_refused(tmp_path: Path) -> None:
    write_camvid(tmp_path, count=1)
    Image.fromarray(np.full((96, 128), 40, np.uint8)).save(tmp_path / "train" / "labels" / "0000.png")
    dataset = open_dataset("camvid", tmp_path, "train")
    with pytest.raises(DatasetError, match="id 40"):
        dataset.labels(dataset.samples[0])


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    write_camvid(tmp_path, count=1)
    (tmp_path / "train" / "images" / "0000.png").write_bytes(b"\x89PNG broken")
    dataset = open_dataset("camvid", tmp_path, "train")
    with pytest.raises(DatasetError, match=r"0000\.png is not an image"):
        dataset.image(dataset.samples[0])


def test_evaluate_judges_every_sample(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path, "test", count=2), "test")
    (row,) = evaluate(dataset, ["street"], make_pool(device="cpu")).rows
    assert row.frames == 2
    assert set(row.iou) == set(dataset.class_set.names)
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
