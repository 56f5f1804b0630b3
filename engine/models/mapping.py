"""What the classes of one set stand for in another, so that masks of two models can be compared."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import UnknownNameError
from engine.models.card import ModelCard
from engine.models.classes import VOID, ClassSet
from engine.tasks import task_of

Answers = Iterable[tuple[str, str]]
"""By hand: (class of B, class of A that it stands for, or nothing where it is not compared)."""

_LEAST = 2  # classes; of one alone nothing can differ
_SHOWN = 5
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class ClassView:
    """One model's classes as those that are compared.

    ids: by class id of the model, the place among the classes that are compared; `classes` where it is none of them.
    classes: how many are compared.
    """

    ids: tuple[int, ...]
    classes: int

    @cached_property
    def _table(self) -> NDArray[np.uint8]:
        table = np.full(256, VOID, np.uint8)
        table[: len(self.ids)] = self.ids
        return table

    def of(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A mask, uint8 (h, w), in the classes that are compared; `classes` where the class is not compared, 255 where
        it is none of the model's.
        """
        return np.asarray(cv2.LUT(mask, self._table), np.uint8)

    def fold_areas(self, areas: NDArray) -> NDArray[np.int64]:
        """Pixels by the model's classes, (C,), as pixels by those that are compared, (S,)."""
        return np.bincount(self.ids, areas, self.classes + 1)[: self.classes].astype(np.int64)

    def fold(self, joint: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts [one, other] by the model's classes, (C+1, C+1), as counts by those that are compared, (S+1, S+1).

        The last ids are of no class, and hold what is not compared as well.
        """
        place = np.array((*self.ids, self.classes))
        chosen = np.zeros((len(place), self.classes + 1), np.int64)
        chosen[np.arange(len(place)), place] = 1
        return np.asarray(chosen.T @ joint @ chosen, np.int64)


@dataclass(frozen=True)
class ClassMapping:
    """For every class of B the class of A that it stands for, or none: it is not compared.

    a, b: the names of both sets, in the order of their ids. stands_for: by class id of B, the id in A or None. Several
    classes of B may stand for one of A. Classes of A that nothing stands for are not compared either.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    stands_for: tuple[int | None, ...]

    @classmethod
    def by_name(cls, a: ClassSet, b: ClassSet) -> "ClassMapping":
        """Classes of one name stand for one another, whatever the case, and with blanks, `_` and `-` taken as one."""
        if a.names == b.names:
            return cls(a.names, b.names, tuple(range(len(b))))
        return cls(a.names, b.names, tuple(_find(name, a.names) for name in b.names))

    @classmethod
    def of_cards(cls, a: ModelCard, b: ModelCard) -> "ClassMapping":
        """By name; what two mattes are of stands for one another, whatever it is called."""
        both = task_of(a.task).soft and task_of(b.task).soft
        mapping = cls.by_name(a.class_set, b.class_set)
        return cls(mapping.a, mapping.b, tuple(range(len(mapping.b)))) if both else mapping

    def answered(self, answers: Answers) -> "ClassMapping":
        """The mapping with other answers for some classes of B. Raises UnknownNameError for an unknown class."""
        stands_for = list(self.stands_for)
        for theirs, ours in answers:
            place = _known(theirs, self.b, "B")
            stands_for[place] = _known(ours, self.a, "A") if ours.strip() else None
        return ClassMapping(self.a, self.b, tuple(stands_for))

    @property
    def answers(self) -> dict[str, str]:
        """By class of B, the class of A; nothing where it is not compared."""
        return {
            name: "" if place is None else self.a[place] for name, place in zip(self.b, self.stands_for, strict=True)
        }

    @cached_property
    def shared(self) -> tuple[int, ...]:
        """Ids in A of the classes that are compared, growing."""
        return tuple(sorted({place for place in self.stands_for if place is not None}))

    @property
    def names(self) -> tuple[str, ...]:
        """A's names of the classes that are compared."""
        return tuple(self.a[place] for place in self.shared)

    @property
    def compared(self) -> int:
        """How many classes of B are compared."""
        return sum(place is not None for place in self.stands_for)

    @property
    def left_out(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the classes of A, and of B, that are not compared."""
        ours = tuple(name for place, name in enumerate(self.a) if place not in self.shared)
        return ours, tuple(name for name, place in zip(self.b, self.stands_for, strict=True) if place is None)

    @property
    def why_not(self) -> str | None:
        """Why the two cannot be compared, in a sentence; None where they can."""
        if self.is_identity or len(self.shared) >= _LEAST:
            return None
        if self.shared:
            return f"A and B have only the class {self.names[0]} in common, and of one class alone nothing can differ."
        return f"A and B have no class in common: A knows {_listed(self.a)}, and B knows {_listed(self.b)}."

    @property
    def is_identity(self) -> bool:
        """Whether every id means the same in both, so that nothing has to be translated."""
        return len(self.a) == len(self.b) and self.stands_for == tuple(range(len(self.b)))

    @cached_property
    def views(self) -> tuple[ClassView | None, ClassView | None]:
        """What translates masks of A and of B; None where a mask is compared as it is."""
        place = {ours: number for number, ours in enumerate(self.shared)}
        count = len(self.shared)
        ours = tuple(place.get(number, count) for number in range(len(self.a)))
        theirs = tuple(count if each is None else place[each] for each in self.stands_for)
        return _view(ours, count), _view(theirs, count)

    def class_set(self, a: ClassSet) -> ClassSet:
        """The classes that are compared, as A has them. a: A's own set."""
        if self.shared == tuple(range(len(a))):
            return a
        return ClassSet(name=a.name, classes=tuple(a.classes[place] for place in self.shared))

    def uncompared(self, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Where two masks of one size, already translated, hold a class that is not compared."""
        count, nowhere = len(self.shared), np.zeros(a.shape, bool)
        for mask, view in zip((a, b), self.views, strict=True):
            if view is not None:
                nowhere |= mask == count
        return nowhere


def _view(ids: tuple[int, ...], count: int) -> ClassView | None:
    return None if ids == tuple(range(count)) else ClassView(ids, count)


def _plain(name: str) -> str:
    return _BETWEEN_WORDS.sub(" ", name).strip().casefold()


def _find(name: str, names: Sequence[str]) -> int | None:
    """The place of a name: the very same, or else the only one that is alike."""
    if name in names:
        return names.index(name)
    alike = [place for place, each in enumerate(names) if _plain(each) == _plain(name)]
    return alike[0] if len(alike) == 1 else None


def _known(name: str, names: Sequence[str], slot: str) -> int:
    place = _find(name, names)
    if place is None:
        raise UnknownNameError(f"{slot} has no class {name!r}; its classes: {', '.join(names)}")
    return place


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:_SHOWN])}{' and others' * (len(names) > _SHOWN)}"
