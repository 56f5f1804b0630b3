"""The live measures: one motion for all slots, and the same counts as the full way at the live size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets.street import SyntheticStreet
from engine.flow import LIVE_FLOW, Motion, MotionEstimator, make_flow, measure_size
from engine.live.meter import LiveMeter
from engine.measures import count_pair
from engine.measures.pair import to_size
from engine.segmentation import Segmentation

CLASSES = 11
SIZE = (640, 360)


class CountedFlow:
    """The live flow, and how often it was asked."""

    name = LIVE_FLOW
    parallel = False

    def __init__(self) -> None:
        self.asked = 0
        self._flow = make_flow(LIVE_FLOW)

    def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.asked += 1
        return self._flow(start, end)


@pytest.fixture(scope="module")
def drive() -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Pictures and labels of four frames."""
    return [(frame.rgb, frame.labels) for frame in SyntheticStreet(31, frames=4, size=SIZE, truth=False)]


def made(mask: NDArray[np.uint8]) -> Segmentation:
    return Segmentation(mask, SIZE, 1.0)


def test_two_slots_share_one_motion_and_are_measured_as_if_alone(
    drive: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = CountedFlow()
    monkeypatch.setattr("engine.live.meter.make_flow", lambda name: flow)
    both = LiveMeter()
    monkeypatch.undo()
    a, b = LiveMeter(), LiveMeter()
    for place, (rgb, labels) in enumerate(drive):
        other = np.roll(labels, 9 * place, axis=1)
        pairs = both.update(rgb, [made(labels), made(other)], [CLASSES, CLASSES])
        alone = (*a.update(rgb, [made(labels)], [CLASSES]), *b.update(rgb, [made(other)], [CLASSES]))
        for pair, expected in zip(pairs, alone, strict=True):
            assert (pair is None) == (expected is None) == (place == 0)
            if pair is not None and expected is not None:
                assert (pair.counts == expected.counts).all()
    assert flow.asked == 2 * (len(drive) - 1), "both ways, once a pair of frames"


def test_a_slot_counts_as_the_full_way_does_at_the_live_size(
    drive: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> None:
    meter, motions = LiveMeter(), MotionEstimator(make_flow(LIVE_FLOW), live=True)
    size, before = measure_size(*SIZE, live=True), None
    for rgb, labels in drive:
        (pair,) = meter.update(rgb, [made(labels)], [CLASSES])
        motion = motions.update(rgb)
        if motion is not None and before is not None:
            assert pair is not None
            assert motion.size == size
            full = count_pair(before, to_size(labels, *size), motion, CLASSES)
            for visible in (True, False):
                assert (pair.pairs(visible=visible) == full.pairs(visible=visible)).all()
        before = to_size(labels, *size)


def test_nothing_is_compared_across_a_seek_another_class_set_or_a_slot_that_was_empty(
    drive: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> None:
    meter = LiveMeter()
    rgb, labels = drive[0]
    one, two = [made(labels)], [made(labels), made(labels)]
    assert meter.update(rgb, one, [CLASSES]) == (None,)
    assert meter.update(rgb, one, [CLASSES])[0] is not None
    assert meter.update(rgb, one, [CLASSES + 1]) == (None,), "another class set"
    first, second = meter.update(rgb, two, [CLASSES + 1, CLASSES])
    assert first is not None
    assert second is None, "the slot was empty"
    meter.reset()
    assert meter.update(rgb, two, [CLASSES + 1, CLASSES]) == (None, None), "a seek"
    assert meter.update(rgb, [], []) == ()
    assert meter.update(rgb, one, [CLASSES]) == (None,), "no slot at all"


def test_without_splits_a_pair_counts_the_same_and_says_that_it_has_none() -> None:
    random = np.random.default_rng(8)
    before, now = (random.integers(0, 3, (40, 60)).astype(np.uint8) for _ in range(2))
    whole = count_pair(before, now, Motion.still((60, 40)), 3)
    quick = count_pair(before, now, Motion.still((60, 40)), 3, splits=False)
    assert np.array_equal(quick.pairs(), whole.pairs())
    assert np.array_equal(quick.changed, whole.changed)
    assert quick.tc() == whole.tc()
    with pytest.raises(ValueError, match="boundary"):
        quick.flicker("boundary")
