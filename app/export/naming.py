"""Names of the folders that results go to: what of which clip, by which method. No Qt."""

import re
from collections.abc import Iterable
from pathlib import Path

from engine.errors import UnknownNameError
from engine.methods import parse_method

_MOST = 120  # characters, well below what file systems allow
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def method_name(method: str) -> str:
    """A method as a name that can stand in a file's: of a model's path the file's own name, without its suffix."""
    try:
        model = parse_method(method).model
    except UnknownNameError:
        return method
    return method.replace(model, Path(model).stem or model) if Path(model).name != model else method


def folder_name(parts: Iterable[str]) -> str:
    """The parts with a space between them, as every file system takes them."""
    name = _UNFIT.sub("-", " ".join(part for part in parts if part))
    return name[:_MOST].rstrip(" .") or "results"
