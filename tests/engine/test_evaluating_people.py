"""What sets of people are judged by: mattes by a true alpha, single images at 224 × 224."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.report.tables import columns, text_of
from engine.datasets import LabelledFrame
from engine.evaluation import LABELS, Evaluation, evaluate
from engine.measures.matting import MEASURES
from engine.methods import MethodPool
from engine.models.classes import bundled_class_set
from engine.segmentation import Segmentation
from tests.engine.fakes import FakeMethod
from tests.engine.mattes import PERSON, FakeMatte, disc

SIZE = (96, 64)
FRAMES = 5


@dataclass
class People:
    """A clip of a person who moves to the right, or images of that."""

    name: str
    consecutive: bool = True
    with_alpha: bool = True
    frame_count: int | None = FRAMES

    def frames(self) -> Iterator[LabelledFrame]:
        for index in range(FRAMES):
            alpha = truth(index)
            rgb = (np.random.default_rng(0).integers(0, 99, (*SIZE[::-1], 3)) + 150 * alpha[..., None]).astype(np.uint8)
            labels = (alpha >= 0.5).astype(np.uint8)
            yield LabelledFrame(index, rgb, labels, None, alpha if self.with_alpha else None)


class Peoples:
    """What `evaluate` needs of a dataset."""

    name, split, binary, class_set = "people", "test", True, bundled_class_set("foreground")

    def __init__(self, *clips: People) -> None:
        self.clips = clips


class Hard(FakeMethod):
    """The person by its brightness, a mask and no matte."""

    def __init__(self) -> None:
        super().__init__("hard")
        self.card = self.card.model_copy(update={"class_set": PERSON, "graph_hash": "sha256:hard"})
        self.sizes: list[tuple[int, ...]] = []

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        self.sizes.append(rgb.shape[:2])
        return Segmentation((rgb[..., 0] > 124).astype(np.uint8), (rgb.shape[1], rgb.shape[0]), 1.0)


def truth(index: int) -> NDArray[np.float32]:
    return disc(SIZE, (40 + 2 * index, 32), 18)


def judged(dataset: Any, *methods: FakeMethod, controls: bool = False) -> Evaluation:
    made = {method.name: method for method in methods}
    return evaluate(dataset, list(made), MethodPool(lambda name: made[name]), controls=controls)


def test_mattes_are_judged_by_the_true_alpha() -> None:
    right = FakeMatte([truth(index) for index in range(FRAMES)], "right")
    flickering = FakeMatte([np.roll(truth(index), 3 * (index % 2), axis=1) for index in range(FRAMES)], "flickering")
    result = judged(Peoples(People("a"), People("b"), People("c")), right, flickering, Hard())
    rows = {row.method: row for row in result.rows}
    assert all(rows["right"].values[name] == pytest.approx(0, abs=1e-6) for name in MEASURES)
    for name in MEASURES:
        value, interval = rows["flickering"].values[name], rows["flickering"].intervals[name]
        assert value is not None
        assert interval is not None
        assert interval.low <= value + 1e-9
        difference = rows["flickering"].against[name]
        assert difference is not None
        assert difference.low > 0, "worse than the first row, beyond noise"
    edge = np.abs((truth(0) >= 0.5) - truth(0)).mean() * 1000
    assert rows["hard"].values["mad"] == pytest.approx(edge, rel=0.5), "a mask is a matte of 0 and 1"
    assert rows["right"].values["fg_iou"] is None, "that is for single images"
    assert {"mad", "dtssd"} <= set(columns(result))


def test_single_images_are_judged_at_224_too() -> None:
    hard = Hard()
    (row,) = judged(Peoples(People("images", consecutive=False, with_alpha=False)), hard).rows
    assert hard.sizes == [SIZE[::-1], (224, 224)] * FRAMES
    assert row.values["fg_iou"] == pytest.approx(row.iou["person"], abs=6)
    assert row.values["mad"] is None
    assert set(row.intervals) == {"flicker", "tc", "miou"}


def test_videos_of_people_are_not_asked_twice() -> None:
    hard = Hard()
    judged(Peoples(People("video", with_alpha=False)), hard)
    assert hard.sizes == [SIZE[::-1]] * FRAMES


def test_every_line_of_values_has_every_column() -> None:
    result = judged(Peoples(People("a"), People("b"), People("c")), FakeMatte([truth(2)]), Hard())
    with_labels = judged(Peoples(People("a")), FakeMatte([truth(2)]), controls=True)
    assert with_labels.rows[-1].method == LABELS
    for each in (result, with_labels):
        lines = list(csv.reader(io.StringIO(text_of(each, "csv"))))
        assert {len(line) for line in lines} == {len(lines[0])}
        assert "dtssd_low" in lines[0]
