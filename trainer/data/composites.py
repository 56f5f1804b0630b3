"""Windows of people over moving backgrounds: made from the learnt portraits, with true mattes and exact motion."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engine.datasets.base import Dataset, ImageClip
from engine.datasets.composites import Portraits, TrainingComposites, backdrops_of
from engine.models.classes import VOID, ClassSet
from engine.storage.places import cache_folder
from engine.video.images import DEFAULT_RATE
from trainer.data.targets import matte_target
from trainer.data.window import Window
from trainer.recipe.samples import CompositesPart

_MANY = 1 << 20
"""Windows that there are, by seed."""
_SURE = 0.05
"""As near to 0 or to 1 alpha is taken for a label; between them only the matte says what is there."""
_WHOLE = 255


class CompositeWindows:
    """Composites by number; the same number is the same window, of `length` frames."""

    def __init__(self, composites: TrainingComposites) -> None:
        self._composites = composites

    def __len__(self) -> int:
        return _MANY

    def window(self, index: int, random: np.random.Generator) -> Window:
        """Window `index`; nothing is drawn from `random`. Raises as TrainingComposites does."""
        frames = self._composites[index]
        labels, mattes = [], []
        for frame in frames:
            assert frame.alpha is not None
            sure = (frame.alpha <= _SURE) | (frame.alpha >= 1 - _SURE)
            labels.append(np.where(sure, frame.alpha >= 0.5, VOID).astype(np.uint8))
            mattes.append(matte_target(np.rint(frame.alpha * _WHOLE).astype(np.uint8)))
        return Window(
            tuple(frame.rgb for frame in frames),
            tuple(float(frame.index / DEFAULT_RATE) for frame in frames),
            tuple(labels),
            tuple(frame.motion for frame in frames[1:]),
            mattes=tuple(mattes),
        )


def composites_of(
    part: CompositesPart,
    clips: Sequence[ImageClip],
    class_set: ClassSet,
    root: Path,
    length: int,
    between: Callable[[], None],
) -> CompositeWindows:
    """Those of the people in `clips`, whose labels say 1 where they are; portraits and backgrounds that are not kept
    yet are made first, half a second each.

    root: the dataset's folder, which the backgrounds' paths may be relative to. length: frames of a window. between:
    called after each of them; what it raises is raised here. Raises DatasetError for what cannot be
    read or placed, or without pymatting; VideoError for a background; ExportError where the disk cannot take it.
    """

    def asked() -> bool:
        between()
        return False

    folder = cache_folder() / "composites"
    people = []
    for clip in clips:
        dataset = Dataset(clip.name, "train", class_set, (clip,), binary=True)
        people.append(Portraits(dataset, folder / "portraits"))
    for portraits in people:
        portraits.make_all(cancelled=asked)
    streets = range(part.first_seed, part.first_seed + part.streets)
    # A path that is whole stays so.
    backgrounds = [root / clip for clip in part.backgrounds]
    backdrops = backdrops_of(backgrounds, streets, folder / "backdrops", cancelled=asked)
    made = TrainingComposites(people, backdrops, part.size, length, part.gap, part.still, part.closest, part.grain)
    return CompositeWindows(made)
