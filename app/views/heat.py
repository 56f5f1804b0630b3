"""What is drawn in the masks' place over a dimmed grey: heat where labels flip, one colour where slots disagree."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.style.ramp import level, ramp
from engine.models.classes import VOID
from engine.models.mapping import ClassMapping

HOT = 0.30
"""The share of flips from which a pixel is as hot as it gets, 0..1."""
DISAGREE = "#ff5ac8"
"""Of pixels where slots disagree. Its lightness alone sets it off from the dimmed grey, for colour-blind people too."""
_DIMMED, _LIFT = 0.5, 14  # so much of the lightness is left, and black becomes this level
_CALM = 0.12  # of the ramp: single flips, which are no pattern, are not drawn
_STEPS = 128


def dimmed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame, uint8 (H, W, 3) RGB, as a ground for heat: dark grey, uint8 (H, W)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.convertScaleAbs(grey, grey, _DIMMED, _LIFT), np.uint8)


def heat_table() -> NDArray[np.uint8]:
    """Colours by level of flips (`app.style.ramp.level`), uint8 (256, 4) RGBA: nothing where it is calm, the more
    opaque the hotter.
    """
    alpha = np.clip((np.arange(256) / 255 - _CALM) * 1.6, 0, 0.8)
    return np.column_stack([ramp(), np.asarray(alpha * 255, np.uint8)])


def legend_colours() -> NDArray[np.uint8]:
    """The colours from no flips to `HOT` in even steps, uint8 (n, 3) RGB."""
    return ramp()[level(np.linspace(0, HOT, _STEPS, dtype=np.float32), HOT)]


def disagreement(
    a: NDArray[np.uint8], b: NDArray[np.uint8], visible: NDArray[np.bool_], mapping: ClassMapping | None = None
) -> tuple[NDArray[np.uint8], float]:
    """255 where two masks, uint8 (h, w), disagree about a class that is drawn, else 0; uint8, at the size of `a`. And
    on which share of the pixels that are compared, 0..1.

    visible: by class id of A, whether it is drawn, (256,). b is brought to the size of `a` by nearest. mapping: where
    the two know other classes; pixels where either holds one that is not compared are left out.
    """
    if b.shape != a.shape:
        b = np.asarray(cv2.resize(b, a.shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
    drawn = np.where(visible, 255, 0).astype(np.uint8)
    left_out = None
    if mapping is not None:
        a, b = (each if view is None else view.of(each) for each, view in zip((a, b), mapping.views, strict=True))
        drawn[: len(mapping.shared)] = drawn[list(mapping.shared)]
        left_out = mapping.uncompared(a, b)
    drawn[VOID] = 0
    either = cv2.bitwise_or(cv2.LUT(a, drawn), cv2.LUT(b, drawn))
    differing = np.asarray(cv2.bitwise_and(cv2.compare(a, b, cv2.CMP_NE), either), np.uint8)
    if left_out is None:
        return differing, int(np.count_nonzero(differing)) / differing.size
    differing[left_out] = 0
    return differing, int(np.count_nonzero(differing)) / max(1, int(np.count_nonzero(~left_out)))


def disagreement_table() -> NDArray[np.uint8]:
    """Colours by level of `disagreement`, uint8 (256, 4) RGBA."""
    table = np.zeros((256, 4), np.uint8)
    table[:, :3] = [int(DISAGREE[place : place + 2], 16) for place in (1, 3, 5)]
    table[255, 3] = 255
    return table
