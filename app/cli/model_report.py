"""What `steadymask models` says of a model: as JSON, as tables, as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app.cli.terminal import shown
from app.models.facts import facts

if TYPE_CHECKING:
    from engine.atomic import Placing
    from engine.importing.prepare import PreparedImport
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
            "task": card.task,
            "summary": card.summary,
            "classes": list(card.class_set.names),
            "licence": card.licence,
            "parameters": card.parameters,
            "measurements": [m.model_dump(mode="json") for m in card.current_measurements()],
        }
    return document


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


def write_picture(prepared: "PreparedImport", path: Path, placing: "Placing") -> None:
    """Write the preview with its masks over it as a PNG. placing: what may be replaced. Raises ExportError."""
    from PIL import Image

    from engine.atomic import atomic_write
    from engine.errors import ExportError
    from engine.results.overlay import blend

    picture = blend(prepared.frame, prepared.preview.mask, prepared.card.class_set.palette())
    try:
        with atomic_write(path, durable=False, placing=placing) as temporary:
            Image.fromarray(picture).save(temporary, format="PNG")
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error}; choose another --preview-out") from error
