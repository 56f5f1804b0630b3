"""Whoever teaches a student. Finding one imports no torch; `making` makes the recipe's.

`frozen`, `ema` and `along` are asked in every step; `offline` answers before the first one, and `trainer.data.targets`
keeps what it said.
"""

from pathlib import Path

from engine.errors import SteadymaskError
from engine.models.bundle import read_card, read_peer_card
from engine.models.card import ModelCard
from engine.models.library import find_model
from trainer.recipe.teacher import START, TeacherPart


class TeacherError(SteadymaskError):
    """A teacher has no weights, or cannot teach what is to be learnt."""


def find_teacher(part: TeacherPart, start: str = "") -> tuple[Path, ModelCard]:
    """The `.safetensors` of the bundle that the recipe's teacher is, and its card; of a model that has none, and is
    asked offline alone, its `.onnx`.

    start: that of the bundle which the training starts from, "" for none. Raises UnknownNameError where no model has
    its name, TeacherError where it has no weights to teach with, ModelError for damaged ones.
    """
    assert part.bundle is not None
    if part.bundle == START and not start:
        raise TeacherError(
            f'bundle = "{START}" under [teacher] is what the training starts from, and it starts from nothing; give '
            "--start, or name a bundle"
        )
    path = Path(start if part.bundle == START else part.bundle)
    weights = (path if path.is_absolute() else find_model(part.bundle)).with_suffix(".safetensors")
    if weights.is_file():
        return weights, read_peer_card(weights)
    graph = weights.with_suffix(".onnx")
    if not part.live and graph.is_file():
        return graph, read_card(graph)
    raise TeacherError(
        f"there is no file {weights}, which would hold the teacher's weights; correct bundle under [teacher]. A model "
        'that was imported has no such file: it can teach with kind = "offline" alone'
    )
