"""Where playing begins, ends and goes on: range, loop and direction without any thread."""

import pytest

from engine.live.playrange import PlayRange
from tests.engine.fakes import FakeSource

UNKNOWN = float("inf")


def range_of(
    first: int = 0, last: int | None = None, *, speed: float = 1.0, loop: bool = False, known: bool = True
) -> PlayRange:
    """Of a clip of 100 frames, whose length may not be known yet."""
    source = FakeSource(100)
    if not known:
        source.frame_count = None
    range_ = PlayRange(source)
    range_.set_range(first, last)
    range_.set_speed(speed)
    range_.loop = loop
    return range_


@pytest.mark.parametrize(
    ("first", "last", "known", "bounds"),
    [
        (0, None, True, (0, 99)),
        (10, 20, True, (10, 20)),
        (10, 500, True, (10, 99)),
        (200, 500, True, (99, 99)),
        (10, None, False, (10, UNKNOWN)),
        (10, 20, False, (10, 20)),
    ],
)
def test_a_range_is_kept_within_the_clip(first: int, last: int | None, known: bool, bounds: tuple[int, float]) -> None:
    assert range_of(first, last, known=known).bounds() == bounds


@pytest.mark.parametrize(
    ("speed", "position", "ended", "following"),
    [
        (1, None, False, 10),
        (1, 14, False, 15),
        (1, 20, False, 10),
        (1, 3, False, 10),
        (1, 15, True, 10),
        (-1, None, False, 20),
        (-1, 14, False, 13),
        (-1, 10, False, 20),
        (-1, 50, False, 20),
        (-1, 15, True, 20),
    ],
)
def test_playing_goes_on_from_the_frame_shown_or_from_an_end_of_the_range(
    speed: float, position: int | None, ended: bool, following: int
) -> None:
    assert range_of(10, 20, speed=speed).next_index(position, ended=ended) == following


def test_backwards_from_an_end_that_nobody_knows_it_stays() -> None:
    assert range_of(speed=-1, known=False).next_index(40, ended=True) == 40
    assert range_of(speed=-1, known=False).next_index(None, ended=False) == 0


@pytest.mark.parametrize(
    ("speed", "loop", "known", "place"),
    [(1, True, True, 10), (-2, True, True, 99), (1, False, True, None), (1, True, False, None)],
)
def test_a_loop_goes_on_at_the_other_end(speed: float, loop: bool, known: bool, place: int | None) -> None:
    assert range_of(10, speed=speed, loop=loop, known=known).next_round() == place


def test_what_cannot_be_played_is_refused_and_changes_nothing() -> None:
    range_ = range_of(10, 20, speed=2)
    for speed in (0, 0.2, 4.5, -5):
        with pytest.raises(ValueError, match="is not between"):
            range_.set_speed(speed)
    for first, last in ((-1, 5), (7, 6)):
        with pytest.raises(ValueError, match="no frame between"):
            range_.set_range(first, last)
    assert (range_.speed, range_.bounds()) == (2, (10, 20))
    assert range_.set_speed(-1), "it turns"
    assert not range_.set_speed(-4)
