"""Where labels flipped of late, for slot A and B: what the flicker map shows."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.style.ramp import level
from app.views.heat import HOT
from engine.measures.flicker_map import FlickerMap
from engine.pipeline import FrameResult

WINDOW = 50
"""Pairs of frames that the map looks back, about two seconds."""
_SLOTS = 2
_FOLLOWS = 8  # frames that may lie between two that are shown; more is a seek
_SMOOTH = 1.0  # pixels of the map; takes away the grain of single flips


class Flips:
    """A map of flips a slot, over the last pairs of frames that followed one another."""

    def __init__(self) -> None:
        self._maps = tuple(FlickerMap(WINDOW) for _ in range(_SLOTS))
        self._before: tuple[int, int] | None = None

    def add(self, result: FrameResult) -> None:
        """Add what flipped between the frame before and this one. After a seek the maps begin anew."""
        follows = self._follows(result)
        self._before = result.generation, result.frame.index
        for slot, flips in enumerate(self._maps):
            pair = result.pairs[slot] if slot < len(result.pairs) else None
            if pair is None or not follows:
                flips.reset()
            else:
                flips.add(pair)

    def reset(self, slot: int | None = None) -> None:
        """Begin a slot's map anew, or both: after another method or clip."""
        if slot is None:
            self._before = None
        for each, flips in enumerate(self._maps):
            if slot in (None, each):
                flips.reset()

    def pairs(self, slot: int) -> int:
        """How many pairs of frames a slot's map is made of, 0..50."""
        return self._maps[slot].pairs

    def levels(self, slot: int) -> NDArray[np.uint8] | None:
        """Heat by pixel, uint8 (h, w), places in `heat_table`; None before the first pair."""
        share = self._maps[slot].share
        if share is None:
            return None
        return level(np.asarray(cv2.GaussianBlur(share, (0, 0), _SMOOTH), np.float32), HOT)

    def _follows(self, result: FrameResult) -> bool:
        if self._before is None:
            return False
        generation, index = self._before
        gap = result.frame.index - index
        return gap > 0 and (result.generation == generation or gap <= _FOLLOWS)
