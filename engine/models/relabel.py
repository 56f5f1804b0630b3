"""Other names and colours for the classes of a model: what the ids mean to people, and not what the network does."""

from collections.abc import Sequence
from pathlib import Path

from engine.errors import ModelError
from engine.models.bundle import read_card, write_card
from engine.models.card import ModelCard
from engine.models.classes import ClassSet, SegmentClass

_LONGEST = 80
_STATED = "classes"


def why_not_named(names: Sequence[str]) -> str | None:
    """Why classes cannot be called that, in a sentence that says which; None where they can."""
    known: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if not name.strip():
            return f"Class {place} has no name; every class needs one."
        if len(name) > _LONGEST:
            return f"The name of class {place} is {len(name)} characters long; at most {_LONGEST} are possible."
        if name in known:
            return f"Classes {known[name]} and {place} are both called {name}; every class needs a name of its own."
        known[name] = place
    return None


def relabelled(card: ModelCard, classes: Sequence[SegmentClass]) -> ModelCard:
    """The card with other names and colours for its classes, in the order of their ids; what was measured stays.

    Raises ModelError where there are not as many, or a name is empty or there twice.
    """
    before, names = card.class_set.names, [entry.name for entry in classes]
    if len(names) != len(before):
        raise ModelError(f"{card.name} has {len(before)} classes, and {len(names)} were named; name all of them")
    if (why := why_not_named(names)) is not None:
        raise ModelError(f"{card.name}: {why}")
    now = dict(zip(before, names, strict=True))
    measured = tuple(
        each.model_copy(update={"by_class": {now.get(name, name): value for name, value in each.by_class.items()}})
        for each in card.measurements
    )
    foreign = card.foreign
    if foreign is not None:
        guessed = tuple(field for field in foreign.guessed if field != _STATED)
        foreign = foreign.model_copy(update={"guessed": guessed})
    class_set = ClassSet(name=card.class_set.name, classes=tuple(classes))
    return card.model_copy(update={"class_set": class_set, "measurements": measured, "foreign": foreign})


def relabel(path: Path, classes: Sequence[SegmentClass]) -> ModelCard:
    """Write other names and colours into the card of the bundle at `path`, its `.onnx`; graph and weights stay.

    Each file is replaced atomically, the `.onnx` last: until then the model is as it was. Whoever runs it goes on.
    Raises ModelError as `relabelled` does, where the model is damaged, and where it cannot be written.
    """
    card = relabelled(read_card(path), classes)
    try:
        write_card(path.with_name(path.name.removesuffix(".onnx")), card)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be changed: {error}; free some space, check its rights, or end what uses it"
        ) from error
    return card
