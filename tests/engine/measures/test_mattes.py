"""Soft flicker and soft change: what of two neighbouring mattes no motion explains."""

import numpy as np
import pytest

from engine.flow.motion import Motion
from engine.live.meter import LiveMeter
from engine.measures.consistency import ConsistencyMeter
from engine.measures.scores import Scores
from engine.measures.soft import pair_changes
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha, projected
from tests.engine.mattes import disc

SIZE = (64, 48)


def test_a_constant_matte_without_motion_does_not_flicker() -> None:
    alpha = disc(SIZE, (30, 20), 12)
    assert pair_changes(alpha, alpha, Motion.still(SIZE)) == (0, 0)


def test_what_moves_with_the_motion_does_not_flicker() -> None:
    still = Motion.still(SIZE)
    motion = Motion(still.backward + np.float32([-3, 0]), still.forward + np.float32([3, 0]), still.visible, "exact")
    before, now = disc(SIZE, (30, 20), 12), disc(SIZE, (33, 20), 12)
    flicker, change = pair_changes(before, now, motion)
    assert flicker == pytest.approx(0, abs=1e-6)
    assert change == pytest.approx(0, abs=1e-6)
    against, _ = pair_changes(before, now, still)
    assert against is not None
    assert against > 0.01


def test_only_visible_pixels_count() -> None:
    motion = Motion.still(SIZE)
    motion.visible[:, 32:] = False
    before, now = np.zeros(SIZE[::-1], np.float32), np.zeros(SIZE[::-1], np.float32)
    now[:, 32:] = 1
    assert pair_changes(before, now, motion) == (0, 0)
    now[:, :8] = 0.5
    assert pair_changes(before, now, motion) == pytest.approx((0.125, 0.25))
    motion.visible[:] = False
    assert pair_changes(before, now, motion) == (None, None)


def test_a_large_matte_is_measured_at_the_motions_size() -> None:
    low, high = np.full((96, 128), 0.25, np.float32), np.full((96, 128), 0.5, np.float32)
    assert pair_changes(low, high, Motion.still(SIZE)) == pytest.approx((0.25, 0.25))


def test_a_clips_value_is_the_mean_of_its_pairs() -> None:
    meter, motion = ConsistencyMeter(2), Motion.still(SIZE)
    for place, value in enumerate([0.2, 0.3, 0.6]):
        alpha = np.full(SIZE[::-1], value, np.float32)
        pair = meter.update(projected(alpha), motion if place else None, alpha)
    assert pair is not None
    assert pair.soft_flicker == pytest.approx(0.3)
    assert meter.soft_flicker == pytest.approx(0.2)
    assert meter.soft_change == pytest.approx(0.2)
    assert meter.flicker == 0.5
    classes = ConsistencyMeter(2)
    classes.update(projected(alpha), None)
    assert classes.update(projected(alpha), motion).soft_flicker is None  # type: ignore[union-attr]
    assert classes.soft_flicker is None


def test_intervals_of_soft_measures_are_there_for_mattes_alone() -> None:
    random, motion = np.random.default_rng(0), Motion.still(SIZE)
    shaky, calm, hard = Scores(2), Scores(2), Scores(2)
    for scores, soft in ((shaky, 0.2), (calm, 0.02), (hard, None)):
        scores.begin_clip()
        for place in range(60):
            alpha = np.clip(disc(SIZE, (30, 20), 12) + random.normal(0, soft or 0.1, SIZE[::-1]), 0, 1)
            alpha = alpha.astype(np.float32)
            scores.update(projected(alpha), motion if place else None, alpha=None if soft is None else alpha)
    difference = shaky.intervals(calm)["soft_flicker"]
    assert difference is not None
    assert difference.high < 0
    assert shaky.values()["soft_change"] > calm.values()["soft_change"]  # type: ignore[operator]
    assert "soft_flicker" not in hard.intervals()
    assert "soft_flicker" not in shaky.intervals(hard)
    assert hard.values()["soft_flicker"] is None


def test_the_live_pair_of_a_matte_has_them() -> None:
    meter = LiveMeter()
    frame = np.random.default_rng(0).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    for value in (0.25, 0.5):
        made = Segmentation.of(of_alpha(np.full((24, 32), value)), (128, 96), 1.0)
        (pair,) = meter.update(frame, (made,), (2,))
    assert pair is not None
    assert pair.soft_flicker == pytest.approx(0.25, abs=1e-3)
