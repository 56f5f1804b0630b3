"""Mattes against a true alpha, in the units and by the whole-frame convention of RobustVideoMatting."""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.measures.iou import mean_of_known
from engine.measures.soft import SoftConsistency
from engine.measures.spans import Interval, means_of, resample

MEASURES = ("mad", "mse", "grad", "conn", "dtssd")

_SIGMA = 1.4
_LEAST_WEIGHT = 1e-2
"""Where the derivative of the Gaussian is cut off."""

_LEVELS = 10
_LEAST_GAP = 0.15
"""Distances to the connected part below this count as none."""


class MattingScores:
    """mad, mse, grad, conn and dtssd of mattes over the clips of a set, frame by frame; over whole frames, no band.

    mad: 1,000 × mean |p − a|. mse: 1,000 × mean (p − a)².
    grad: 1/1,000 of the sum of (|∇p| − |∇a|)² over the frame, where the gradient is by derivatives of a Gaussian with
        sigma 1.4 and each matte is stretched to 0..1 before. conn: 1/1,000 of the sum of |φ(p) − φ(a)|, see
        `connectivity_error`. Both: Rhemann et al., "A Perceptually Motivated Online Benchmark for Image Matting", CVPR
        2009. They grow with the frame's size: compare them at one size alone.
    dtssd: 100 × the root of the mean square of (p_t − p_(t−1)) − (a_t − a_(t−1)), of every pair of frames; Erofeev et
        al., "Perceptually Motivated Benchmark for Video Matting", BMVC 2015. A constant or a frozen matte does not win.

    A clip's value is the mean over its frames, or its pairs; the set's is the mean over the clips. Units and
    conventions: Lin et al., "Robust High-Resolution Video Matting with Temporal Guidance", WACV 2022, and its published
    evaluation. Bounded but for five numbers a clip.
    """

    def __init__(self) -> None:
        self._clips: list[_Clip] = []

    def begin_clip(self) -> None:
        """Another clip begins."""
        self._clips.append(_Clip())

    @property
    def frames(self) -> int:
        """How many there were."""
        return sum(clip.frames for clip in self._clips)

    def update(self, matte: NDArray[np.float32], alpha: NDArray[np.float32], *, consecutive: bool = True) -> None:
        """Add a frame of the clip: its matte and the true alpha, both float32 (H, W) in 0..1.

        consecutive: False for unrelated images, which have no dtssd. Raises ValueError when the sizes differ, or when a
        value is outside 0..1.
        """
        self._clips[-1].update(matte, alpha, consecutive)

    def values(self) -> dict[str, float | None]:
        """Each of MEASURES; None for what cannot be computed."""
        return {name: mean_of_known([clip.value(name) for clip in self._clips]) for name in MEASURES}

    def intervals(self, other: "MattingScores | None" = None) -> dict[str, Interval | None]:
        """95 % intervals of each of MEASURES by clips, or of `other`'s minus this one's; None of fewer than 3 clips."""
        return {
            name: resample(self._sums(name), means_of, None if other is None else other._sums(name))
            for name in MEASURES
        }

    def _sums(self, name: str) -> NDArray[np.float64]:
        values = [clip.value(name) for clip in self._clips]
        return np.asarray([[1.0, value] for value in values if value is not None], np.float64).reshape(-1, 2)


class _Clip:
    """The sums of one clip."""

    def __init__(self) -> None:
        self._soft = SoftConsistency()
        self._sums = dict.fromkeys(_ERRORS, 0.0)
        self.frames = 0

    def update(self, matte: NDArray[np.float32], alpha: NDArray[np.float32], consecutive: bool) -> None:
        if not consecutive:
            self._soft.reset()
        self._soft.update(matte, alpha)
        self.frames += 1
        for name, error in _ERRORS.items():
            self._sums[name] += error(matte, alpha)

    def value(self, name: str) -> float | None:
        """In the published units."""
        if name == "dtssd":
            return None if self._soft.dtssd is None else 100 * self._soft.dtssd
        if name == "mad":
            return None if self._soft.mad is None else 1000 * self._soft.mad
        return self._sums[name] / self.frames if self.frames else None


def square_error(matte: NDArray[np.float32], alpha: NDArray[np.float32]) -> float:
    """mse of a frame; see MattingScores."""
    return 1000 * float(np.mean(np.square(matte - alpha, dtype=np.float64)))


def gradient_error(matte: NDArray[np.float32], alpha: NDArray[np.float32]) -> float:
    """grad of a frame; see MattingScores."""
    return float(np.sum(np.square(_steepness(matte) - _steepness(alpha), dtype=np.float64))) / 1000


def connectivity_error(matte: NDArray[np.float32], alpha: NDArray[np.float32]) -> float:
    """conn of a frame: 1/1,000 of the sum of |φ(p) − φ(a)|.

    With Ω the largest 4-connected area where both mattes are at least a level, l is at each pixel the level below the
    first one whose Ω it is not in, of the levels 0.1, 0.2, … 1; 1 where it is in all. φ(p) = 1 − d where d = p − l is
    at least 0.15, else 1.
    """
    levels = np.full(matte.shape, -1.0, np.float32)
    both = np.minimum(matte, alpha)
    for step in range(1, _LEVELS + 1):
        outside = ~_largest_area(both >= np.float32(step / _LEVELS))
        levels[outside & (levels < 0)] = (step - 1) / _LEVELS
    levels[levels < 0] = 1.0
    differences = [each - levels for each in (matte, alpha)]
    degrees = [1 - np.where(difference >= _LEAST_GAP, difference, 0) for difference in differences]
    return float(np.sum(np.abs(degrees[0] - degrees[1]), dtype=np.float64)) / 1000


_ERRORS: dict[str, Callable[[NDArray[np.float32], NDArray[np.float32]], float]] = {
    "mse": square_error,
    "grad": gradient_error,
    "conn": connectivity_error,
}


def _largest_area(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest 4-connected area, bool (H, W); of equally large ones the first."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=4)
    if count == 1:
        return np.zeros_like(inside)
    return np.asarray(numbers == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), np.bool_)


def _steepness(matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Size of the gradient of a matte that is stretched to 0..1, float32 (H, W)."""
    low, high = float(matte.min()), float(matte.max())
    stretched = (matte - np.float32(low)) / np.float32(high - low) if high > low else np.zeros_like(matte)
    across, along = _derivative()
    x = cv2.sepFilter2D(stretched, cv2.CV_32F, across, along, borderType=cv2.BORDER_REPLICATE)
    y = cv2.sepFilter2D(stretched, cv2.CV_32F, along, across, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.magnitude(x, y), np.float32)


def _derivative() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The filter's two factors: derivative and Gaussian, each (n,); their product has the sum of squares 1."""
    reach = math.ceil(_SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * _SIGMA * _LEAST_WEIGHT)))
    at = np.arange(-reach, reach + 1, dtype=np.float64)
    gauss = np.exp(-(at**2) / (2 * _SIGMA**2))
    slope = -at * gauss
    return slope / np.linalg.norm(slope), gauss / np.linalg.norm(gauss)
