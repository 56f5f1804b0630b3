"""Intersection over union, from counts of pixels by class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def overlaps(joint: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Pixels of each class, each (…, C): of it in both masks, in the one, in the other. What the rest takes.

    joint: counts [one, other], (…, C or C+1, C+1), whose last ids are of no class.
    """
    classes = joint.shape[-1] - 1
    same = np.diagonal(joint, axis1=-2, axis2=-1)[..., :classes]
    return same, joint.sum(axis=-1)[..., :classes], joint.sum(axis=-2)[..., :classes]


def ious(same: NDArray, one: NDArray, other: NDArray, *, full: float = 1.0) -> NDArray[np.float64]:
    """IoU of each class, (…, C), from 0 to `full`, which equal masks have; nan for a class that is in neither."""
    union = one + other - same
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(union > 0, full * same / union, np.nan), np.float64)


def mean_iou(same: NDArray, one: NDArray, other: NDArray) -> float | None:
    """Mean of counts (C,) over the classes that occur, 0..1; None where none does."""
    return mean_of_known(ious(same, one, other))


def mean_ious(same: NDArray, one: NDArray, other: NDArray) -> NDArray[np.float64]:
    """The same of n counts at once, each (n, C), but 0..100: (n,), nan where no class occurs."""
    each = ious(same, one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(100 * np.nansum(each, axis=-1) / np.count_nonzero(~np.isnan(each), axis=-1), np.float64)


def mean_of_known(values: Sequence[float | None] | NDArray[np.float64]) -> float | None:
    """Mean of the values that are neither None nor nan; None where there is none."""
    each = np.asarray(values, np.float64)
    known = each[~np.isnan(each)]
    return float(known.mean()) if known.size else None


def listed(values: NDArray[np.float64]) -> list[float | None]:
    """The values one by one, None in the place of nan."""
    return [None if np.isnan(value) else float(value) for value in values]
