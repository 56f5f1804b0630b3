"""The recipe's `[steady]`: which part of the clips chooses and judges, and among what is chosen."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from trainer.recipe.part import Part, Share


class SteadyPart(Part):
    """How a student that learns from clips without labels is chosen and judged.

    preset: what the rest of the recipe was made of. learnt, chosen: the shares of every clip, or of its range, where
    what is learnt from ends, and where what chooses ends; the rest judges. shares: how much of the weights that the
    training starts from may be in the student: each is tried on what chooses.
    """

    preset: str
    learnt: Share = 0.6
    chosen: Share = 0.73
    shares: Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], ...], Field(min_length=1)] = (0.0, 0.25, 0.5)

    @model_validator(mode="after")
    def _something_chooses_and_something_judges(self) -> Self:
        if not 0 < self.learnt < self.chosen < 1:
            raise ValueError(
                f"learnt is {self.learnt:g} and chosen is {self.chosen:g}; give 0 < learnt < chosen < 1, so that "
                "frames are left that choose and that judge"
            )
        return self
