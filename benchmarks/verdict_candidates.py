"""What is put up against the verdict: masks that only look steadier, and masks that are.

Each candidate makes masks of a whole span from what `Shown` has: its own masks, uint8 (h, w), a frame each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.warp import fill_from_nearest
from engine.measures.pair import to_size
from engine.models.classes import VOID
from engine.tasks.semantic import majority

Mask = NDArray[np.uint8]
Masks = list[Mask]


@dataclass(frozen=True)
class Shown:
    """One span as candidates see it: the baseline's masks, those of other methods by name, and the classes' names."""

    baseline: Masks
    others: dict[str, Masks]
    names: Sequence[str]


@dataclass(frozen=True)
class Candidate:
    """name: as the table has it. make: its masks. honest: whether it is to pass where it is steadier.

    change: of one that changes each frame's mask by itself, that of a frame, and of whose masks.
    """

    name: str
    make: Callable[[Shown], Masks]
    honest: bool = False
    change: tuple[Callable[[Mask, Shown], Mask], str] | None = None

    def acts(self, shown: Shown) -> bool:
        """Whether it changes 0.05 % of the pixels of every seventh frame: what is not there cannot be lost."""
        if self.change is None:
            return True
        change, of = self.change
        masks = _of(shown, of)[::7]
        changed = sum(int(np.count_nonzero(change(mask, shown) != mask)) for mask in masks)
        return changed >= _ACTS * sum(mask.size for mask in masks)


@dataclass
class _List:
    made: list[Candidate] = field(default_factory=list)

    def each(self, name: str, of: str, change: Callable[[Mask, Shown], Mask]) -> None:
        """One that changes each frame's mask by itself."""
        make = lambda shown: [change(mask, shown) for mask in _of(shown, of)]  # noqa: E731
        self.made.append(Candidate(f"{name} of {of}", make, change=(change, of)))

    def whole(self, name: str, of: str, change: Callable[[Masks], Masks]) -> None:
        """One that changes the masks of the span."""
        self.made.append(Candidate(f"{name} of {of}", lambda shown: change(_of(shown, of))))


_ACTS = 0.0005
SIX, MIRRORED, STRAIGHT = "six views", "two views", "three views"
"""Means of views that are honest methods, only dear ones."""

METHODS_OF_HARM = (
    "constant({})",
    "frozen({})",
    "blurred({})",
    "ema({}, alpha=0.5)",
    "ema({}, alpha=0.7)",
    "ema({}, alpha=0.9)",
    "median({}, n=3)",
    "median({}, n=5)",
    "hold({}, n=2)",
    "hold({}, n=3)",
    "propagate({}, every=2)",
    "propagate({}, every=5)",
    "propagate({}, every=10)",
)
HONEST_METHODS = ("ema({}, alpha=0.1)", "ema({}, alpha=0.2)")
VIEWS = {SIX: (0, 1, 2, 3, 4, 5), MIRRORED: (0, 1), STRAIGHT: (0, 2, 4)}
"""Which of `engine.verdict.views.VIEWS` each mean is of."""


def candidates(names: Sequence[str], baseline: str) -> list[Candidate]:
    """All of them for the classes `names`: each harm done to the baseline's masks, and to the better ones of six views,
    where it can hide behind what those gain.
    """
    kinds = _List()
    for of in ("baseline", SIX):
        _of_classes(kinds, of, names)
        _of_shape(kinds, of)
        _of_time(kinds, of)
    harmful = [_method(each.format(baseline)) for each in METHODS_OF_HARM]
    honest = [_method(each, honest=True) for each in VIEWS]
    honest += [_method(each.format(baseline), honest=True) for each in HONEST_METHODS]
    honest += [
        Candidate(f"majority of 3 × 3 of {SIX}", lambda shown: [majority(mask, 3) for mask in _of(shown, SIX)], True),
        Candidate(f"majority of 5 × 5 of {SIX}", lambda shown: [majority(mask, 5) for mask in _of(shown, SIX)], True),
        Candidate(f"specks filled of {SIX}", lambda shown: [without_small(mask, 8) for mask in _of(shown, SIX)], True),
    ]
    return [*harmful, *kinds.made, *honest]


def _of_classes(kinds: _List, of: str, names: Sequence[str]) -> None:
    for class_id, name in enumerate(names):
        kinds.each(f"{name} dropped", of, lambda mask, _, c=class_id: filled(mask, mask == c))
    for name in ("pole", "sign", "pedestrian", "car", "bicyclist"):
        if name not in names:
            continue
        c = list(names).index(name)
        kinds.each(f"smallest 45 % of {name}", of, lambda mask, _, c=c: filled(mask, smallest(mask, c, 0.45)))
        kinds.each(f"{name} under 200 px dropped", of, lambda mask, _, c=c: filled(mask, small(mask, c, 200)))
        kinds.each(f"{name} grown by 4 px", of, lambda mask, _, c=c: grown(mask, c, 4))
        kinds.each(f"{name} shrunk by 2 px", of, lambda mask, _, c=c: filled(mask, rim(mask, c, 2)))


