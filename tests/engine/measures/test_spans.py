"""Intervals by spans."""

import numpy as np
import pytest

from engine.flow import Motion
from engine.measures import ConsistencyMeter, SpanSums, resample
from engine.measures.spans import means_of
from tests.engine.measures.test_pairs import CLASSES, SIZE, random_mask


@pytest.mark.parametrize(("pairs", "spans"), [(0, 0), (2, 1), (8, 2), (9, 3), (24, 8), (100, 8), (5000, 8)])
def test_spans_are_an_eighth_of_the_clip_and_at_least_3_pairs(pairs: int, spans: int) -> None:
    sums = SpanSums(2)
    for number in range(pairs):
        sums.add(np.asarray([1, number]))
    parts = sums.spans()
    assert len(parts) == spans
    assert sums.pairs == pairs
    if pairs:
        assert parts[:, 0].sum() == pairs, "no pair is lost"
        assert parts[:, 0].min() >= min(3, pairs)
        assert parts[:, 1].sum() == sum(range(pairs))
        assert (sums.total == parts.sum(axis=0)).all()


def test_its_memory_is_bounded() -> None:
    sums = SpanSums(1)
    size = sums._blocks.nbytes
    for _ in range(3000):
        sums.add(np.ones(1))
    assert sums._blocks.nbytes == size
    assert sums.total[0] == 3000


def test_an_interval_holds_the_mean_and_narrows_without_noise() -> None:
    random = np.random.default_rng(0)
    noisy = np.column_stack([np.ones(8), random.normal(5, 1, 8)])
    steady = np.column_stack([np.ones(8), np.full(8, 5.0)])
    wide, narrow = resample(noisy, means_of), resample(steady, means_of)
    assert wide is not None
    assert narrow is not None
    assert wide.low < noisy[:, 1].mean() < wide.high
    assert narrow.low == narrow.high == 5


def test_a_paired_difference_is_sure_where_each_alone_is_not() -> None:
    random = np.random.default_rng(1)
    values = random.normal(5, 3, 8)
    a = np.column_stack([np.ones(8), values])
    b = np.column_stack([np.ones(8), values - 0.5])
    difference = resample(a, means_of, b)
    assert difference is not None
    assert difference.high == pytest.approx(-0.5)
    assert not difference.holds_zero
    same = resample(a, means_of, a)
    assert same is not None
    assert same.holds_zero


def test_fewer_than_3_spans_have_no_interval_and_others_cannot_be_paired() -> None:
    assert resample(np.ones((2, 2)), means_of) is None
    with pytest.raises(ValueError, match="cannot be paired"):
        resample(np.ones((3, 2)), means_of, np.ones((4, 2)))


def test_two_meters_on_the_same_frames() -> None:
    steady, flickering = ConsistencyMeter(CLASSES), ConsistencyMeter(CLASSES)
    mask = random_mask(0)
    for number in range(30):
        motion = Motion.still(SIZE) if number else None
        steady.update(mask, motion)
        noisy = mask.copy()
        noisy[number % 4] = (noisy[number % 4] + number) % CLASSES
        flickering.update(noisy, motion)
    for measure, sign in (("flicker", -1), ("tc", 1)):
        interval = flickering.difference_interval(steady, measure)  # type: ignore[arg-type]
        assert interval is not None
        assert not interval.holds_zero
        assert np.sign(interval.low) == sign
    assert steady.interval("flicker") is not None
