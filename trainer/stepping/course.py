"""What a training learns from and is judged by, whichever verb it is of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from engine.datasets.base import ImageClip
from engine.models.classes import ClassSet
from trainer.criterion import CRITERIA, Criterion
from trainer.data.split import open_training_data
from trainer.job import JobSpec
from trainer.recipe import Recipe


@dataclass(frozen=True)
class Learnt:
    """What is learnt.

    class_set: the classes. clips: labelled frames, none in a training without labels. words: what the labels are of, as
    the card says it, empty without any.
    """

    class_set: ClassSet
    clips: tuple[ImageClip, ...]
    words: str


@dataclass(frozen=True)
class Course:
    """What is learnt, and by what a student is judged on the way.

    measure: gives the criterion's number of a network; None where the criterion measures on `held_out`.
    held_out: images with labels that `criterion` measures on and nothing is learnt from. criterion_name: what its
    number is called. beside: what was measured along with the criterion's last number, by name.
    """

    learnt: Learnt
    held_out: tuple[ImageClip, ...]
    criterion_name: str
    criterion: Criterion
    measure: Callable[[nn.Module], float] | None = None
    beside: Callable[[], dict[str, float]] = dict


def labelled_course(spec: JobSpec, recipe: Recipe) -> Course:
    """That of a training from labels. Raises what `open_training_data` raises."""
    data = open_training_data(Path(spec.root), recipe.data)
    words = f"{recipe.data.dataset}/{recipe.data.split} without {data.left_out}"
    name = recipe.train.criterion
    return Course(Learnt(data.class_set, data.learn, words), data.held_out, name, CRITERIA[name])
