"""How much of each pixel is the person: alpha. Its projection to classes is alpha ≥ 0.5, background first."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.flow.warp import fill_from_nearest, warp
from engine.tasks.base import Outputs, Task
from engine.tasks.semantic import Semantic

HALF = 0.5
"""From this alpha on a pixel is of the second class."""

_WHOLE = 255
_hard = Semantic()


class Matting(Task):
    """Alpha, and the two classes that it projects to."""

    name = "matting"
    gives_scores = False
    soft = True

    def mixable(self, made: Outputs) -> NDArray[np.float32] | None:
        """Alpha itself."""
        return made.alpha

    def of_mixed(self, mixed: NDArray[np.float32], size: tuple[int, int]) -> Outputs:
        """It has the network's input size already."""
        return of_alpha(mixed)

    def middle(self, last: Sequence[Outputs]) -> Outputs:
        """The median; of an even number the mean of the middle two."""
        return of_alpha(np.median([_alpha(each) for each in last], axis=0))

    def constant(self, first: Outputs) -> Outputs:
        """Nobody, or nothing else, everywhere."""
        return of_alpha(_hard.constant(first).classes)

    def blurred(self, made: Outputs, side: int) -> Outputs:
        """The mean around every pixel."""
        return of_alpha(cv2.blur(_alpha(made), (side, side), borderType=cv2.BORDER_REPLICATE))

    def moved(self, kept: Outputs, motion: Motion) -> Outputs:
        """By bilinear sampling."""
        moved = np.asarray(warp(_alpha(kept), motion.backward, linear=True), np.float32)
        return of_alpha(fill_from_nearest(moved, motion.visible))

    def packed(self, made: Outputs) -> NDArray[np.uint8]:
        """Alpha in steps of 1/255; on which side of a half it lies is as before."""
        return np.rint(_alpha(made) * _WHOLE).astype(np.uint8)

    def unpacked(self, kept: NDArray[np.uint8]) -> Outputs:
        """Alpha to within 1/510."""
        return of_alpha(kept / np.float32(_WHOLE))


def of_alpha(alpha: NDArray) -> Outputs:
    """A matte, float32 (h, w) in 0..1, with its projection."""
    alpha = np.asarray(np.clip(alpha, 0, 1), np.float32)
    return Outputs(projected(alpha), alpha=alpha)


def projected(alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The classes of a matte, uint8 (h, w): 1 where alpha ≥ 0.5, else 0."""
    return np.asarray(alpha >= HALF).view(np.uint8)


def _alpha(made: Outputs) -> NDArray[np.float32]:
    """Raises ValueError for what is no matte."""
    if made.alpha is None:
        raise ValueError("a matte without alpha: its model's card says matting, its graph gives none")
    return made.alpha
