"""Which output of a third-party network tells the class of each pixel, and how it does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.importing.guess import Maker
from engine.importing.names import MAX_CLASSES
from engine.importing.trial import SizeError, axes_of, by_class, channels_of
from engine.models.classes import VOID
from engine.models.wrap import Axes, Layout, Output

_SLACK = 1e-3
"""How far probabilities may leave 0..1: half precision and onnxruntime's fused operators round."""


@dataclass(frozen=True, slots=True)
class SemanticOutput:
    """An output that can be a map of classes.

    values: float64 (C, h, w), what it gave for the test picture. whole: its type holds whole numbers or truth values.
    ids: how many classes its ids were taken from, None where the graph does not show it. others: names of the
    network's other outputs.
    """

    name: str
    axes: Axes
    values: NDArray[np.float64]
    whole: bool
    maker: Maker
    ids: int | None
    others: tuple[str, ...]

    @property
    def channels(self) -> int:
        """Length of its class axis; 1 where it has none."""
        return len(self.values)


def find_output(
    results: Mapping[str, NDArray],
    makers: Mapping[str, Maker],
    size: tuple[int, int],
    layout: Layout,
    classes: int | None,
    stated: str | None = None,
) -> SemanticOutput:
    """Return the first output that can be a map of classes of an input of `size` (width, height).

    One that is there for training, by its name, comes last. stated: the name of the one to take.

    results: what the network gave, by name. makers: of its outputs in their order. layout: of its input, taken where
    an output can be read both ways. classes: how many were stated; an output that fits them comes first.
    Raises SizeError where no output is one, ModelError where none can be one at any size.
    """
    readings: list[tuple[str, Axes, int]] = []
    if stated is not None and stated not in makers:
        raise ModelError(f"the model has no output {stated!r}; give --output-name {' or '.join(makers)}")
    for name in makers:
        if name in results and stated in (None, name):
            shape = results[name].shape
            readings += [(name, axes, channels_of(shape, axes)) for axes in axes_of(shape, *size)]
    names = list(makers)
    fitting = [reading for reading in readings if reading[2] <= MAX_CLASSES]
    if not readings:
        shapes = (
            ", ".join(f"{name} {in_words(results[name].shape)}" for name in names if name in results) or "no numbers"
        )
        raise SizeError(
            f"for an input of {size[0]}×{size[1]} no output of the model is a map of classes ({shapes[:300]}); "
            "export it with its segmentation, classes × height × width, as its first output"
        )
    if not fitting:
        name, _, channels = readings[0]
        raise ModelError(
            f"the model's output {name!r} has {channels} classes; Steadymask tells at most {MAX_CLASSES} apart; "
            "choose a model with fewer"
        )

    def rank(reading: tuple[str, Axes, int]) -> tuple[bool, bool, int, bool]:
        name, axes, channels = reading
        fits = classes is None or channels in (classes, 1)
        return (not fits, _is_beside(name), names.index(name), axes[-1] != layout[-1])

    name, axes, _ = min(fitting, key=rank)
    value, maker = results[name], makers[name]
    ids = None
    if maker.ids_of is not None:
        source, axis = maker.ids_of
        shape = results[source].shape if source in results else ()
        ids = shape[axis] if -len(shape) <= axis < len(shape) else None
    values = by_class(value, axes)
    if not np.isfinite(values).all():
        raise ModelError(
            f"the model's output {name!r} holds values that are not finite for a test picture; give --mean, --std and "
            "--scale as the network was trained with"
        )
    others = tuple(other for other in names if other != name)
    return SemanticOutput(name, axes, values, value.dtype.kind in "iub", maker, ids, others)


def kind_of(found: SemanticOutput, stated: Output | None) -> tuple[Output, str]:
    """Return what the output holds and why. Raises ModelError where it cannot hold what is stated, or none fits."""
    low, high = float(found.values.min()), float(found.values.max())
    shares = low >= -_SLACK and high <= 1 + _SLACK
    whole = bool((found.values == np.round(found.values)).all())
    seen = f"{low:.3g}..{high:.3g} for a test picture"
    if stated is not None:
        _check_stated(stated, found, seen, shares=shares, whole=whole)
        return stated, "stated"
    if found.channels == 1:
        return _kind_of_one(found, seen, shares=shares, whole=whole, ids=whole and (high > 1 or low < high))
    sums = found.values.sum(axis=0)
    if shares and not found.whole and np.allclose(sums, 1, atol=0.01):
        made = "made by a softmax" if found.maker.operator == "Softmax" else f"{seen}"
        return "softmax", f"{found.channels} channels that add up to 1, {made}"
    if shares and not whole:
        raise ModelError(
            f"the model's output {found.name!r} has {found.channels} channels of {seen}, which do not add up to 1; if "
            "each pixel belongs to the one with the highest value, give --output logits"
        )
    return "logits", f"{found.channels} channels of {seen}"


