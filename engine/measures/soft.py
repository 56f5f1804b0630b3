"""Soft masks: values 0..1 per pixel, such as a person's matte."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.flow.warp import warp
from engine.measures.pair import PairCounts


def pair_changes(
    before: NDArray[np.float32], now: NDArray[np.float32], motion: Motion
) -> tuple[float | None, float | None]:
    """What of two neighbouring mattes no motion explains: (soft flicker, soft change), 0..1, over visible pixels.

    The mean of |d|, and the square root of the mean of d², d being alpha minus the warped alpha before (both bilinear,
    at the size of `motion`); None where nothing is visible. The second is dtssd's way of weighing, against the matte's
    own past and not against a reference: few large changes count more. before, now: float32 (H, W) of any size, 0..1.
    """
    change = _at(now, motion.size) - warp(_at(before, motion.size), motion.backward, linear=True)
    seen = motion.visible.view(np.uint8)
    if not seen.any():
        return None, None
    mean, square = (float(cv2.mean(each, seen)[0]) for each in (np.abs(change), change * change))
    return mean, float(np.sqrt(square))


def with_changes(
    pair: PairCounts, before: NDArray[np.float32] | None, now: NDArray[np.float32] | None, motion: Motion
) -> PairCounts:
    """A pair with what its two mattes say; as it is where one of them is none."""
    if before is None or now is None:
        return pair
    flicker, change = pair_changes(before, now, motion)
    return replace(pair, soft_flicker=flicker, soft_change=change)


def _at(alpha: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """size: (width, height)."""
    if alpha.shape == size[::-1]:
        return alpha
    return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR), np.float32)


class SoftConsistency:
    """dtssd and mad of soft masks against a reference (labels, or a better method), frame by frame. Bounded.

    dtssd: sqrt(mean((dp − dr)²)) of a frame pair, dp and dr being the changes p_t − p_(t−1) and r_t − r_(t−1); mean
        over the pairs. Values 0..1, so dtssd is 0..2, published times 100. Erofeev et al., "Perceptually Motivated
        Benchmark for Video Matting", BMVC 2015. It needs the reference's change, so a constant mask does not win.
    mad: mean |p − r| of a frame, 0..1; mean over the frames. Published times 1,000.
    """

    def __init__(self) -> None:
        self._before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._sums = np.zeros(4)

    def reset(self) -> None:
        """Forget the frame before: after a seek or a cut. What was counted stays."""
        self._before = None

    def update(self, soft: NDArray[np.float32], reference: NDArray[np.float32]) -> tuple[float | None, float]:
        """Add a frame, both float32 (H, W) in 0..1. Returns its (dtssd, mad); dtssd is None for the first frame.

        Raises ValueError when the sizes differ, or when a value is outside 0..1.
        """
        if soft.shape != reference.shape:
            raise ValueError(f"soft mask is {soft.shape} and reference is {reference.shape}; both must be of one size")
        for name, values in (("soft mask", soft), ("reference", reference)):
            if values.size and not (float(values.min()) >= 0 and float(values.max()) <= 1):
                raise ValueError(f"the {name} has values outside 0..1: {values.min()} to {values.max()}")
        before, self._before = self._before, (soft, reference)
        mad = float(np.abs(soft - reference).mean())
        self._sums[2:] += (1, mad)
        if before is None:
            return None, mad
        change = (soft - before[0]) - (reference - before[1])
        dtssd = float(np.sqrt(np.mean(np.square(change, dtype=np.float64))))
        self._sums[:2] += (1, dtssd)
        return dtssd, mad

    @property
    def dtssd(self) -> float | None:
        """Mean over the pairs; None before there is one."""
        return float(self._sums[1] / self._sums[0]) if self._sums[0] else None

    @property
    def mad(self) -> float | None:
        """Mean absolute difference over the frames, 0..1; None before there is one."""
        return float(self._sums[3] / self._sums[2]) if self._sums[2] else None
