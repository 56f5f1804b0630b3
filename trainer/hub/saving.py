"""Giving a Hugging Face model back as transformers reads it, seen from outside: a child process writes it."""

import shutil
import tempfile
from pathlib import Path

from engine.children import last_line, python, run
from engine.errors import Cancelled, ModelError, OccupiedError
from engine.models.bundle import read_peer_card
from engine.networks import need_packages
from engine.progress import CancelCheck, never
from trainer.hub.checkpoint import FAMILY


def save_pretrained(onnx: Path, folder: Path, *, cancelled: CancelCheck = never) -> list[str]:
    """Write `config.json`, `model.safetensors`, `preprocessor_config.json` and a README of a bundle into `folder`.

    onnx: of a bundle that was imported from Hugging Face, or trained from one. folder: made; where it is there it must
    be empty. Returns the files' names. Raises ModelError for another kind of model, OccupiedError, Cancelled; nothing
    is written then.
    """
    weights = onnx.with_name(f"{onnx.name.removesuffix('.onnx')}.safetensors")
    if not weights.is_file():
        raise ModelError(
            f"{onnx} has no {weights.name} beside it, and a graph alone cannot be saved so; take a model that was "
            "imported from Hugging Face"
        )
    card = read_peer_card(weights)
    if card.family != FAMILY:
        raise ModelError(
            f"{card.name} is a {card.family} network, which transformers does not know; only models that were imported "
            "from Hugging Face, or trained from such, can be saved so"
        )
    need_packages(card.family)
    folder = folder.absolute()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OccupiedError(f"{folder} is not empty; nothing was changed. Choose another folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        try:
            _write(weights, made, cancelled)
            names = sorted(path.name for path in made.iterdir())
            if folder.exists():
                folder.rmdir()
            made.chmod(0o755)
            made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error}; free some space or check its rights") from error
    return names


def _write(weights: Path, made: Path, cancelled: CancelCheck) -> None:
    def look() -> None:
        if cancelled():
            raise Cancelled

    child = run(python("-m", "trainer.hub.saver", str(weights), str(made)), look=look)
    if child.status != 0:
        raise ModelError(f"{weights} could not be saved: {last_line(child.notes) or 'its process ended'}; try again")
