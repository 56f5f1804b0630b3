"""What a card says, by field, in words: the same for the window and the command line. No Qt, no rich."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.models.card import ModelCard, Recurrence


def facts(card: "ModelCard") -> dict[str, str]:
    """What a card says, by field, in words."""
    norm = card.normalisation
    facts = {
        "task": "" if card.task == "semantic" else card.task,
        "classes": ", ".join(card.class_set.names),
        "input": size(card),
        "mean": _numbers(norm.mean),
        "std": _numbers(norm.std),
        "scale": f"{norm.scale:g}",
    }
    if card.foreign is not None:
        facts |= {
            "layout": card.foreign.layout,
            "channels": card.foreign.channels,
            "output": card.foreign.output,
            **_memory(card.foreign.recurrence),
            "guessed": ", ".join(card.foreign.guessed),
            "imported from": f"{card.foreign.file}, {card.foreign.file_hash}",
        }
    stored = ", weights stored in float16" if (card.precision, card.weights) == ("float32", "float16") else ""
    facts |= {
        "network": f"{card.family}, {card.parameters:,} parameters, {card.precision}{stored}",
        "trained on": ", ".join(card.training_data),
        "teacher": card.teacher or "",
        "parent": card.parent or "",
        "licence": card.licence,
    }
    return {field: value for field, value in facts.items() if value}


def _memory(recurrence: "Recurrence | None") -> dict[str, str]:
    if recurrence is None:
        return {}
    ratio = "by its frame's size" if recurrence.downsample_ratio == "auto" else recurrence.downsample_ratio
    return {
        "memory": f"of earlier frames: {', '.join(recurrence.states)}",
        "downsample_ratio": "" if ratio is None else str(ratio),
    }


def size(card: "ModelCard") -> str:
    """The size of frames that a model takes, in words."""
    if card.input.fixed is not None:
        return "{}×{}".format(*card.input.fixed)
    return f"any size; shorter side {card.input.short_side}, in steps of {card.input.multiple}"


def _numbers(triple: tuple[float, float, float]) -> str:
    one = len(set(triple)) == 1
    return f"{triple[0]:g}" if one else ", ".join(f"{number:g}" for number in triple)
