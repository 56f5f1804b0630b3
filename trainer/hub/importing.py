"""Taking a Hugging Face model in, seen from outside: a child process does it, and the library takes what it made.

What comes out is a bundle like any other. The child is of the kind that `engine.importing.prepare` starts, since it may
take long, eat memory or crash; torch and transformers are in it alone.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.atomic import write_text
from engine.errors import ModelError
from engine.importing.plan import Stated
from engine.importing.prepare import (
    MEMORY_MB,
    Asked,
    Child,
    PreparedImport,
    prepare_import,
    prepared_by,
    preview_frame,
)
from engine.models.library import Library
from engine.networks import need_packages
from engine.progress import CancelCheck, never
from trainer.hub.checkpoint import FAMILY, read_checkpoint
from trainer.hub.origin import hub_name, model_folder

HUB_MEMORY_MB = 12_000
"""Memory, in units of 1,000,000 bytes, that taking in such a model may take unless more is allowed."""
SECONDS = 3600.0
"""How long that may take, fetching included."""

STAGE, FETCHED = "stage.json", "fetched"
"""Names in the child's working folder: what it does now, and the folder that it fetches into."""

Tell = Callable[[str], None]
"""Called with what is being done, in words, whenever that changes."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the child does, in words. total: bytes that it fetches meanwhile, 0 where it fetches nothing."""

    says: str
    total: int


def is_hub_model(text: str | Path) -> bool:
    """Whether `text` means a Hugging Face model: its folder, or its name there. Looks at the disk."""
    return model_folder(text) is not None or hub_name(text) is not None


def prepare_hub_import(
    model: str | Path,
    *,
    name: str,
    library: Library,
    licence: str | None = None,
    frame: NDArray[np.uint8] | None = None,
    memory_mb: int = HUB_MEMORY_MB,
    seconds: float = SECONDS,
    cancelled: CancelCheck = never,
    tell: Tell = lambda text: None,
) -> PreparedImport:
    """Take in a Hugging Face model for semantic segmentation; nothing is in the library before `add`.

    model: its folder, or its name on Hugging Face, from where it is fetched. name: what it is to be called. licence:
    for the card, None for what the model says. frame: picture of the preview, uint8 (H, W, 3); None for one of the
    bundled clip. memory_mb, seconds: what the child may take. cancelled: asked often; once it says so, the child is
    killed and Cancelled is raised. tell: see Tell.

    Any thread may call it. Raises ModelError that names the model, the reason and the remedy; then nothing is left.
    """
    library.refuse_name(name)
    folder = model_folder(model)
    what = str(folder or hub_name(model) or "")
    if not what:
        raise ModelError(
            f"{model} is no folder with a config.json, and no name of a model on Hugging Face such as "
            "nvidia/segformer-b0-finetuned-cityscapes-512-1024; check it"
        )
    need_packages(FAMILY)
    if folder is not None:
        read_checkpoint(folder)  # what cannot be taken in is refused at once, without a child
    picture = np.ascontiguousarray(preview_frame() if frame is None else frame)
    request = Asked(name=name, licence=licence, frame=(picture.shape[0], picture.shape[1]))
    said = ""

    def look(working: Path) -> None:
        nonlocal said
        text = _words(working)
        if text and text != said:
            said = text
            tell(text)

    child = Child(("-m", "trainer.hub.child", what), what, memory_mb, seconds, {})
    return prepared_by(child, request, library, picture, cancelled, look)


def prepare_any_import(
    model: str | Path,
    *,
    name: str,
    library: Library,
    stated: Stated | None = None,
    licence: str | None = None,
    frame: NDArray[np.uint8] | None = None,
    memory_mb: int | None = None,
    cancelled: CancelCheck = never,
    tell: Tell = lambda text: None,
) -> PreparedImport:
    """`prepare_import` for an `.onnx`, `prepare_hub_import` for a Hugging Face model.

    memory_mb: None for what is usual of its kind. Raises ModelError, also where something is stated of a Hugging Face
    model; Cancelled.
    """
    if not is_hub_model(model):
        return prepare_import(
            model,
            name=name,
            library=library,
            stated=stated,
            licence=licence,
            frame=frame,
            memory_mb=memory_mb or MEMORY_MB,
            cancelled=cancelled,
        )
    if stated not in (None, Stated()):
        raise ModelError(
            f"{model} is a Hugging Face model, whose own files say all there is to say; state nothing but --name and "
            "--licence"
        )
    return prepare_hub_import(
        model,
        name=name,
        library=library,
        licence=licence,
        frame=frame,
        memory_mb=memory_mb or HUB_MEMORY_MB,
        cancelled=cancelled,
        tell=tell,
    )


def stage(says: str, total: int = 0) -> None:
    """Say what is done now. In the child, in its working folder. total: bytes that are fetched."""
    write_text(Path(STAGE), json.dumps({"says": says, "total": total}), durable=False)


def _words(working: Path) -> str:
    """What the child does now, in words; "" where it has not said."""
    try:
        found = _Stage(**json.loads((working / STAGE).read_text(encoding="utf-8")))
        if not found.total:
            return found.says
        fetched = sum(path.stat().st_size for path in (working / FETCHED).rglob("*") if path.is_file())
    except (OSError, ValueError):
        return ""
    return f"{found.says}, {min(fetched, found.total) / 1e6:.0f} of {found.total / 1e6:.0f} MB"
