"""The recipe's teacher, whatever its kind."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.models.classes import ClassSet
from trainer.recipe import Recipe
from trainer.teachers.along import LearningTeacher
from trainer.teachers.base import Teacher
from trainer.teachers.ema import AverageTeacher
from trainer.teachers.frozen import FrozenTeacher
from trainer.teachers.offline import OfflineTeacher


def make_offline_teacher(recipe: Recipe, class_set: ClassSet, folder: Path, start: str) -> OfflineTeacher | None:
    """The teacher that answers before the training, as OfflineTeacher says; None where there is no such."""
    part = recipe.teacher
    return None if part is None or part.live else OfflineTeacher(part, class_set, folder, start)


def make_live_teacher(
    recipe: Recipe,
    student: nn.Module,
    class_set: ClassSet,
    shares: Callable[[], NDArray[np.float64]],
    device: torch.device,
    *,
    fresh: bool,
) -> Teacher | None:
    """The teacher that runs along with the training; None without one. Leaves torch's random state as it was.

    student: as the training starts. shares, fresh: as LearningTeacher's. Raises what the kinds raise.
    """
    part = recipe.teacher
    if part is None or not part.live:
        return None
    if part.kind == "ema":
        return AverageTeacher(student, part.decay, device)
    if part.kind == "along":
        return LearningTeacher(recipe, class_set, shares, device, fresh=fresh)
    return FrozenTeacher(part, class_set, device)
