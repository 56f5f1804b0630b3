"""A score is refused, or told with what it says nothing of, rather than meaningless."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.datasets import Dataset, open_dataset
from engine.datasets.base import ImageClip
from engine.datasets.occurring import Occurring, look_at_some
from engine.errors import DatasetError
from engine.evaluation import evaluate
from engine.methods import MethodPool
from engine.segmentation import Segmentation
from tests.engine.fakes import FakeMethod

NAMES = ("rest", "crack")


def written(folder: Path, *values: int) -> Path:
    """A folder of four images whose labels are strips of these values, without void."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    for number in range(4):
        label = np.repeat(np.array(values, np.uint8), 8)[None].repeat(16, axis=0)
        Image.fromarray(label).save(folder / "labels" / f"{number}.png")
        Image.fromarray(np.zeros((*label.shape, 3), np.uint8)).save(folder / "images" / f"{number}.png")
    classes = [{"name": name, "colour": "#c04020"} for name in NAMES]
    (folder / "classes.json").write_text(json.dumps({"name": "cracks", "classes": classes}))
    return folder


class Blind(FakeMethod):
    """Finds nothing but class 0."""

    def segment(self, rgb: np.ndarray, *, scores: bool = False) -> Segmentation:
        return Segmentation(np.zeros(rgb.shape[:2], np.uint8), (rgb.shape[1], rgb.shape[0]), 1.0)


def judged(dataset: Dataset) -> tuple[float | None, tuple[str, ...]]:
    """miou of who finds nothing, and the warnings."""
    method = Blind("blind")
    assert dataset.class_set is not None
    method.card = method.card.model_copy(update={"class_set": dataset.class_set})
    table = evaluate(dataset, ["blind"], MethodPool(lambda name: method))  # type: ignore[arg-type, return-value]
    return table.rows[0].miou, table.warnings


def test_zero_and_void_of_two_classes_is_refused_with_the_remedy(tmp_path: Path) -> None:
    folder = written(tmp_path, 0, 255)
    with pytest.raises(DatasetError, match="Where 255 means crack, give --labels-map 255=1"):
        judged(open_dataset("folder", folder))
    with pytest.raises(DatasetError, match="hold 0 and 255 alone"):
        look_at_some(open_dataset("folder", folder), NAMES)
    miou, warnings = judged(open_dataset("folder", folder, labels_map={255: 1}))
    assert miou == pytest.approx(25.0), "half of the picture is right, and no crack is found"
    assert warnings == ()


def test_what_occurs_late_alone_is_refused_at_the_end() -> None:
    seen = Occurring()
    for value in (0, 0, 255):
        seen.add(np.full((2, 2), value, np.uint8))
    with pytest.raises(DatasetError, match="hold 0 and 255 alone"):
        seen.refuse_zero_and_void("cracks", NAMES)
    seen.refuse_zero_and_void("streets", ("sky", "road", "car"))
    seen.add(np.ones((1, 1), np.uint8))
    seen.refuse_zero_and_void("cracks", NAMES)


def test_a_class_that_never_occurs_and_much_void_are_told(tmp_path: Path) -> None:
    dataset = open_dataset("folder", written(tmp_path, 1, 255, 255))
    _, warnings = judged(dataset)
    assert warnings == (
        "no label holds rest: the score says nothing of how well that is found",
        "67% of the labels' pixels are void (255), which is left out of the score",
    )
    assert Occurring().warnings(NAMES) == ()


def test_a_map_goes_before_what_the_layout_says(tmp_path: Path) -> None:
    folder = written(tmp_path, 0, 7, 1)
    with pytest.raises(DatasetError, match="holds the id 7"):
        judged(open_dataset("folder", folder))
    dataset = open_dataset("folder", folder, labels_map={7: 255, 1: 0, 0: 1})
    (clip,) = dataset.clips
    assert isinstance(clip, ImageClip)
    assert clip.labels(clip.samples[0])[0, ::8].tolist() == [1, 255, 0]
    with pytest.raises(DatasetError, match="no label files"):
        open_dataset("street-synthetic", labels_map={255: 1})
