"""How a method is called where there is little room. No Qt."""

from pathlib import Path

from engine.errors import UnknownNameError
from engine.methods import parse_method

_STUDENT = "student"  # of a training, as every one calls it


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
