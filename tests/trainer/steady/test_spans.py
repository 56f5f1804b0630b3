"""What learns, chooses and judges: in this order, never the same frame, never too few."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DatasetError
from trainer.steady.spans import LEAST_CHOOSING, LEAST_JUDGING, LEAST_LEARNT, Most, spans_of

ALL = Most(10**6, 10**6, 10**6)


def test_sixty_thirteen_twentyseven() -> None:
    spans = spans_of("clip", 0, 100, ALL)
    assert (spans.learn, spans.choose, spans.judge) == ((range(60),), range(60, 73), range(73, 100))


def test_a_range_is_divided_as_a_clip_is() -> None:
    spans = spans_of("clip", 200, 300, ALL)
    assert (spans.learn, spans.choose, spans.judge) == ((range(200, 260),), range(260, 273), range(273, 300))


@pytest.mark.parametrize("count", [0, 1, 10, 15])
def test_too_short_a_clip_is_refused_by_its_name(count: int) -> None:
    with pytest.raises(DatasetError, match=rf"drive\.mp4 has {count} frames.*longer clip"):
        spans_of("drive.mp4", 0, count, ALL)


@given(first=st.integers(0, 1000), count=st.integers(30, 100_000), most=st.integers(4, 2000))
def test_no_frame_has_two_duties(first: int, count: int, most: int) -> None:
    spans = spans_of("clip", first, first + count, Most(most, most, most))
    order = [*spans.learn, spans.choose, spans.judge]
    assert all(before.stop <= after.start for before, after in pairwise(order))
    assert order[0].start >= first
    assert order[-1].stop == first + count
    assert LEAST_LEARNT <= sum(map(len, spans.learn)) <= most
    assert min(LEAST_CHOOSING, most) <= len(spans.choose) <= most
    assert min(LEAST_JUDGING, most) <= len(spans.judge) <= most


def test_a_long_clip_is_learnt_from_in_stretches_from_its_start_to_what_chooses() -> None:
    spans = spans_of("clip", 0, 10_000, Most(400, 60, 240))
    assert [len(span) for span in spans.learn] == [100, 100, 100, 100]
    assert spans.learn[0].start == 0
    assert spans.learn[-1].stop == 6000
    assert spans.choose == range(7240, 7300)
    assert spans.judge == range(9760, 10_000)
