"""What `steadymask models` says of a model: as JSON, as tables, as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app.terminal import shown

if TYPE_CHECKING:
    from engine.models.card import ModelCard
    from engine.models.importing import PreparedImport
    from engine.models.library import Entry


def summary(entry: "Entry") -> dict[str, Any]:
    """A model as one JSON object; measures are those of exactly its weights."""
    card = entry.card
    document: dict[str, Any] = {
        "name": entry.name,
        "origin": entry.origin,
        "files": [str(path) for path in entry.files()],
        "broken": entry.broken,
    }
    if card is not None:
        document |= {
            "version": card.version,
            "classes": list(card.class_set.names),
            "licence": card.licence,
            "parameters": card.parameters,
            "measurements": [m.model_dump(mode="json") for m in card.current_measurements()],
        }
    return document


def facts(card: "ModelCard") -> dict[str, str]:
    """What a card says, by field, in words."""
    norm = card.normalisation
    facts = {
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
            "guessed": ", ".join(card.foreign.guessed),
            "imported from": f"{card.foreign.file}, {card.foreign.file_hash}",
        }
    facts |= {
        "network": f"{card.family}, {card.parameters:,} parameters, {card.precision}",
        "trained on": ", ".join(card.training_data),
        "teacher": card.teacher or "",
        "parent": card.parent or "",
        "licence": card.licence,
    }
    return {field: value for field, value in facts.items() if value}


def size(card: "ModelCard") -> str:
    """The size of frames that a model takes, in words."""
    if card.input.fixed is not None:
        return "{}×{}".format(*card.input.fixed)
    return f"any size; shorter side {card.input.short_side}, in steps of {card.input.multiple}"


def _numbers(triple: tuple[float, float, float]) -> str:
    one = len(set(triple)) == 1
    return f"{triple[0]:g}" if one else ", ".join(f"{number:g}" for number in triple)


def print_understood(prepared: "PreparedImport", clip: str) -> None:
    """What was understood of a model, with the reason for each field, and what it makes of a picture."""
    card, guessed = prepared.card, prepared.card.foreign.guessed if prepared.card.foreign is not None else ()
    table = Table("field", Column("value", overflow="fold"), "how", title=f"{card.name}, as it was understood")
    for field, value in facts(card).items():
        if field == "guessed":
            continue
        note = prepared.notes.get(field, "")
        table.add_row(
            field, *(escape(shown(text)) for text in (value, f"guessed: {note}" if field in guessed else note))
        )
    Console().print(table)
    found = Table("class", "share")
    for name, share in prepared.shares().items():
        found.add_row(escape(shown(name)), f"{share:.1%}")
    say = Console(soft_wrap=True, highlight=False)
    say.print(f"run on a picture of {shown(clip)} in {prepared.preview.inference_ms:.0f} ms:", markup=False)
    say.print(found)


def write_picture(prepared: "PreparedImport", path: Path) -> None:
    """Write the preview with its masks over it as a PNG. Raises ExportError."""
    from PIL import Image

    from engine.atomic import atomic_write
    from engine.errors import ExportError
    from engine.overlay import blend

    picture = blend(prepared.frame, prepared.preview.mask, prepared.card.class_set.palette())
    try:
        with atomic_write(path, durable=False) as temporary:
            Image.fromarray(picture).save(temporary, format="PNG")
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error}; choose another --preview-out") from error
