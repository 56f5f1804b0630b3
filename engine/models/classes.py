"""Class sets: ordered class names with their colours."""

from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import ModelError, UnknownNameError
from resources import CLASS_SETS

VOID = 255
"""Label value that stands for "no class here"; it is left out of every measure that needs labels."""


class SegmentClass(BaseModel):
    """One class: its name and its colour as `#rrggbb`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

    @property
    def rgb(self) -> tuple[int, int, int]:
        """(red, green, blue), 0..255."""
        value = int(self.colour[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


class ClassSet(BaseModel):
    """Ordered classes; a class's id is its position. At most 255, since 255 is void."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    classes: Annotated[tuple[SegmentClass, ...], Field(min_length=1, max_length=255)]

    @model_validator(mode="after")
    def _names_differ(self) -> "ClassSet":
        if len(set(self.names)) != len(self.classes):
            raise ValueError(f"class names must differ, got {', '.join(self.names)}")
        return self

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in the order of their ids."""
        return tuple(entry.name for entry in self.classes)

    def palette(self) -> NDArray[np.uint8]:
        """Colours by class id, uint8 (256, 3) RGB; ids outside the set are black."""
        table = np.zeros((256, 3), np.uint8)
        table[: len(self.classes)] = [entry.rgb for entry in self.classes]
        return table


def bundled_class_set(name: str) -> ClassSet:
    """Return the class set `name` from `resources/class_sets`. Raises UnknownNameError if there is none."""
    path = CLASS_SETS / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in CLASS_SETS.glob("*.json")))
        raise UnknownNameError(f"there is no class set {name!r}; bundled class sets: {known}")
    return read_class_set(path)


def read_class_set(path: Path) -> ClassSet:
    """Read a class set from a JSON file. Raises ModelError that names the file and the field."""
    try:
        return ClassSet.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelError(f"{path} is not a class set: {error}") from error
