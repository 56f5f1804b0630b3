"""What is in view: within its limits whatever one does, and what is pointed at stays put."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curves.window import Window

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("zoom"), st.floats(0.01, 100), st.floats(-50, 150)),
        st.tuples(st.just("pan"), st.floats(-500, 500), st.just(0.0)),
        st.tuples(st.just("reveal"), st.floats(0, 100), st.just(0.0)),
        st.tuples(st.just("fit"), st.just(0.0), st.just(0.0)),
    ),
    max_size=12,
)


def window(*, live: bool = False) -> Window:
    """Of a clip of 100 s at 10 frames a second; of a live source the last 60 s are home."""
    made = Window()
    made.set_home((40.0, 100.0) if live else (0.0, 100.0), (0.0, 100.0), 0.1)
    return made


@given(ACTIONS, st.booleans())
def test_what_is_in_view_stays_within_its_limits(actions: list[tuple[str, float, float]], live: bool) -> None:
    made = window(live=live)
    for name, *values in actions:
        getattr(made, name)(*values[: {"zoom": 2, "fit": 0}.get(name, 1)])
        left, right = made.shown
        assert -1e-6 <= left < right <= 100 + 1e-6
        assert right - left >= made.least - 1e-6


@given(st.floats(0.05, 0.95), st.floats(20, 80))
def test_what_is_under_the_pointer_stays_there(factor: float, around: float) -> None:
    made = window()
    made.zoom(factor, around)
    left, right = made.shown
    assert (around - left) / (right - left) == pytest.approx(around / 100, abs=1e-6)


def test_it_follows_a_clip_that_grows_until_somebody_zooms_and_again_after_fit() -> None:
    made = window(live=True)
    made.set_home((50.0, 110.0), (0.0, 110.0), 0.1)
    assert made.shown == (50.0, 110.0)
    made.zoom(0.5, 80.0)
    before = made.shown
    made.set_home((60.0, 120.0), (0.0, 120.0), 0.1)
    assert made.shown == before
    made.fit()
    assert made.shown == (60.0, 120.0)


def test_zooming_all_the_way_out_follows_again() -> None:
    made = window()
    made.zoom(0.5, 50.0)
    assert not made.following
    made.zoom(4.0, 50.0)
    assert made.following


def test_what_leaves_the_view_is_revealed_and_what_is_in_view_moves_nothing() -> None:
    made = window()
    made.zoom(0.1, 50.0)
    before = made.shown
    made.reveal(50.0)
    assert made.shown == before
    made.reveal(70.0)
    assert made.shown[0] < 70.0 < made.shown[1]
    assert made.shown[1] - made.shown[0] == pytest.approx(before[1] - before[0])
