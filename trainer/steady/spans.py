"""Which frames of a clip are learnt from, which choose, and which judge. Imports no torch."""

from dataclasses import dataclass

from trainer.recipe.steady import SteadyPart

LEAST_LEARNT, LEAST_CHOOSING, LEAST_JUDGING = 4, 3, 6
"""Frames; of fewer nothing can be told."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Three stretches of a clip that follow each other; 0-based frame indices."""

    learn: range
    choose: range
    judge: range


def spans_of(part: SteadyPart, first: int, end: int) -> Spans:
    """Those of the frames from `first` to before `end`. What is learnt ends where UnlabelledPart.learnt ends."""
    count = end - first
    learnt, chosen = (first + round(share * count) for share in (part.learnt, part.chosen))
    return Spans(range(first, learnt), range(learnt, chosen), range(chosen, end))


def long_enough(spans: Spans) -> bool:
    """Whether each of them has the frames that it needs."""
    wanted = ((spans.learn, LEAST_LEARNT), (spans.choose, LEAST_CHOOSING), (spans.judge, LEAST_JUDGING))
    return all(len(span) >= least for span, least in wanted)
