"""Accuracy and consistency side by side, and the controls that must not win on both."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets import LabelledFrame
from engine.datasets.classes import check_labels, why_not_comparable
from engine.errors import DatasetError
from engine.evaluation import CONTROLS, LABELS, evaluate
from engine.flow import Motion, MotionEstimator, make_flow
from engine.measures import ConsistencyMeter
from engine.methods import MethodPool
from engine.models.classes import ClassSet, bundled_class_set
from engine.segmentation import Segmentation
from tests.engine.fakes import FakeMethod

SIZE = (96, 64)
FRAMES = 60


def scene(index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Picture and label: sky above road, and a car that drives to the right, two pixels a frame."""
    label = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    label[32:] = 3
    left = 2 * index % 80
    label[24:44, left : left + 16] = 8
    random = np.random.default_rng(1)
    texture = random.integers(0, 40, (SIZE[1], SIZE[0], 3))
    rgb = np.asarray([(120, 170, 230), *[(90, 90, 90)] * 7, (200, 30, 40)])[label] + texture
    return np.clip(rgb, 0, 255).astype(np.uint8), label


@dataclass
class SceneClip:
    """The scene as a clip of a dataset."""

    name: str = "scene"
    consecutive: bool = True
    labelled: bool = True
    every: int = 1
    """Only every n-th frame has its label."""
    frame_count: int | None = FRAMES
    motion: Motion | None = None

    def frames(self) -> Iterator[LabelledFrame]:
        for index in range(FRAMES):
            rgb, label = scene(index)
            labelled = self.labelled and index % self.every == 0
            yield LabelledFrame(index, rgb, label if labelled else None, self.motion if index else None)


def dataset_of(*clips: SceneClip) -> "FakeDataset":
    return FakeDataset(clips)


class FakeDataset:
    """What `evaluate` needs of a dataset."""

    name, split, binary = "scenes", "test", False

    def __init__(self, clips: tuple[SceneClip, ...]) -> None:
        self.class_set: ClassSet | None = bundled_class_set("camvid")
        self.clips = clips


class Noisy(FakeMethod):
    """The right labels by colour, with `noise` of the pixels wrong, other ones each frame."""

    def __init__(self, noise: float) -> None:
        super().__init__("noisy")
        self._noise = noise
        self._random = np.random.default_rng(0)
        self.frames = 0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        self.frames += 1
        classes = np.where(rgb[..., 2] > 150, 0, np.where(rgb[..., 0] > 150, 8, 3)).astype(np.uint8)
        wrong = self._random.random(classes.shape) < self._noise
        classes[wrong] = self._random.integers(0, 11, int(wrong.sum()))
        logits = None
        if scores:
            logits = (classes[None] == np.arange(11)[:, None, None]).astype(np.float32) * 3
        return Segmentation(classes, SIZE, 5.0, logits)


def pool_of(noise: float = 0.05) -> tuple[MethodPool, list[Noisy]]:
    made: list[Noisy] = []

    def load(name: str) -> Noisy:
        made.append(Noisy(noise))
        return made[-1]

    return MethodPool(load), made  # type: ignore[arg-type]


def test_rows_come_in_order_and_the_controls_lose_something() -> None:
    pool, made = pool_of()
    table = evaluate(dataset_of(SceneClip()), ["noisy", "median(noisy, n=3)"], pool, controls=True)  # type: ignore[arg-type]
    names = [row.method for row in table.rows]
    assert names[:2] == ["noisy", "median(noisy, n=3)"]
    assert names[2].startswith("constant")
    assert names[-1] == LABELS
    assert len(names) == 2 + len(CONTROLS) + 1
    assert [row.control for row in table.rows] == [False, False] + [True] * (len(CONTROLS) + 1)
    assert made[0].frames == FRAMES, "one inference a frame for all of them"
    rows = {row.method.partition("(")[0]: row.values for row in table.rows if row.control}
    base = table.rows[0].values
    for name in ("constant", "frozen"):
        assert (rows[name]["flicker"] or 0) < (base["flicker"] or 0)
        assert (rows[name]["miou"] or 0) < (base["miou"] or 0) - 5
        assert rows[name]["vc8"] == 100
        assert (rows[name]["vec8"] or 0) < (rows[LABELS]["vec8"] or 0)
    assert rows[LABELS]["miou"] == rows[LABELS]["vec16"] == 100
    assert (rows["hold"]["lag"] or 0) > 0.5
    assert rows["frozen"]["lag"] is None
    assert base["lag"] is None
    assert (rows["hold"]["latency_max"] or 0) > 4 * (rows["hold"]["latency_p50"] or 0), "key frames come in bursts"


def test_the_values_are_those_of_the_meters() -> None:
    pool, _ = pool_of(0.02)
    table = evaluate(dataset_of(SceneClip()), ["noisy"], pool)  # type: ignore[arg-type]
    meter, motions, method = ConsistencyMeter(11), MotionEstimator(make_flow("farneback")), Noisy(0.02)
    for frame in SceneClip().frames():
        meter.update(method.segment(frame.rgb).mask, motions.update(frame.rgb))
    values = table.rows[0].values
    assert values["tc"] == meter.tc
    assert values["flicker"] == meter.flicker
    assert values["tc_all"] == meter.tc_all
    assert values["flicker_moving"] == meter.flicker_in("moving")
    interval = table.rows[0].intervals["flicker"]
    assert interval is not None
    assert interval == meter.interval("flicker")
    assert (table.flow, table.size) == ("farneback", SIZE)


