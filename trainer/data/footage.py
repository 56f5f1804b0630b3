"""The frames that windows may show, as an offline teacher goes through them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trainer.data.window import Image


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip, or a set of single images.

    keys: of every frame, its name among all that are learnt from. wanted: the places of those that windows may show.
    consecutive: whether neighbours follow each other in time. read: gives the frames at places that ascend.
    """

    keys: Sequence[str]
    wanted: Sequence[int]
    consecutive: bool
    read: Callable[[Sequence[int]], Iterable[Image]]
