"""Pictures that are learnt again so that nothing is forgotten: a student is held to what a teacher says of them.

They are drawn, so that they can be shipped, and their labels are not looked at: the teacher is the student as it was,
whatever its classes. What is kept is what it does, not what is in the pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from trainer.data.footage import Footage
from trainer.data.streets import StreetWindows
from trainer.data.targets import TargetStore
from trainer.data.virtual import virtual_window
from trainer.data.window import Image, Window
from trainer.recipe import SyntheticPart, VirtualPart


class ReplayWindows:
    """Some pictures, each with what an offline teacher said of it; as views of a moving camera where `part` is given.

    pictures: single ones. targets: of the teacher.
    """

    def __init__(
        self, drawn: SyntheticPart, pictures: StreetWindows, targets: TargetStore, part: VirtualPart | None
    ) -> None:
        self._pictures, self._targets, self._part = pictures, targets, part
        named = drawn.model_dump_json(include={"first_seed", "streets", "frames", "size"})
        self._keys = [f"replay {named} {number}" for number in range(len(pictures))]

    def __len__(self) -> int:
        return len(self._keys)

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`, without labels."""
        picture = self._pictures.window(index, random)
        said = self._targets.get(self._keys[index], picture.size)
        still = replace(picture, labels=(None,), targets=(said,))
        return still if self._part is None else virtual_window(still, self._part, random)

    def footage(self) -> list[Footage]:
        """All pictures."""
        return [Footage(self._keys, range(len(self._keys)), False, self._read)]

    def _read(self, places: Sequence[int]) -> Iterator[Image]:
        draws_nothing = np.random.default_rng()
        return (self._pictures.window(place, draws_nothing).frames[0] for place in places)