def test_over_clips_tc_and_flicker_are_means_with_intervals() -> None:
    def judged(*clips: SceneClip) -> tuple[dict[str, float | None], object]:
        pool, _ = pool_of(0.05)
        (row,) = evaluate(dataset_of(*clips), ["noisy"], pool).rows  # type: ignore[arg-type]
        return row.values, row.intervals["tc"]

    one, of_one = judged(SceneClip())
    two, of_two = judged(SceneClip(), SceneClip())
    three, of_three = judged(SceneClip(), SceneClip(), SceneClip())
    assert None not in (of_one, of_two, of_three)
    for name in ("tc", "flicker", "miou"):
        assert one[name] == pytest.approx(two[name], rel=0.05)
        assert one[name] == pytest.approx(three[name], rel=0.05)


def test_without_labels_it_is_agreement_with_the_first() -> None:
    pool, _ = pool_of()
    table = evaluate(dataset_of(SceneClip(labelled=False)), ["noisy", "frozen(noisy)"], pool)  # type: ignore[arg-type]
    first, frozen = (row.values for row in table.rows)
    assert table.reference == "noisy"
    assert first["agreement"] == 100
    assert (frozen["agreement"] or 0) < 70
    assert first["miou"] is None
    assert first["vc8"] is None
    assert LABELS not in [row.method for row in table.rows]


def test_unrelated_images_have_accuracy_alone() -> None:
    pool, _ = pool_of()
    (row,) = evaluate(dataset_of(SceneClip(consecutive=False)), ["noisy"], pool).rows  # type: ignore[arg-type]
    assert row.miou is not None
    assert row.values["boundary_f"] is not None
    assert row.values["tc"] is None
    assert row.values["vc8"] is None


def test_an_exact_motion_is_used() -> None:
    pool, _ = pool_of(0.0)
    table = evaluate(dataset_of(SceneClip(motion=Motion.still(SIZE))), ["noisy"], pool)  # type: ignore[arg-type]
    assert table.flow == "none"


def test_where_some_frames_are_labelled_the_others_are_compared() -> None:
    pool, _ = pool_of()
    table = evaluate(dataset_of(SceneClip(every=3)), ["noisy", "frozen(noisy)"], pool, controls=True)  # type: ignore[arg-type]
    assert table.reference == "noisy"
    assert (table.rows[0].frames, table.rows[0].labelled) == (FRAMES, FRAMES // 3)
    assert table.rows[0].values["agreement"] == 100
    assert table.rows[0].miou is not None
    ceiling = table.rows[-1].values
    assert ceiling["miou"] == 100
    assert ceiling["tc"] is None, "no two labels are neighbours"
    assert ceiling["vc8"] is None


def test_all_frames_labelled_need_no_reference() -> None:
    pool, _ = pool_of()
    table = evaluate(dataset_of(SceneClip()), ["noisy"], pool)  # type: ignore[arg-type]
    assert table.reference is None
    assert table.note is None
    assert table.rows[0].values["agreement"] is None


def test_labels_of_other_classes_are_left_aside_and_it_is_said() -> None:
    data = dataset_of(SceneClip())
    data.class_set = bundled_class_set("cityscapes")
    pool, _ = pool_of()
    table = evaluate(data, ["noisy", "frozen(noisy)"], pool, controls=True)  # type: ignore[arg-type]
    assert table.note is not None
    for word in ("scenes", "19 classes: road, sidewalk", "11 classes: sky, building", "left aside"):
        assert word in table.note
    assert table.as_json()["note"] == table.note
    assert table.reference == "noisy"
    assert all(row.miou is None and row.labelled == 0 for row in table.rows)
    assert table.rows[0].values["tc"] is not None
    assert LABELS not in [row.method for row in table.rows]


def test_an_object_is_the_second_of_two_classes_whatever_its_name() -> None:
    data = dataset_of(SceneClip())
    data.class_set, data.binary = bundled_class_set("foreground"), True  # type: ignore[misc]
    pool, _ = pool_of()
    assert evaluate(data, ["noisy"], pool).note is not None, "eleven classes are not two"  # type: ignore[arg-type]
    assert why_not_comparable(data, ("other", "person")) is None  # type: ignore[arg-type]


def test_labels_without_a_class_set_are_the_methods_own() -> None:
    data = dataset_of(SceneClip())
    data.class_set = None
    pool, _ = pool_of()
    with_classes = evaluate(dataset_of(SceneClip()), ["noisy"], pool_of()[0])  # type: ignore[arg-type]
    assert evaluate(data, ["noisy"], pool).rows[0].miou == with_classes.rows[0].miou  # type: ignore[arg-type]
    frame = LabelledFrame(7, np.zeros((2, 2, 3), np.uint8), np.array([[0, 255], [3, 1]], np.uint8))
    check_labels(frame, "drive", ("a", "b", "c", "d"))
    with pytest.raises(
        DatasetError, match=r"drive, frame 7: its label holds the id 3; expected 0 to 2.* 3 classes: a, b"
    ):
        check_labels(frame, "drive", ("a", "b", "c"))


def test_methods_of_different_classes_do_not_stand_in_one_table() -> None:
    class Narrow(FakeMethod):
        def __init__(self) -> None:
            super().__init__("narrow")
            five = self.card.class_set.classes[:5]
            self.card = self.card.model_copy(update={"class_set": ClassSet(name="five", classes=five)})

    pool = MethodPool(lambda name: Noisy(0.1) if name == "noisy" else Narrow())  # type: ignore[arg-type,return-value]
    with pytest.raises(DatasetError, match="narrow knows the classes sky"):
        evaluate(dataset_of(SceneClip()), ["noisy", "narrow"], pool)  # type: ignore[arg-type]
