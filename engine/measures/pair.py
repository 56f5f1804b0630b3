"""What two neighbouring masks have in common along the motion between them."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.flow.warp import warp
from engine.measures.iou import mean_iou, overlaps
from engine.models.classes import VOID

Split = Literal["static", "moving", "boundary"]
SPLITS: tuple[Split, ...] = ("static", "moving", "boundary")

BOUNDARY_PX = 3
"""Half the width of the boundary band, pixels of the measured size."""
MOVING_PX = 1.0
"""From this length of flow on a pixel moves, pixels of the measured size."""

_MOVING, _BOUNDARY, _VISIBLE = 1, 2, 4
_REGIONS = 8


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Pixel counts of one pair of frames.

    counts: int64 (8, C+1, C+1), [region, class before, class now], the class before being that of the warped previous
    mask; the last row and column hold ids outside the class set. region: the sum of 1 where the pixel moves
    (|backward flow| ≥ 1 px), 2 in the boundary band (within 3 px of a class border in either mask), 4 where visible.
    changed: bool (h, w), where a visible pixel has another class than before. has_splits: whether moving pixels and the
    boundary band were told apart; else the first two count for nothing.
    soft_flicker, soft_change: of mattes, see `engine.measures.soft.pair_changes`; None for all else.
    """

    counts: NDArray[np.int64]
    changed: NDArray[np.bool_]
    has_splits: bool = True
    soft_flicker: float | None = None
    soft_change: float | None = None

    @property
    def classes(self) -> int:
        """C, the number of classes."""
        return self.counts.shape[1] - 1

    def pairs(self, *, visible: bool = True, split: Split | None = None) -> NDArray[np.int64]:
        """(C+1, C+1) counts [before, now]. visible: visible pixels alone. split: of one part of the picture alone.

        Raises ValueError for a split that was not counted.
        """
        if split is not None and not self.has_splits:
            raise ValueError(f"the {split} pixels of this pair were not counted by themselves")
        chosen = [
            region for region in range(_REGIONS) if (region & _VISIBLE or not visible) and _belongs(region, split)
        ]
        return np.asarray(self.counts[chosen].sum(axis=0), np.int64)

    def flicker(self, split: Split | None = None) -> float | None:
        """Share of visible pixels whose class differs from the warped previous class, 0..1; None where none is."""
        return flicker_of(self.pairs(split=split))

    def flicker_by_class(self) -> NDArray[np.float64]:
        """The same among the pixels that were of each class before, (C,); nan where none was."""
        same, before, _ = overlaps(self.pairs())
        return flickers(same, before)

    def tc(self, *, visible: bool = True, split: Split | None = None) -> float | None:
        """Mean IoU of the warped previous mask with this one over the classes that occur, 0..100."""
        return tc_of(self.pairs(visible=visible, split=split))


def count_pair(
    before: NDArray[np.uint8],
    now: NDArray[np.uint8],
    motion: Motion,
    classes: int,
    *,
    void_is_unseen: bool = False,
    splits: bool = True,
) -> PairCounts:
    """Compare two masks, uint8 (H, W) of any size, at the size of `motion`; both are brought there by nearest.

    void_is_unseen: pixels that are void (255) in either mask are not visible and not counted anywhere: for labels made
    by people. Elsewhere an id outside the class set is a class of its own, which scores for no class. splits: tell
    moving pixels and the boundary band apart as well.
    """
    width, height = motion.size
    then = np.asarray(warp(to_size(before, width, height), motion.backward), np.uint8)
    mask = to_size(now, width, height)
    region = motion.visible.view(np.uint8) * np.uint8(_VISIBLE)
    if splits:
        length = cv2.magnitude(*cv2.split(motion.backward))
        region |= (length >= MOVING_PX).view(np.uint8) * np.uint8(_MOVING)
        region |= _near_border(mask, then) * np.uint8(_BOUNDARY)
    changed = (then != mask) & motion.visible
    counted = None
    if void_is_unseen:
        seen = (then != VOID) & (mask != VOID)
        counted, changed = seen.view(np.uint8), changed & seen
    bins = [_REGIONS, classes + 1, classes + 1]
    joint = [region, np.asarray(cv2.min(then, classes)), np.asarray(cv2.min(mask, classes))]
    # Floats, which are exact up to 16 million pixels.
    counts = cv2.calcHist(joint, [0, 1, 2], counted, bins, [edge for size in bins for edge in (0, size)])
    return PairCounts(counts.astype(np.int64), changed, splits)


def flicker_of(pairs: NDArray) -> float | None:
    """Share of the pixels off the diagonal of [before, now] counts, 0..1."""
    total = pairs.sum()
    return float((total - np.trace(pairs)) / total) if total else None


def tc_of(pairs: NDArray) -> float | None:
    """Mean over the classes that occur of the IoU of [before, now] counts (C+1, C+1), 0..100."""
    mean = mean_iou(*overlaps(pairs))
    return None if mean is None else 100 * mean


def flickers(same: NDArray, before: NDArray) -> NDArray[np.float64]:
    """Of the pixels `before` of each class the share that is not the `same` now, (…, C) in 0..1; nan where none was."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0, (before - same) / before, np.nan)


def to_size(mask: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """A mask at another size, by nearest."""
    if mask.shape == (height, width):
        return mask
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def _belongs(region: int, split: Split | None) -> bool:
    """The three splits overlap: a pixel is either static or moving, and may be near a border as well."""
    if split == "static":
        return not region & _MOVING
    if split == "moving":
        return bool(region & _MOVING)
    return split is None or bool(region & _BOUNDARY)


def _near_border(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 within BOUNDARY_PX of a class border in either mask, else 0; uint8 (h, w)."""
    around = np.ones((2 * BOUNDARY_PX + 1,) * 2, np.uint8)
    gradients = cv2.morphologyEx(cv2.merge((one, other)), cv2.MORPH_GRADIENT, around)
    # The gradients of a pixel lie side by side, so that a number of twice their width is 0 where both are.
    return (gradients.view(np.uint16)[..., 0] > 0).view(np.uint8)
