"""Two methods that know other classes: compared in those that they have in common, counted as slow NumPy counts."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.comparison import Comparison, compare
from engine.errors import DatasetError, UnknownNameError
from engine.flow import MotionEstimator, make_flow
from engine.flow.warp import warp
from engine.frame_result import SlotResult
from engine.live.meter import LiveMeter
from engine.live.summary import summarise
from engine.live.track import Known, MeasureTrack
from engine.measures.pair import to_size
from engine.models.classes import ClassSet, SegmentClass
from engine.models.mapping import ClassMapping
from engine.segmentation import Segmentation
from engine.verdict import judge_street
from tests.engine.fakes import FakeMethod
from tests.engine.test_comparison import SceneSource
from tests.engine.test_evaluation import Noisy, SceneClip
from tests.engine.verdict.scene import Sure

FRAMES = 24
Mask = NDArray[np.uint8]


def set_of(*names: str) -> ClassSet:
    return ClassSet(name="test", classes=tuple(SegmentClass(name=name, colour="#102030") for name in names))


A = set_of("sky", "road", "car", "person")
B = set_of("truck", "car", "road", "wall", "sky")
MATCHES = (("truck", "car"),)
SHARED = ("sky", "road", "car")
OURS = {0: 0, 1: 1, 2: 2}
THEIRS = {0: 2, 1: 2, 2: 1, 4: 0}


class Painted(FakeMethod):
    """Masks of blocks that change with the frame, of the classes of a set."""

    def __init__(self, name: str, classes: ClassSet, seed: int) -> None:
        super().__init__(name)
        self.card = self.card.model_copy(update={"class_set": classes})
        self._seed = seed
        self.made: list[Mask] = []

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        height, width = rgb.shape[:2]
        random = np.random.default_rng([self._seed, len(self.made) // 3])
        blocks = random.integers(0, len(self.card.class_set), (8, 12), np.uint8)
        mask = to_size(blocks, width, height).copy()
        flips = np.random.default_rng([self._seed, 99, len(self.made)]).random(mask.shape) < 0.02
        mask[flips] = random.integers(0, len(self.card.class_set))
        self.made.append(mask)
        return Segmentation(mask, (width, height), 1.0)


@pytest.fixture
def compared() -> tuple[Painted, Painted, Comparison]:
    a, b = Painted("a", A, 1), Painted("b", B, 2)
    return a, b, compare(SceneSource(FRAMES), "s", a, b, matches=MATCHES)


def slow(mask: Mask, places: dict[int, int]) -> NDArray[np.int64]:
    """A mask in the shared classes, one pixel after the other; −1 where it is not compared."""
    return np.array([[places.get(int(pixel), -1) for pixel in row] for row in mask])


def slow_mean_iou(pairs: list[tuple[NDArray, NDArray]], counted: Callable[[NDArray, NDArray], NDArray]) -> float:
    scores = []
    for each in range(len(SHARED)):
        both = either = 0
        for one, other in pairs:
            seen = counted(one, other)
            both += int(np.sum(seen & (one == each) & (other == each)))
            either += int(np.sum(seen & ((one == each) | (other == each))))
        scores += [100 * both / either] if either else []
    return sum(scores) / len(scores)


def test_agreement_counts_the_pixels_on_which_both_hold_a_class_that_is_compared(
    compared: tuple[Painted, Painted, Comparison],
) -> None:
    a, b, result = compared
    pairs = [(slow(one, OURS), slow(other, THEIRS)) for one, other in zip(a.made, b.made, strict=True)]
    expected = slow_mean_iou(pairs, lambda one, other: (one >= 0) & (other >= 0))
    assert result.measures_b["agreement"] == pytest.approx(expected, abs=1e-9)
    assert result.classes is not None
    share = np.mean([(one >= 0) & (other >= 0) for one, other in pairs])
    assert result.classes.share == pytest.approx(share)
    told = result.as_json()["classes"]
    assert told["compared"] == list(SHARED)
    assert (told["left_out_a"], told["left_out_b"]) == (["person"], ["wall"])
    assert told["matches"] == {"truck": "car", "car": "car", "road": "road", "wall": "", "sky": "sky"}
    assert list(result.by_class_a["tc"]) == list(result.by_class_b["flicker"]) == list(SHARED)


def test_flicker_takes_all_that_is_not_compared_as_one_class(compared: tuple[Painted, Painted, Comparison]) -> None:
    a, b, result = compared
    estimator = MotionEstimator(make_flow("farneback"))
    motions = [estimator.update(frame.rgb) for frame in SceneSource(FRAMES).frames()]
    for method, places, measures in ((a, OURS, result.measures_a), (b, THEIRS, result.measures_b)):
        shares, pairs = [], []
        for before, now, motion in zip(method.made, method.made[1:], motions[1:], strict=False):
            assert motion is not None
            then = slow(np.asarray(warp(before, motion.backward), np.uint8), places)
            here = slow(now, places)
            shares.append(np.mean((then != here)[motion.visible]))
            pairs.append((np.where(motion.visible, then, -2), np.where(motion.visible, here, -2)))
        assert measures["flicker"] == pytest.approx(np.mean(shares), abs=1e-9)
        expected = slow_mean_iou(pairs, lambda one, other: one != -2)
        assert measures["tc"] == pytest.approx(expected, abs=1e-9)


def test_live_measures_are_counted_alike() -> None:
    a, b = Painted("a", A, 1), Painted("b", B, 2)
    mapping = ClassMapping.by_name(A, B).answered(MATCHES)
    meter, track = LiveMeter(), MeasureTrack()
    for slot, method in enumerate((a, b)):
        track.set_method(slot, method.name, len(method.card.class_set), mapping.views[slot])
        assert track.classes(slot) == len(SHARED)
    for frame in SceneSource(FRAMES).frames():
        made = [method.segment(frame.rgb) for method in (a, b)]
        pairs = meter.update(frame.rgb, made, [len(A), len(B)])
        results = [
            SlotResult(method.name, one, frame.index > 0, 0, pair)
            for method, one, pair in zip((a, b), made, pairs, strict=True)
        ]
        for slot, result in enumerate(results):
            reference = results[0] if slot else None
            track.add(slot, frame.index, frame.pts_s, result, reference=reference, known=Known.ANALYSED)
    summary = summarise(track, 0, FRAMES - 1)
    assert summary.a is not None
    assert summary.b is not None
    pairs_ = [(slow(one, OURS), slow(other, THEIRS)) for one, other in zip(a.made, b.made, strict=True)]
    expected = slow_mean_iou(pairs_, lambda one, other: (one >= 0) & (other >= 0))
    assert summary.b.agreement == pytest.approx(expected, abs=1e-4)
    # The live flow differs, so flicker is held against the same counts made from translated masks.
    other, ours = LiveMeter(), MeasureTrack()
    for slot, method in enumerate((a, b)):
        ours.set_method(slot, method.name, len(SHARED))
    for frame in SceneSource(FRAMES).frames():
        made = []
        for method, view in zip((a, b), mapping.views, strict=True):
            assert view is not None
            made.append(Segmentation(view.of(method.made[frame.index]), (frame.rgb.shape[1], frame.rgb.shape[0]), 1.0))
        for slot, (one, pair) in enumerate(zip(made, other.update(frame.rgb, made, [3, 3]), strict=True)):
            result = SlotResult("ab"[slot], one, frame.index > 0, 0, pair)
            ours.add(slot, frame.index, frame.pts_s, result, known=Known.ANALYSED)
    for slot in (0, 1):
        for measure in ("flicker", "tc"):
            mine, theirs = track.curve(slot, measure).values, ours.curve(slot, measure).values  # type: ignore[arg-type]
            assert np.array_equal(mine, theirs, equal_nan=True)


def test_one_set_under_other_names_gives_the_very_same_numbers() -> None:
    plain = compare(SceneSource(FRAMES), "s", Noisy(0.05), Noisy(0.02)).as_json()
    b = Noisy(0.02)
    upper = tuple(each.model_copy(update={"name": each.name.upper()}) for each in b.card.class_set.classes)
    b.card = b.card.model_copy(update={"class_set": ClassSet(name="upper", classes=upper)})
    other = compare(SceneSource(FRAMES), "s", Noisy(0.05), b).as_json()
    for told in (plain, other):
        for slot in ("a", "b", "difference"):
            told[slot] = {name: value for name, value in told[slot].items() if not name.startswith(("latency", "fps"))}
    assert other == plain
    assert plain["classes"] is None


def test_sets_without_a_common_class_are_refused_with_the_reason() -> None:
    a, b = Painted("a", A, 1), Painted("b", set_of("cat", "dog"), 2)
    with pytest.raises(DatasetError, match=r"no class in common.*--map"):
        compare(SceneSource(FRAMES), "s", a, b)
    with pytest.raises(UnknownNameError, match="'cow'"):
        compare(SceneSource(FRAMES), "s", a, b, matches=[("cow", "car")])
    matched = compare(SceneSource(FRAMES), "s", a, b, matches=[("cat", "car"), ("dog", "road")])
    assert matched.measures_b["agreement"] is not None


class Renamed(Sure):
    """The sure model, which knows one class more and gives all of them in another order."""

    def __init__(self, noise: float) -> None:
        super().__init__(noise)
        own = self.card.class_set.classes
        more = SegmentClass(name="nothing of it", colour="#000000")
        self.card = self.card.model_copy(update={"class_set": ClassSet(name="r", classes=(more, *own[::-1]))})

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        made = super().segment(rgb)
        count = len(self.card.class_set)
        return Segmentation(np.asarray(count - 1 - made.classes, np.uint8), made.source_size, 1.0)


def test_the_verdict_is_that_of_the_same_masks_under_the_same_classes() -> None:
    plain = compare(SceneSource(FRAMES), "s", Sure(0.05), Sure(0.06), verdict=True)
    renamed = compare(SceneSource(FRAMES), "s", Sure(0.05), Renamed(0.06), verdict=True)
    assert renamed.classes is not None
    assert renamed.classes.left_out_b == ("nothing of it",)
    assert renamed.measures_b["agreement"] == plain.measures_b["agreement"]
    assert renamed.measures_b["flicker"] == plain.measures_b["flicker"]
    assert plain.verdict is not None
    assert renamed.verdict is not None
    one, other = plain.verdict.as_json(), renamed.verdict.as_json()
    assert one == other


def test_the_street_is_judged_in_its_own_classes() -> None:
    mapping = ClassMapping.by_name(Sure(0).card.class_set, Renamed(0).card.class_set)
    score = judge_street(Sure(0), Renamed(0), clips=[SceneClip()], views=mapping.views)
    assert score.baseline == score.candidate > 90
