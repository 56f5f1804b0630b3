"""Curves as few points: no peak is lost, gaps stay open, and there are never more points than the screen can show."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.curves.levels import Levels, Means

GAP = 5.0


@st.composite
def curves(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Up to 6,000 points at uneven places, some of them nan, with up to three long gaps."""
    count = draw(st.integers(1, 6000))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = dice.uniform(0.5, 1.5, count)
    steps[dice.integers(0, count, draw(st.integers(0, 3)))] += draw(st.floats(10, 5000))
    y = dice.normal(size=count).astype(np.float32)
    y[dice.random(count) < draw(st.sampled_from((0.0, 0.02, 0.9)))] = np.nan
    return np.cumsum(steps), y


@given(curves(), st.floats(0, 1), st.floats(0.001, 1), st.integers(1, 400))
def test_the_highest_and_the_lowest_in_view_are_drawn(
    curve: tuple[NDArray[np.float64], NDArray[np.float32]], begin: float, share: float, columns: int
) -> None:
    x, y = curve
    whole = x[-1] - x[0] + 1
    left = x[0] + begin * whole
    right = left + share * whole
    path = Levels(x, y, GAP).path(left, right, columns)
    seen = y[(x >= left) & (x <= right) & np.isfinite(y)]
    if len(seen):
        assert np.nanmax(path.y) >= seen.max()
        assert np.nanmin(path.y) <= seen.min()
    drawn = path.y[np.isfinite(path.y)]
    assert np.isin(drawn.astype(np.float32), y).all()
    assert len(path.x) <= 5 * columns + 10
    assert np.all(np.diff(path.x) >= 0)


@given(curves(), st.integers(20, 400))
def test_a_line_is_drawn_across_no_long_gap(
    curve: tuple[NDArray[np.float64], NDArray[np.float32]], columns: int
) -> None:
    x, y = curve
    column = (x[-1] - x[0] + 1e-9) / columns
    path = Levels(x, y, GAP).path(x[0], x[-1], columns)
    together = np.isfinite(path.y[1:]) & np.isfinite(path.y[:-1])
    longest = np.diff(path.x)[together].max(initial=0.0)
    # One cannot see a gap that is shorter than two columns, or than two of the blocks that make a column.
    assert longest <= max(GAP, 4 * column + 8)


@given(curves(), st.integers(1, 400))
def test_a_mean_lies_between_the_lowest_and_the_highest(
    curve: tuple[NDArray[np.float64], NDArray[np.float32]], columns: int
) -> None:
    x, y = curve
    path = Means(x, y, GAP).path(x[0], x[-1], columns)
    assert np.isfinite(path.y).any() == np.isfinite(y).any()
    if np.isfinite(y).any():
        assert np.nanmax(path.y) <= np.nanmax(y) + 1e-4
        assert np.nanmin(path.y) >= np.nanmin(y) - 1e-4


def test_means_of_equal_columns_are_the_mean_of_all() -> None:
    y = np.random.default_rng(1).random(25_600).astype(np.float32)
    path = Means(np.arange(25_600) + 0.5, y, GAP).path(0, 25_600, 100)
    assert path.dense
    np.testing.assert_allclose(path.y, y.reshape(100, 256).mean(axis=1), rtol=1e-3)


def test_a_point_alone_is_a_short_line() -> None:
    path = Levels(np.array([0.0, 1.0, 50.0, 99.0]), np.array([1, 2, 3, 4], np.float32), GAP).path(0, 100, 200)
    runs = np.split(path.y, np.flatnonzero(np.isnan(path.y)))
    assert [list(run[np.isfinite(run)]) for run in runs] == [[1, 2], [3, 3], [4, 4]]


def test_nothing_in_view_draws_nothing() -> None:
    levels = Levels(np.zeros(0), np.zeros(0, np.float32), GAP)
    assert len(levels.path(0, 1, 100).x) == 0


def test_a_million_points_are_a_few_thousand_at_any_zoom() -> None:
    x = np.arange(1_000_000) / 30
    levels = Levels(x, np.random.default_rng(0).random(len(x)).astype(np.float32), 0.5)
    for length in (x[-1], 3000.0, 300.0, 60.0, 1.0):
        assert 20 < len(levels.path(1000.0, 1000.0 + length, 1000).x) <= 5000
