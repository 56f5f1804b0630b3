"""Fetching along a flow, and which pixels of it can be trusted."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray


def warp(
    picture: NDArray[np.uint8] | NDArray[np.float32], flow: NDArray[np.float32], *, linear: bool = False
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Bring `picture` onto the pixels where `flow` starts: the result at (x, y) is `picture` at (x + dx, y + dy).

    picture: (h, w) or (h, w, n), uint8 or float32, seen at the flow's end. flow: float32 (h, w, 2), pixels.
    linear: bilinear sampling; else nearest, which invents no class. Beyond the border the nearest border pixel counts.
    """
    interpolation = cv2.INTER_LINEAR if linear else cv2.INTER_NEAREST
    where = _grid(flow.shape[1], flow.shape[0]) + flow
    return cv2.remap(picture, where, None, interpolation, borderMode=cv2.BORDER_REPLICATE)


def visible_pixels(flow: NDArray[np.float32], back: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where the point at (x, y) can be seen at the flow's end too, bool (h, w).

    |f + b∘f|² < 0.01 (|f|² + |b∘f|²) + 0.5 and inside the picture, f: `flow`, b: `back`, the flow the other way, both
    float32 (h, w, 2). Source: Sundaram, Brox, Keutzer, "Dense Point Trajectories by GPU-Accelerated Large Displacement
    Optical Flow", ECCV 2010.
    """
    height, width = flow.shape[:2]
    where = _grid(width, height) + flow
    returning = cv2.remap(back, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # In place, and on both channels at once for as long as that can be: this runs on every frame that is shown.
    gap = flow + returning
    gap *= gap
    returning *= returning
    returning += flow * flow
    limit = returning[..., 0] + returning[..., 1]
    limit *= 0.01
    limit += 0.5
    inside = cv2.inRange(where, (-0.5, -0.5), (width - 0.5, height - 0.5))
    visible = (gap[..., 0] + gap[..., 1] < limit) & inside.view(np.bool_)
    return np.asarray(visible, np.bool_)


def fill_from_nearest(
    picture: NDArray[np.uint8] | NDArray[np.float32], known: NDArray[np.bool_]
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """`picture`, uint8 or float32 (h, w), with every pixel that is not `known` replaced by the nearest one that is."""
    if known.all() or not known.any():
        return picture
    _, nearest = cv2.distanceTransformWithLabels(
        np.where(known, 0, 255).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    values = np.zeros(int(nearest.max()) + 1, picture.dtype)
    values[nearest[known]] = picture[known]
    return values[nearest]


@lru_cache(maxsize=8)
def _grid(width: int, height: int) -> NDArray[np.float32]:
    """The place of every pixel, float32 (h, w, 2)."""
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    grid.flags.writeable = False
    return grid
