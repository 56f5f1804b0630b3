"""How long a steadying will take on this machine, from what one frame takes. Imports no torch."""

from engine.models.card import InputPolicy
from trainer.recipe import Recipe
from trainer.steady.plan import Plan

STEP_PER_FRAME = 7.0
"""Learning from a pixel costs so many times what a mask of it costs: there and back, and what the data takes."""
TEACHER_PER_FRAME = 4.0
"""So does asking the teacher once, with the motion between frames."""
JUDGING_PER_FRAME = 10.0
"""So does a judged frame: both models, the measures, and the referee on some of them."""
FIXED_S = 25.0
"""Starting, drawing the pictures of the replay, choosing, writing."""


def estimated_s(plan: Plan, ms_per_frame: float, ms_of_baseline: float | None = None) -> float:
    """Seconds that `plan` will take. ms_per_frame: what a mask takes of the student, on a frame of its own input size.

    ms_of_baseline: and of the model that teaches it and that it is compared with, where that is another one.
    The ratios were measured on two processor cores; expect a third more or less, and less on a GPU.
    """
    recipe = plan.recipe
    pixels = wide_pixels(plan.student.input)
    learnt = plan.images + sum(len(span) for _, spans in plan.clips for span in spans.learn)
    judged = sum(len(spans.judge) + len(spans.choose) for _, spans in plan.clips)
    learning = STEP_PER_FRAME * learnt_pixels(recipe) / pixels * ms_per_frame
    asking = (TEACHER_PER_FRAME * learnt + JUDGING_PER_FRAME * judged) * (ms_of_baseline or ms_per_frame)
    return FIXED_S + (learning + asking) / 1000


def wide_pixels(policy: InputPolicy) -> int:
    """Pixels of a student's input for a wide frame."""
    return policy.fixed[0] * policy.fixed[1] if policy.fixed else policy.short_side**2 * 16 // 9


def learnt_pixels(recipe: Recipe) -> int:
    """Pixels that go through the student in all steps together."""
    steps = recipe.train.epochs * (recipe.train.epoch_steps or 0)
    return steps * recipe.train.batch * recipe.data.length * recipe.data.crop[0] * recipe.data.crop[1]
