"""Motion as PNG, in memory."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion
from engine.storage.png import File, png

_STEPS = 64
"""Steps of a pixel in which a flow is kept: exact to 1/128 pixel, and up to 512 pixels fit in 16 bits."""
_ZERO, _MOST = 2**15, 2**16 - 1


def motion_files(motion: Motion) -> tuple[File, File]:
    """A motion as two pictures of 16 bits: backward with its visibility, and forward."""
    return _flow_file(motion.backward, motion.visible), _flow_file(motion.forward)


def motion_from(flow: str, backward: File, forward: File) -> Motion:
    """The motion in two files, exact to 1/128 pixel. flow: what it came from."""
    there, back = (np.asarray(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), np.uint16) for file in (backward, forward))
    return Motion(_flow(there), _flow(back), there[..., 2] > 0, flow)


def _flow_file(flow: NDArray[np.float32], visible: NDArray[np.bool_] | None = None) -> File:
    """x, y, and 1 where it is visible. What does not fit leads out of any picture."""
    steps = np.clip(np.rint(flow * _STEPS) + _ZERO, 0, _MOST).astype(np.uint16)
    seen = np.zeros(flow.shape[:2], np.uint16) if visible is None else visible.astype(np.uint16)
    return png(np.dstack([steps, seen]))


def _flow(file: NDArray[np.uint16]) -> NDArray[np.float32]:
    return np.asarray((file[..., :2].astype(np.float32) - _ZERO) / _STEPS, np.float32)
