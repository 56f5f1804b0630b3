"""A window turned about its middle and seen through a crop, in one go: the whole picture is never turned for a part."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, warp
from engine.models.classes import VOID
from trainer.data.window import Window

Affine = NDArray[np.float64]
"""(2, 3), from places (x, y, 1) in the picture to places in the crop, in pixels, pixel middles at whole numbers."""

FULL = 255
"""How much of a pixel comes from the picture, where all of it does."""


def turned(
    window: Window, degrees: float, corner: tuple[int, int], crop: tuple[int, int], fill: tuple[int, int, int]
) -> Window:
    """`crop` (height, width) of `window` turned by `degrees`, counter-clockwise.

    corner: (top, left) of the crop in the turned picture, which keeps its size; negative where the crop reaches beyond
    it. Beyond the picture frames hold `fill`, labels void, and nothing is visible. Frames and flow are fetched by
    bilinear, labels and visibility by nearest; flow turns with the picture. That points stay within the crop is not
    looked at.
    """
    (width, height), (high, wide) = window.size, crop
    affine = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    affine[:, 2] -= corner[1], corner[0]

    def seen(picture: NDArray[np.uint8], interpolation: int, outside: tuple[int, int, int]) -> NDArray[np.uint8]:
        view = cv2.warpAffine(
            picture, affine, (wide, high), flags=interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=outside
        )
        return np.asarray(view, np.uint8)

    # Where a pixel is fetched from the picture alone; on its border the padding is mixed in.
    whole = seen(np.full((height, width), FULL, np.uint8), cv2.INTER_LINEAR, (0, 0, 0))
    return replace(
        window.soft_moved(np.vstack([affine, (0.0, 0.0, 1.0)])),
        frames=tuple(seen(frame, cv2.INTER_LINEAR, fill) for frame in window.frames),
        labels=tuple(
            None if label is None else seen(label, cv2.INTER_NEAREST, (VOID, VOID, VOID)) for label in window.labels
        ),
        motion=tuple(
            None if motion is None else _turned_motion(motion, np.asarray(affine), (wide, high), whole)
            for motion in window.motion
        ),
    )


def _turned_motion(motion: Motion, affine: Affine, size: tuple[int, int], whole: NDArray[np.uint8]) -> Motion:
    turn = affine[:, :2].astype(np.float32)

    def turned_flow(flow: NDArray[np.float32]) -> NDArray[np.float32]:
        view = cv2.warpAffine(flow, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(view @ turn.T * (whole == FULL)[..., None], np.float32)

    backward, forward = turned_flow(motion.backward), turned_flow(motion.forward)
    visible = cv2.warpAffine(motion.visible.view(np.uint8), affine, size, flags=cv2.INTER_NEAREST).view(np.bool_)
    fetched = warp(whole, backward, linear=True)
    return replace(motion, backward=backward, forward=forward, visible=visible & (whole == FULL) & (fetched == FULL))
