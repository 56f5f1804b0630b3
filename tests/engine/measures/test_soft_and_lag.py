"""Soft masks, and the lag of what is smoothed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from engine.measures import Lag, SoftConsistency
from engine.measures.lag import MOST

soft = arrays(np.float32, (6, 8), elements=st.floats(0, 1, width=32))


@given(st.lists(soft, min_size=2, max_size=5), st.data())
@settings(max_examples=30, deadline=None)
def test_soft_measures_are_symmetric_bounded_and_zero_for_equals(
    clip: list[NDArray[np.float32]], data: st.DataObject
) -> None:
    other = [data.draw(soft) for _ in clip]
    there, back, same = SoftConsistency(), SoftConsistency(), SoftConsistency()
    for a, b in zip(clip, other, strict=True):
        there.update(a, b)
        back.update(b, a)
        same.update(a, a)
    assert there.dtssd == pytest.approx(back.dtssd, abs=1e-6)
    assert there.mad == pytest.approx(back.mad)
    assert 0 <= (there.dtssd or 0) <= 2
    assert 0 <= (there.mad or 0) <= 1
    assert same.dtssd == same.mad == 0


def test_dtssd_is_not_fooled_by_a_constant() -> None:
    still, steady = SoftConsistency(), SoftConsistency()
    for number in range(5):
        reference = np.full((4, 4), number / 4, np.float32)
        still.update(np.zeros((4, 4), np.float32), reference)
        steady.update(reference, reference)
    assert still.dtssd == pytest.approx(0.25)
    assert steady.dtssd == 0


def test_soft_values_outside_0_to_1_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        SoftConsistency().update(np.full((2, 2), 255, np.float32), np.zeros((2, 2), np.float32))
    with pytest.raises(ValueError, match="one size"):
        SoftConsistency().update(np.zeros((2, 3), np.float32), np.zeros((2, 2), np.float32))


def areas(frames: int, seed: int = 0) -> NDArray[np.float64]:
    """Class areas that wander, (frames, 3)."""
    random = np.random.default_rng(seed)
    return np.cumsum(random.normal(0, 1, (frames, 3)), axis=0)


@pytest.mark.parametrize("delay", [0, 1, 3, 7])
def test_a_delay_is_measured_to_the_frame(delay: int) -> None:
    wander = areas(300)
    lag = Lag(3)
    for now in range(delay, len(wander)):
        lag.update_areas(wander[now], wander[now - delay])
    assert lag.frames == pytest.approx(delay, abs=0.3)


@pytest.mark.parametrize("alpha", [0.5, 0.8])
def test_an_average_lags_by_its_half_life_and_more_the_longer_it_is(alpha: float) -> None:
    wander, mean = areas(600, seed=4), None
    lag = Lag(3)
    for now in wander:
        mean = now if mean is None else alpha * mean + (1 - alpha) * now
        lag.update_areas(now, mean)
    assert lag.frames is not None
    assert 0 < lag.frames < alpha / (1 - alpha) + 1


def test_frozen_short_and_unrelated_ones_have_no_lag() -> None:
    frozen, short, unrelated = Lag(3), Lag(3), Lag(3)
    wander, other = areas(400, 1), areas(400, 2)
    for number in range(400):
        frozen.update_areas(wander[number], wander[0])
        unrelated.update_areas(wander[number], other[number])
        if number < 2 * MOST:
            short.update_areas(wander[number], wander[number])
    assert frozen.frames is None
    assert short.frames is None
    assert unrelated.frames is None


def test_a_cut_breaks_the_series_and_keeps_the_count() -> None:
    lag, wander = Lag(3), areas(300, 5)
    for now in range(2, len(wander)):
        if now in (100, 200):
            lag.reset()
        lag.update_areas(wander[now], wander[now - 2])
    assert lag.frames == pytest.approx(2, abs=0.3)


def test_a_run_at_once_is_the_same_as_frame_by_frame() -> None:
    random = np.random.default_rng(4)
    plain = random.random((90, 3))
    late = np.vstack([plain[:1], plain[:1], plain[:-2]])
    one, both = Lag(3), Lag(3)
    for place in range(90):
        one.update_areas(plain[place], late[place])
    both.add_run(plain, late)
    assert one.frames == pytest.approx(2, abs=0.1)
    assert both.frames == pytest.approx(one.frames)
    one.reset()
    for place in range(40):
        one.update_areas(plain[place], late[place])
    both.add_run(plain[:40], late[:40])
    both.add_run(plain[:1], late[:1])
    assert both.frames == pytest.approx(one.frames)
