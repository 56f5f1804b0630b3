"""The models that can be asked for by name."""

from pathlib import Path

from engine.errors import ModelError, UnknownNameError
from engine.models.bundle import read_card
from engine.models.card import ModelCard
from resources import MODELS


def list_models() -> list[ModelCard]:
    """Cards of the bundled models, ordered by name; no session is created."""
    return [read_card(path) for path in sorted(MODELS.glob("*.onnx"))]


def find_model(name: str | Path) -> Path:
    """Return the `.onnx` of a model given by name, or by path.

    Raises UnknownNameError that lists the known names, ModelError for a path where there is no file.
    """
    path = Path(name)
    if path.suffix == ".onnx":
        if not path.is_file():
            raise ModelError(f"there is no model file {path}")
        return path
    bundled = MODELS / f"{name}.onnx"
    if not bundled.is_file():
        known = ", ".join(sorted(p.stem for p in MODELS.glob("*.onnx"))) or "none"
        raise UnknownNameError(
            f"there is no model {str(name)!r}; known models: {known}; or give the path of an .onnx bundle"
        )
    return bundled
