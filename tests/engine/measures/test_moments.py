"""The worst moments, of a whole clip and of frames as they come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.measures.moments import WorstMoments, worst_apart


def test_worst_moments_are_apart() -> None:
    worst: WorstMoments[str] = WorstMoments(2, apart=10)
    for index, flicker in ((0, 0.2), (5, 0.3), (8, 0.1), (30, 0.25), (60, 0.05), (90, 0.4)):
        if worst.offer(flicker, index):
            worst.keep(flicker, index, f"at {index}")
    assert worst.moments == [(0.4, 90, "at 90"), (0.3, 5, "at 5")]


def test_of_equal_ones_the_first_is_taken() -> None:
    assert worst_apart([0.1, 0.3, 0.3, 0.3], [7, 5, 4, 9], most=3, apart=2) == [1, 3, 0]
    assert worst_apart([], [], most=3, apart=2) == []


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 4), st.integers(1, 8))
def test_nothing_worse_was_left_out_but_what_is_near(values: list[int], most: int, apart: int) -> None:
    chosen = worst_apart(np.asarray(values, np.float32), np.arange(len(values)), most, apart)
    assert all(abs(one - other) >= apart for one in chosen for other in chosen if one != other)
    told = [values[place] for place in chosen]
    assert told == sorted(told, reverse=True)
    for place, value in enumerate(values):
        if place not in chosen and not (len(chosen) == most and value <= told[-1]):
            assert any(abs(place - other) < apart and values[other] >= value for other in chosen)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 5)), max_size=40), st.integers(1, 4), st.integers(1, 8))
def test_what_is_kept_is_bounded_apart_and_holds_the_worst(
    frames: list[tuple[float, int]], count: int, apart: int
) -> None:
    worst: WorstMoments[int] = WorstMoments(count, apart)
    index = 0
    for flicker, step in frames:
        index += step
        offered = worst.offer(flicker, index)
        if offered:
            worst.keep(flicker, index, index)
        assert offered == (index in [what for _, _, what in worst.moments])
    kept = [each for _, each, _ in worst.moments]
    assert len(kept) <= count
    assert all(abs(one - other) >= apart for one in kept for other in kept if one != other)
    assert not frames or worst.moments[0][0] == max(flicker for flicker, _ in frames)
