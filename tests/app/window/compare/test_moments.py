"""From one worst moment to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compare.moments import next_moment


@pytest.mark.parametrize(
    ("here", "way", "there"),
    [(0, 1, 10), (10, 1, 40), (39, 1, 40), (90, 1, 10), (95, -1, 90), (90, -1, 40), (10, -1, 90), (0, -1, 90)],
)
def test_the_next_one_in_the_order_of_the_clip(here: int, way: int, there: int) -> None:
    assert next_moment([40, 10, 90], here, way) == there


def test_nowhere_to_go() -> None:
    assert next_moment([], 5, 1) is None


@given(st.sets(st.integers(0, 1000), min_size=1), st.integers(0, 1000))
def test_going_on_meets_each_once_and_going_back_returns(moments: set[int], here: int) -> None:
    met, at = [], here
    for _ in moments:
        there = next_moment(list(moments), at, 1)
        assert there is not None
        met.append(there)
        if len(moments) > 1:
            assert next_moment(list(moments), next_moment(list(moments), there, 1) or 0, -1) == there
        at = there
    assert set(met) == moments
