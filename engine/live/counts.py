"""What is counted of one frame of a slot: pixels by class, at the size that is measured live."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.frame_result import SlotResult
from engine.measures.iou import ious, overlaps
from engine.measures.pair import flicker_of, flickers, tc_of
from engine.models.mapping import ClassView
from engine.segmentation import Segmentation

Measure = Literal["flicker", "soft_flicker", "tc", "inference_ms"]
MEASURES: tuple[Measure, ...] = ("flicker", "soft_flicker", "tc", "inference_ms")
OF_MATTES: frozenset[Measure] = frozenset(("soft_flicker",))
"""Nan for all else."""
BY_CLASS: frozenset[Measure] = frozenset(("flicker", "tc"))
"""Of one class, too; the others are of the whole frame alone."""


class Count(IntEnum):
    """Rows of the counts by class: pixels of a frame at the live size."""

    SAME = 0
    """Visible, of the class now as in the warped mask before."""
    BEFORE = 1
    """Visible, of the class before."""
    NOW = 2
    """Visible, of the class now."""
    AREA = 3
    """Of the class, visible or not."""
    UNSMOOTHED = 4
    """Of the class in what the model inside says; nowhere where that is not known."""
    SHARED = 5
    """Of the class in slot A as well; UNKNOWN where slot A's mask was not at hand."""
    EITHER = 6
    """Of the class in either slot, where both hold a class that is compared; with SHARED."""


UNKNOWN = 0xFFFF
"""More pixels than a frame has at the live size."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What was measured of some frames of one slot when they were analysed.

    index, pts_s: as in Curve. follows: bool (n,). values: float32 (n, 4), as `MEASURES`. counts: uint16 (n, 7, C), rows
    as in `Count`.
    """

    index: NDArray[np.int64]
    pts_s: NDArray[np.float64]
    follows: NDArray[np.bool_]
    values: NDArray[np.float32]
    counts: NDArray[np.uint16]


def class_values(measure: Measure, counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """flicker (0..1) or tc (0..100) of one class from its counts (n, 7) by frame; nan where it was not seen."""
    same, before, now = counts[:, Count.SAME], counts[:, Count.BEFORE], counts[:, Count.NOW]
    values = flickers(same, before) if measure == "flicker" else ious(same, before, now, full=100)
    return values.astype(np.float32)


def measured_rows(
    made: SlotResult, classes: int, view: ClassView | None = None, *, index: int = 0, pts_s: float = 0.0
) -> Rows:
    """What is known of one frame of a slot by itself; nothing is shared yet. classes: how many are measured.

    view: what is measured in place of the method's own classes.
    """
    counts = np.zeros((len(Count), classes), np.uint16)
    flicker = tc = None
    own = classes if view is None else len(view.ids)
    if made.pair is not None and view is None:
        flicker, tc = made.pair.flicker(), made.pair.tc()
    if made.pair is not None and made.pair.classes == own:
        pairs = made.pair.pairs() if view is None else view.fold(made.pair.pairs())
        counts[Count.SAME], counts[Count.BEFORE], counts[Count.NOW] = overlaps(pairs)
        if view is not None:
            flicker, tc = flicker_of(pairs), tc_of(pairs)
    counts[Count.AREA] = _areas(_seen(made.segmentation, view), classes)
    if made.unsmoothed is not None:
        counts[Count.UNSMOOTHED] = _areas(_seen(made.unsmoothed, view), classes)
    counts[Count.SHARED] = UNKNOWN
    soft = None if made.pair is None else made.pair.soft_flicker
    values = [np.nan if each is None else each for each in (flicker, soft, tc, made.latency_ms)]
    return Rows(
        np.array([index], np.int64),
        np.array([pts_s]),
        np.array([made.follows]),
        np.array([values], np.float32),
        counts[None],
    )


def shared_areas(
    made: SlotResult, reference: SlotResult, classes: int, views: tuple[ClassView | None, ClassView | None]
) -> NDArray[np.uint16]:
    """Pixels of every class that slot B shares with A, and that either has, (2, C). reference: what A made.

    views: of A and B. Where one holds a class that is not compared, the pixel counts for nothing.
    """
    theirs, mask = _seen(reference.segmentation, views[0]), _seen(made.segmentation, views[1])
    shared = _areas(mask, classes, mask == theirs)
    among = None
    for each, view in ((theirs, views[0]), (mask, views[1])):
        if view is not None:
            inside = each != view.classes
            among = inside if among is None else among & inside
    either = _areas(theirs, classes, among) + _areas(mask, classes, among) - shared
    return np.stack([shared, either]).astype(np.uint16)


def _seen(made: Segmentation, view: ClassView | None) -> NDArray[np.uint8]:
    """The mask at the live size, in the classes that are measured."""
    return made.live_mask if view is None else view.of(made.live_mask)


def _areas(mask: NDArray[np.uint8], classes: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """Pixels of every class, (C,), whole numbers; among: of these pixels alone, (h, w)."""
    chosen = None if among is None else among.view(np.uint8)
    return np.asarray(cv2.calcHist([mask], [0], chosen, [256], [0, 256]), np.float32).ravel()[:classes]
