"""What a person means by a Hugging Face model: a folder, or a name such as `nvidia/segformer-b0`. Looks
at the disk for whether something is there, no further."""

import re
from pathlib import Path

from engine.models.card import cleaned_name

CONFIG = "config.json"

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}(@[\w./-]{1,96})?", re.ASCII)
_SUFFIXES = (".onnx", ".safetensors", ".bin", ".pt", ".pth", ".json")


def model_folder(text: str | Path) -> Path | None:
    """The folder of a Hugging Face model, given by itself or by its `config.json`; None for anything else."""
    path = Path(text)
    if path.name == CONFIG and path.is_file():
        return path.absolute().parent
    return path.absolute() if path.is_dir() and (path / CONFIG).is_file() else None


def hub_name(text: str | Path) -> str | None:
    """The name of a model on Hugging Face, `owner/model` or `owner/model@revision`, that is no path here; else None."""
    name = str(text)
    fits = _NAME.fullmatch(name) is not None and not name.lower().endswith(_SUFFIXES)
    return name if fits and not Path(name).exists() else None


def suggested_name(text: str | Path) -> str:
    """A name for the library, from that of a file, a folder or a model there; "" where nothing of it can be used."""
    path = Path(text)
    if path.name == CONFIG:
        path = path.parent
    name = path.stem if path.suffix.lower() in _SUFFIXES else path.name.partition("@")[0]
    return cleaned_name(name)