def _kind_of_one(found: SemanticOutput, seen: str, *, shares: bool, whole: bool, ids: bool) -> tuple[Output, str]:
    """kind_of for one channel. ids: it gave whole numbers, and not only zeros or only ones."""
    operator = found.maker.operator
    if operator in ("ArgMax", "Compare"):
        return "classes", "the network chooses a class for each pixel itself"
    if shares and operator in ("Sigmoid", "HardSigmoid"):
        return "sigmoid", "one channel, made by a sigmoid"
    if found.whole or ids:
        return "classes", f"one channel of whole numbers, {seen}"
    if shares:
        return "sigmoid", f"one channel of {seen}" + (", cut from a softmax" if operator == "Softmax" else "")
    return "logits", f"one channel of {seen}: above 0 is the thing"


def refuse_no_matte(found: SemanticOutput, kind: Output) -> None:
    """Raise ModelError where an output is not one channel that can be alpha."""
    if found.channels != 1:
        raise ModelError(
            f"the model's output {found.name!r} has {found.channels} channels, a matte has one; import it without "
            "--task matting"
        )
    if kind == "classes":
        raise ModelError(
            f"the model's output {found.name!r} holds class ids, nothing between 0 and 1; import it without --task "
            "matting"
        )


def count_of(found: SemanticOutput, kind: Output, named: int | None) -> int:
    """Return how many classes there are. named: how many names are stated or noted in the file; None for neither.

    Raises ModelError where nothing tells, and for ids that have no name.
    """
    if kind != "classes":
        return max(2, found.channels)
    if found.ids is not None:
        count = found.ids
    elif found.maker.operator == "Compare":
        count = 2
    elif named is not None:
        count = max(2, named)
    else:
        raise ModelError(
            f"the model's output {found.name!r} holds class ids and nothing in the file says how many classes there "
            "are; give --classes with their names in the order of their ids"
        )
    if count > MAX_CLASSES:
        raise ModelError(
            f"the model has {count} classes; Steadymask tells at most {MAX_CLASSES} apart; choose one with fewer"
        )
    ids = found.values[found.values != VOID]
    if ids.size and ids.max() >= count:
        raise ModelError(
            f"the model's output {found.name!r} gave the class id {ids.max():g} for a test picture, but only "
            f"{count} classes have names; give --classes with all of them"
        )
    return count


def _check_stated(stated: Output, found: SemanticOutput, seen: str, *, shares: bool, whole: bool) -> None:
    """Raise ModelError where `found` cannot hold what is stated."""
    if found.channels == 1 and stated == "softmax":
        raise ModelError(f"the model's output {found.name!r} has one channel, softmax has more; give --output sigmoid")
    if found.channels > 1 and stated in ("sigmoid", "classes"):
        raise ModelError(
            f"the model's output {found.name!r} has {found.channels} channels, {stated} has one; "
            "give --output logits or softmax"
        )
    if stated in ("softmax", "sigmoid") and not shares:
        raise ModelError(
            f"the model's output {found.name!r} holds {seen}, which are no probabilities; give --output logits"
        )
    if stated == "classes" and not whole:
        raise ModelError(
            f"the model's output {found.name!r} holds {seen}, which are no class ids; give --output sigmoid or logits"
        )


def _is_beside(name: str) -> bool:
    """Whether an output is there for training, by its name."""
    return _BESIDE.search(name) is not None


_BESIDE = re.compile(r"aux|boundary|edge|deep_?sup|side_?out|contour", re.IGNORECASE)


def in_words(shape: Sequence[int]) -> str:
    """A shape as it is told: 1×3×32×48."""
    return "×".join(map(str, shape)) or "a single number"
