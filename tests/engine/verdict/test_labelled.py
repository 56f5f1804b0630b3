"""Labelled images: what is lost on them counts, what is chance does not, and what is gained is said."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.datasets import LabelledFrame
from engine.errors import Cancelled, DatasetError
from engine.measures import Interval
from engine.models.classes import bundled_class_set
from engine.segmentation import Segmentation
from engine.verdict import LabelScore, score_labelled
from engine.verdict.labelled import condition_of

CLASSES = bundled_class_set("foreground")


@dataclass
class Painter:
    """A method whose masks are right but for the first `wrong` rows."""

    wrong: int

    @property
    def card(self) -> Any:
        return SimpleNamespace(class_set=CLASSES)

    def segment(self, rgb: np.ndarray, *, scores: bool = False) -> Segmentation:
        classes = (rgb[..., 0] > 0).astype(np.uint8)
        classes[: self.wrong] = 1 - classes[: self.wrong]
        return Segmentation(classes, (rgb.shape[1], rgb.shape[0]), 1.0)


@dataclass
class Pictures:
    """Half of each is foreground; every second one has a label."""

    count: int
    name: str = "pictures"
    consecutive: bool = False
    frame_count: int | None = None

    def frames(self) -> Iterator[LabelledFrame]:
        for index in range(self.count):
            rgb = np.zeros((20, 20, 3), np.uint8)
            rgb[:, : 10 + index % 3] = 255
            yield LabelledFrame(index, rgb, (rgb[..., 0] > 0).astype(np.uint8) if index % 2 == 0 else None)


def score(before: int, after: int, count: int = 20) -> LabelScore:
    return score_labelled(Painter(before), Painter(after), [Pictures(count)])  # type: ignore[arg-type]


def test_who_is_as_right_as_before_passes() -> None:
    same = score(2, 2)
    assert same.images == 10
    assert same.miou[0] == same.miou[1] == pytest.approx(100 * 18 / 22, abs=0.5)
    assert same.interval == Interval(0.0, 0.0)
    assert condition_of(same).passed
    assert "within noise" in condition_of(same).says


def test_what_is_lost_for_certain_refuses_and_what_is_gained_is_said() -> None:
    worse, better = condition_of(score(1, 3)), condition_of(score(3, 1))
    assert worse.passed is False
    assert worse.harms
    assert "is down for certain" in worse.says
    assert better.passed is True
    assert "is up for certain" in better.says


def test_less_than_half_a_point_and_what_may_be_chance_pass() -> None:
    for interval in (Interval(-0.4, -0.1), Interval(-3.0, 0.2)):
        down = 0.3 if interval.high < 0 else 2.0
        assert condition_of(LabelScore((60.0, 60.0 - down), ((60.0, 58.0),), interval, 9)).passed
    few = condition_of(score(1, 5, count=4))
    assert few.passed is None
    assert "three images" in few.says


def test_by_class_and_as_json() -> None:
    document = score(0, 4).as_json(CLASSES.names)
    assert document["miou_before"] == 100
    assert document["miou_after"] < 80
    assert document["images"] == 10
    assert list(document["by_class"]) == list(CLASSES.names)
    assert document["by_class"]["foreground"][0] == 100


def test_without_a_label_there_is_nothing_to_say_and_a_stop_is_heard() -> None:
    with pytest.raises(DatasetError, match="no image has a label"):
        score_labelled(Painter(0), Painter(0), [])  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        score_labelled(Painter(0), Painter(0), [Pictures(4)], cancelled=lambda: True)  # type: ignore[arg-type]
