"""What is read of a track: values, the mean of a second, and frames for places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.curves.snapshot import Request, empty, take
from app.report.rolling import rolling_mean, window_starts
from engine.live.track import MeasureTrack
from tests.app.window.curves.tracks import PIXELS, RATE, add, small_track


def request(track: MeasureTrack, *, timed: bool = True, class_id: int | None = None) -> Request:
    return Request(track, RATE, timed, class_id)


def test_values_are_in_percent_scores_and_milliseconds() -> None:
    snapshot = take(request(small_track(20)))
    a, b = snapshot.slots
    assert a is not None
    assert b is not None
    assert snapshot.names == ("street", "ema(street, alpha=0.7)")
    assert a["flicker"].value(0) is None
    assert a["flicker"].value(16) == pytest.approx(100 * 16 / PIXELS)
    assert b["flicker"].value(16) == pytest.approx(100 * 8 / PIXELS)
    assert a["inference_ms"].value(3) == 5
    assert b["inference_ms"].value(3) == 8
    assert a["flicker"].value(99) is None


def test_a_class_has_its_own_flicker_and_the_time_stays() -> None:
    track = small_track(20, b=False)
    zero = take(request(track, class_id=0)).slots[0]
    assert zero is not None
    assert zero["flicker"].value(16) == pytest.approx(100 * 16 / PIXELS)
    one = take(request(track, class_id=1)).slots[0]
    assert one is not None
    assert one["flicker"].value(16) is None  # no pixel was of it before
    assert one["tc"].value(16) == 0
    assert one["inference_ms"].value(16) == 5


def test_a_class_that_a_method_does_not_know_has_no_line() -> None:
    slot = take(request(small_track(5, b=False), class_id=7)).slots[0]
    assert slot is not None
    assert set(slot) == {"inference_ms"}


def test_an_empty_slot_has_no_lines_and_an_empty_track_nothing() -> None:
    assert take(request(small_track(5, b=False))).slots[1] is None
    nothing = empty(request(MeasureTrack()))
    assert not nothing.known
    assert nothing.nearest(3.0) is None
    assert nothing.index_of(2.0) == round(2 * RATE)


@given(st.sets(st.integers(0, 200), min_size=1, max_size=40), st.booleans())
def test_a_measured_frame_is_found_where_it_stands(frames: set[int], timed: bool) -> None:
    track = MeasureTrack()
    track.set_method(0, "street", 2)
    for index in frames:
        add(track, index)
    snapshot = take(request(track, timed=timed))
    for index in frames:
        x = snapshot.x_of(index)
        assert x == pytest.approx(index / RATE if timed else index)
        assert snapshot.index_of(x) == index
        assert snapshot.nearest(x + 0.01) == index
    for index in (0, 77, 400):  # never measured, perhaps
        assert snapshot.index_of(snapshot.x_of(index)) == index


def test_uneven_times_are_those_of_the_frames() -> None:
    track = MeasureTrack()
    track.set_method(0, "street", 2)
    for index, rate in ((0, 10.0), (1, 10.0), (2, 2.0), (3, 2.0)):
        add(track, index, rate=rate)
    snapshot = take(request(track))
    assert [snapshot.x_of(index) for index in range(4)] == [0.0, 0.1, 1.0, 1.5]
    assert snapshot.index_of(1.4) == 3
    assert snapshot.index_of(0.6) == 2


@given(st.lists(st.one_of(st.none(), st.floats(-100, 100)), max_size=40), st.floats(0.1, 9))
def test_the_rolling_mean_is_that_of_what_lies_less_than_its_length_behind(
    values: list[float | None], length: float
) -> None:
    known = np.array([np.nan if value is None else value for value in values], np.float64)
    times = np.cumsum(np.linspace(0.3, 1.2, len(values)))
    means = rolling_mean(known, window_starts(times, length))
    for place, mean in enumerate(means):
        inside = known[: place + 1][times[: place + 1] > times[place] - length]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            assert mean == pytest.approx(inside.mean(), abs=1e-9)
        else:
            assert np.isnan(mean)