def _of_shape(kinds: _List, of: str) -> None:
    for pixels in (50, 100, 400):
        kinds.each(f"all under {pixels} px removed", of, lambda mask, _, n=pixels: without_small(mask, n))
    for times in (2, 4):
        kinds.each(f"1/{times} of the resolution", of, lambda mask, _, n=times: coarse(mask, n))
    kinds.each("majority of 15 × 15", of, lambda mask, _: majority(mask, 15))
    for name in ("car", "pedestrian", "sign"):
        kinds.each(f"a painted {name}", of, lambda mask, shown, name=name: painted(mask, shown.names, name))


def _of_time(kinds: _List, of: str) -> None:
    for frames in (1, 2):
        kinds.whole(f"{frames} late", of, lambda masks, n=frames: [masks[max(0, i - n)] for i in range(len(masks))])
    kinds.whole("every second one 1 late", of, lambda masks: [masks[max(0, i - i % 2)] for i in range(len(masks))])
    kinds.whole("changes shown from their second frame on", of, stubborn)
    kinds.whole("what changes is void", of, hidden)


# ---- what is done to masks


def filled(mask: Mask, gone: NDArray[np.bool_]) -> Mask:
    """The mask with what is gone replaced by the nearest that is not."""
    return fill_from_nearest(mask, ~gone)


def pieces(mask: Mask, class_id: int) -> tuple[Mask, NDArray[np.int32]]:
    """Connected components of a class: their numbers on the mask, 0 for none, and their areas by number."""
    _, numbered, stats, _ = cv2.connectedComponentsWithStats((mask == class_id).view(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = np.iinfo(np.int32).max
    return numbered, areas


def small(mask: Mask, class_id: int, pixels: int) -> NDArray[np.bool_]:
    """Where a class stands in components of fewer pixels."""
    numbered, areas = pieces(mask, class_id)
    return (areas < pixels)[numbered]


def smallest(mask: Mask, class_id: int, share: float) -> NDArray[np.bool_]:
    """The smallest components of a class, as many as make up at most a share of its area."""
    numbered, areas = pieces(mask, class_id)
    order = np.argsort(areas[1:]) + 1
    gone = np.zeros(len(areas), bool)
    gone[order[np.cumsum(areas[order]) <= share * areas[1:].sum()]] = True
    return gone[numbered]


def without_small(mask: Mask, pixels: int) -> Mask:
    """The mask without any component of fewer pixels, of whatever class."""
    gone = np.zeros(mask.shape, bool)
    for class_id in np.unique(mask):
        gone |= small(mask, int(class_id), pixels)
    return filled(mask, gone)


def grown(mask: Mask, class_id: int, pixels: int) -> Mask:
    """A class laid over what is within so many pixels of it."""
    around = np.ones((2 * pixels + 1,) * 2, np.uint8)
    return np.where(cv2.dilate((mask == class_id).view(np.uint8), around) > 0, class_id, mask).astype(np.uint8)


def rim(mask: Mask, class_id: int, pixels: int) -> NDArray[np.bool_]:
    """What a class has within so many pixels of its border."""
    around = np.ones((2 * pixels + 1,) * 2, np.uint8)
    here = (mask == class_id).view(np.uint8)
    return (here > 0) & (cv2.erode(here, around) == 0)


def coarse(mask: Mask, times: int) -> Mask:
    """The mask at a fraction of its resolution."""
    height, width = mask.shape
    return to_size(to_size(mask, width // times, height // times), width, height)


def painted(mask: Mask, names: Sequence[str], name: str) -> Mask:
    """A rectangle of a class in the same place of every frame, in the lower middle."""
    made = mask.copy()
    height, width = mask.shape
    made[int(0.6 * height) : int(0.72 * height), int(0.45 * width) : int(0.51 * width)] = list(names).index(name)
    return made


def stubborn(masks: Masks) -> Masks:
    """A pixel changes where it has been the same for two frames."""
    made = [masks[0]]
    for before, now in pairwise(masks):
        made.append(np.where(before == now, now, made[-1]).astype(np.uint8))
    return made


def hidden(masks: Masks) -> Masks:
    """A pixel that is not what it was a frame ago is of no class."""
    rest = [np.where(before == now, now, VOID).astype(np.uint8) for before, now in pairwise(masks)]
    return [masks[0], *rest]


def _of(shown: Shown, of: str) -> Masks:
    return shown.baseline if of == "baseline" else shown.others[of]


def _method(name: str, *, honest: bool = False) -> Candidate:
    return Candidate(name, lambda shown: shown.others[name], honest)
