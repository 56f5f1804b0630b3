"""What learns: a model itself where it has weights, else a new student of what is an ONNX graph alone. No torch."""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import ModelError
from engine.models.bundle import read_card, read_peer_card
from engine.models.card import InputPolicy, ModelCard
from engine.networks import FAMILIES, need_packages
from engine.tasks import task_of
from resources import MODELS

NEW = MODELS / "street.safetensors"
"""What a new student begins as, but for what tells its classes apart."""
NEW_MATTE = MODELS / "portrait.safetensors"
"""What a new student of mattes begins as."""
LEAST_SIDE = 192
"""Pixels of the shorter side of a new student's input, at least: of less its deepest features are a few cells."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a student begins.

    weights: the `.safetensors` that its weights begin as. card: of the student as it begins. teacher: the `.onnx` that
    a new student learns from and is compared with; None of a model that goes on from itself.
    """

    weights: Path
    card: ModelCard
    teacher: Path | None = None


def begin(model: Path) -> Beginning:
    """How the student of `model`, its `.safetensors` or `.onnx`, begins. Raises ModelError, with the remedy."""
    weights, graph = model.with_suffix(".safetensors"), model.with_suffix(".onnx")
    if weights.is_file() or not graph.is_file():
        return Beginning(weights.resolve(), trainable(weights))
    taught_by = read_card(graph)
    if taught_by.has_memory:
        raise ModelError(
            f"{taught_by.name} has a memory of earlier frames, and what is steadied makes its masks of single ones: it "
            "would be another model at another cost; steady a model of mattes that was trained here, and watch "
            f"{taught_by.name} beside it in slot B"
        )
    usual = NEW_MATTE if task_of(taught_by.task).soft else NEW
    new = read_peer_card(usual)
    licence = " / ".join(dict.fromkeys((new.licence, taught_by.licence)))
    own = {"name": taught_by.name, "class_set": taught_by.class_set, "licence": licence}
    return Beginning(
        usual, new.model_copy(update={**own, "input": _input(taught_by.input, new.input)}), graph.resolve()
    )


def trainable(start: Path) -> ModelCard:
    """The card of a student's `.safetensors`. Raises ModelError where it cannot be trained, with the remedy."""
    if not start.is_file():
        raise ModelError(
            f"{start.with_suffix('.onnx')} has no {start.name} beside it, and a graph alone cannot be trained; take a "
            "bundled model, one that `steadymask train` made, or a Hugging Face model"
        )
    card = read_peer_card(start)
    if card.family not in FAMILIES:
        raise ModelError(f"{start}: {card.family} is none of the networks that can be trained, {', '.join(FAMILIES)}")
    if card.precision != "float32":
        raise ModelError(
            f"{start} is beside a graph of {card.precision}, which cannot be trained; take what it was exported from "
            f"({card.parent}), and export what comes of it"
        )
    need_packages(card.family)
    return card


def _input(seen: InputPolicy, usual: InputPolicy) -> InputPolicy:
    """Of a new student: no finer than what its teacher has `seen`, which could not tell it more."""
    side = min(seen.fixed) if seen.fixed else seen.short_side
    whole = -(-side // usual.multiple) * usual.multiple
    return usual.model_copy(update={"short_side": min(usual.short_side, max(LEAST_SIDE, whole))})
