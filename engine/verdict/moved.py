"""Fresh pixels, onto which something has just moved: what trails still shows there what was before."""

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, warp
from engine.measures.pair import to_size
from engine.models.classes import VOID


def count_fresh(
    evidence: NDArray[np.uint8],
    baseline: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    before: NDArray[np.uint8],
    motion: Motion,
) -> tuple[int, int]:
    """How many pixels are fresh, and on how many of them the candidate shows what came.

    All masks uint8, of any size; before: the baseline's of the frame before. Fresh is a visible pixel whose class, by
    evidence and baseline, is the one that the motion brought there, and not the one that the baseline gave that place
    the frame before. Flicker is none of it: no motion explains it.
    """
    truth, now, shown, then = (to_size(mask, *motion.size) for mask in (evidence, baseline, candidate, before))
    brought = warp(then, motion.backward)
    fresh = motion.visible & (truth != VOID) & (now == truth) & (brought == truth) & (then != truth)
    return int(np.count_nonzero(fresh)), int(np.count_nonzero(fresh & (shown == truth)))
