"""The recipe's `[steady]`: what chooses and judges a student that learns from clips without labels."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from trainer.recipe.part import Part, Positive

FrameSpan = tuple[Annotated[int, Field(ge=0)], Positive]
"""(first frame, frame after the last), 0-based."""


class SteadyClip(Part):
    """One clip. path: whole. learn: the stretches that are learnt from; choose and judge follow them."""

    path: str
    learn: Annotated[tuple[FrameSpan, ...], Field(min_length=1)]
    choose: FrameSpan
    judge: FrameSpan

    @model_validator(mode="after")
    def _they_follow_each_other(self) -> Self:
        spans = (*self.learn, self.choose, self.judge)
        edges = [edge for span in spans for edge in span]
        if edges != sorted(edges) or any(first == end for first, end in spans):
            raise ValueError(
                f"{self.path}: learn, choose and judge are {list(map(list, spans))}; each must begin where the one "
                "before has ended, or later"
            )
        return self


class SteadyPart(Part):
    """How a student is chosen and judged.

    preset: what the rest of the recipe was made of. baseline: the whole path of the `.onnx` that a student is compared
    with; None for what the training starts from. shares: how much of the weights that the training starts from may
    be in the student: each is tried on what chooses. most_learnt, most_choosing, most_judging: frames, of all clips
    together; of longer ones stretches are taken.
    """

    preset: str
    baseline: str | None = None
    shares: Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], ...], Field(min_length=1)] = (0.0, 0.25, 0.5)
    most_learnt: Positive = 400
    most_choosing: Positive = 60
    most_judging: Positive = 240
    clips: Annotated[tuple[SteadyClip, ...], Field(min_length=1)]
