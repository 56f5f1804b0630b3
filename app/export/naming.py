"""Names of the folders that results go to: what of which clip, by which method. No Qt."""

import re
from collections.abc import Iterable
from pathlib import Path

from engine.errors import UnknownNameError
from engine.methods import parse_method

_STUDENT = "student"  # of a training, as every one calls it
_MOST = 120  # characters, well below what file systems allow
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


def method_name(method: str) -> str:
    """A method as a name that can stand in a file's: of a model's path the file's own name, without its suffix; of the
    student in a run folder that folder's.
    """
    try:
        model = parse_method(method).model
    except UnknownNameError:
        return method
    path = Path(model)
    if path.name == model:
        return method
    return method.replace(model, (path.parent.name if path.stem == _STUDENT else path.stem) or model)


def folder_name(parts: Iterable[str]) -> str:
    """The parts with a space between them, as every file system takes them."""
    name = _UNFIT.sub("-", " ".join(part for part in parts if part))
    return name[:_MOST].rstrip(" .") or "results"
