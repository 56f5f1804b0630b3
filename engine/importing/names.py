"""Names and colours for the classes of a third-party network."""

import ast
import json
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from engine.errors import ModelError
from engine.models.classes import ClassSet, SegmentClass
from engine.models.colours import distinct_colours

MAX_CLASSES = 255
BACKGROUND, FOREGROUND = "background", "foreground"

_KEYS = ("names", "classes", "class_names", "labels", "label_names", "id2label", "categories")
_MAX_TEXT = 65_536
_MAX_NAME = 80
_GREY = "#3a3a3a"


def class_set_of(names: Sequence[str]) -> ClassSet:
    """Class set `imported` with distinct colours that are always the same; a class 0 called background is grey.

    Raises ModelError for names that are empty, too long or twice the same.
    """
    try:
        classes = tuple(
            SegmentClass(name=name, colour=colour) for name, colour in zip(names, _colours(names), strict=True)
        )
        return ClassSet(name="imported", classes=classes)
    except ValidationError as error:
        faults = "; ".join(fault["msg"] for fault in error.errors()[:3])
        raise ModelError(
            f"{', '.join(map(repr, names))[:200]} cannot be class names: {faults}; "
            f"give --classes with names of 1 to {_MAX_NAME} characters that differ"
        ) from error


def default_names(count: int) -> tuple[str, ...]:
    """`class 0` to `class C−1`."""
    return tuple(f"class {index}" for index in range(count))


def with_background(names: Sequence[str]) -> tuple[str, ...]:
    """The two names of a network that tells one thing from everything else; one name is that of the thing."""
    return (BACKGROUND, *names) if len(names) == 1 else tuple(names)


def stated_in(metadata: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """Return (key, class names) of the first entry of a file's metadata that holds class names; None for none.

    A JSON or Python list or dictionary by id, or names separated by commas or lines. Longer texts are not looked at.
    """
    by_key = {key.lower(): (key, text) for key, text in metadata.items()}
    for wanted in _KEYS:
        key, text = by_key.get(wanted, (wanted, ""))
        if 0 < len(text) <= _MAX_TEXT and (names := _parsed(text)):
            return key, distinct(names)
    return None


def _parsed(text: str) -> list[str] | None:
    value = _literal(text.strip())
    if value is None:
        parts = (part.strip() for part in text.replace("\n", ",").split(","))
        value = [part for part in parts if part]
    if isinstance(value, dict):
        by_id = {str(key): name for key, name in value.items()}
        if set(by_id) == set(map(str, range(len(by_id)))):
            value = [by_id[str(index)] for index in range(len(by_id))]
        elif set(map(str, by_id.values())) == set(map(str, range(len(by_id)))):  # label2id: the other way round
            value = sorted(by_id, key=lambda name: int(by_id[name]))
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        return None
    return list(value)


def _literal(text: str) -> object:
    """The value that `text` writes as JSON or as a Python literal; None for text of another kind."""
    if text[:1] not in ("[", "{", "("):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """`names` of at most 80 printable characters each, all different."""
    seen: dict[str, None] = {}
    for index, name in enumerate(names):
        clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:_MAX_NAME]
        clean = clean or f"class {index}"
        while clean in seen:
            clean = f"{clean[: _MAX_NAME - 6]} ({index})"
        seen[clean] = None
    return tuple(seen)


def _colours(names: Sequence[str]) -> tuple[str, ...]:
    if names and names[0].lower() == BACKGROUND:
        return (_GREY, *distinct_colours(len(names) - 1))
    return distinct_colours(len(names))
