"""Which frames of a clip are learnt from, which choose, and which judge. Imports no torch."""

from dataclasses import dataclass

from engine.errors import DatasetError

LEARNT, CHOSEN = 0.6, 0.73
"""Shares of a clip where what is learnt from ends, and where what chooses ends; the rest judges."""
LEAST_LEARNT, LEAST_CHOOSING, LEAST_JUDGING = 4, 3, 6
"""Frames; of fewer nothing can be told."""
STRETCHES = 4
"""In so many a long clip is learnt from."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of a clip that follow each other; 0-based frame indices."""

    learn: tuple[range, ...]
    choose: range
    judge: range


@dataclass(frozen=True, slots=True)
class Most:
    """Frames of one clip that are looked at, at most."""

    learnt: int
    choosing: int
    judging: int


def spans_of(name: str, first: int, end: int, most: Most) -> Spans:
    """Those of the frames from `first` to before `end`. Raises DatasetError, which calls the clip `name`, for too few.

    What is learnt from are the first 60 % (of a long clip several stretches of it), the next 13 % choose (their end),
    and the last 27 % judge (their end).
    """
    count = end - first
    learnt, chosen = (first + round(share * count) for share in (LEARNT, CHOSEN))
    whole = range(first, learnt), range(learnt, chosen), range(chosen, end)
    if any(len(span) < least for span, least in zip(whole, _LEAST, strict=True)):
        raise DatasetError(
            f"{name} has {count} frames to work with, of which {len(whole[0])} would be learnt from, {len(whole[1])} "
            f"choose and {len(whole[2])} judge; at least {LEAST_LEARNT}, {LEAST_CHOOSING} and {LEAST_JUDGING} are "
            "needed: widen the range, or take a longer clip"
        )
    return Spans(_stretches(whole[0], most.learnt), whole[1][-most.choosing :], whole[2][-most.judging :])


_LEAST = (LEAST_LEARNT, LEAST_CHOOSING, LEAST_JUDGING)


def _stretches(span: range, most: int) -> tuple[range, ...]:
    """Up to `most` frames of `span`, in stretches that are spread over it evenly."""
    if len(span) <= most:
        return (span,)
    length = max(LEAST_LEARNT, most // STRETCHES)
    number = max(1, most // length)
    apart = (len(span) - length) / max(1, number - 1)
    starts = [span.start + round(place * apart) for place in range(number)]
    return tuple(range(start, start + length) for start in starts)
