"""Whoever teaches a student. Finding one imports no torch; `frozen` runs it."""

from pathlib import Path

from engine.errors import SteadymaskError
from engine.models.bundle import read_peer_card
from engine.models.card import ModelCard
from engine.models.library import find_model
from trainer.recipe import TeacherPart


class TeacherError(SteadymaskError):
    """A teacher has no weights, or cannot teach what is to be learnt."""


def find_teacher(part: TeacherPart) -> tuple[Path, ModelCard]:
    """The `.safetensors` of the recipe's teacher, and its card.

    Raises UnknownNameError where no model has its name, TeacherError where it has no weights to teach with, ModelError
    for damaged ones.
    """
    path = Path(part.bundle)
    weights = (path if path.is_absolute() else find_model(part.bundle)).with_suffix(".safetensors")
    if not weights.is_file():
        raise TeacherError(
            f"there is no file {weights}, which would hold the teacher's weights; correct bundle under [teacher]. A "
            "model that was imported has no such file, and cannot teach"
        )
    return weights, read_peer_card(weights)
