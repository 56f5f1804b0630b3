"""tc as the script released with the ETC paper counts it, for comparison with what was published."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.flow.warp import warp
from engine.measures.pair import to_size

_EPSILON = 1e-10


class EtcConsistency:
    """This mask fetched back along the forward flow, bilinear on the class ids and truncated (which invents classes at
    borders), no visibility, intersections and unions pooled over the clip, mean over all classes of the set, of which
    one that occurs nowhere counts as 0. A constant mask of 19 classes scores 5.3. Bounded: one mask and the counts.
    """

    def __init__(self, classes: int) -> None:
        """classes: how many the set has."""
        self._classes = classes
        self._before: NDArray[np.uint8] | None = None
        self._pairs = 0
        self._counts = np.zeros((2, classes), np.int64)

    def reset(self) -> None:
        """Forget the mask before: after a seek or a cut. What was counted stays."""
        self._before = None

    def update(self, mask: NDArray[np.uint8], motion: Motion | None) -> None:
        """Add a frame: its mask, uint8 (H, W), and its motion against the frame before, None where there is none."""
        before, self._before = self._before, mask
        if motion is not None and before is not None:
            self._counts += _counts(before, mask, motion, self._classes)
            self._pairs += 1

    @property
    def tc(self) -> float | None:
        """0..100; None before there is a pair."""
        if not self._pairs:
            return None
        both, either = self._counts
        return float(100 * (both / (either + _EPSILON)).mean())


def _counts(before: NDArray[np.uint8], now: NDArray[np.uint8], motion: Motion, classes: int) -> NDArray[np.int64]:
    """(intersections, unions) by class, (2, C); an id outside the class set counts for no class."""
    width, height = motion.size
    there = to_size(now, width, height).astype(np.float32)
    fetched = np.asarray(warp(there, motion.forward, linear=True)).astype(np.uint8)
    bins = (classes + 1, classes + 1)
    joint = [np.asarray(cv2.min(each, classes)) for each in (to_size(before, width, height), fetched)]
    # Floats, which are exact up to 16 million pixels.
    pairs = cv2.calcHist(joint, [0, 1], None, bins, [edge for size in bins for edge in (0, size)]).astype(np.int64)
    both = np.diagonal(pairs)[:classes]
    return np.stack([both, pairs.sum(axis=0)[:classes] + pairs.sum(axis=1)[:classes] - both])
