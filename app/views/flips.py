"""Where labels flipped of late, for slot A and B: what the flicker map shows."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.style.ramp import level
from app.views.heat import HOT
from engine.frame_result import FrameResult
from engine.measures.flicker_map import FlickerMap

WINDOW = 50
"""Pairs of frames that the map looks back, about two seconds."""
_SLOTS = 2
_SMOOTH = 1.0  # pixels of the map; takes away the grain of single flips


class Flips:
    """A map of flips a slot, over the last pairs of frames that followed one another."""

    def __init__(self) -> None:
        self._maps = tuple(FlickerMap(WINDOW) for _ in range(_SLOTS))
        self._runs: list[int | None] = [None] * _SLOTS

    def add(self, result: FrameResult) -> None:
        """Add what flipped between the frame before and this one. After a seek the maps begin anew, with the pairs that
        it was run in on.
        """
        for slot, flips in enumerate(self._maps):
            if slot >= len(result.slots):
                flips.reset()
                continue
            made = result.slots[slot]
            before, self._runs[slot] = self._runs[slot], made.run
            # The one that this frame follows need not have been drawn: what was drawn last must be of the same run.
            if made.run != before:
                flips.reset()
            for pair in made.earlier:
                flips.add(pair)
            if made.pair is None:
                flips.reset()
            elif made.run == before or made.earlier:
                flips.add(made.pair)

    def reset(self, slot: int | None = None) -> None:
        """Begin a slot's map anew, or both: after another method or clip."""
        if slot is None:
            self._runs = [None] * _SLOTS
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
