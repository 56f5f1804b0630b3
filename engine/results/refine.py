"""Alpha for final work: solved from each frame's colours, in the band that a trimap of the model's alpha leaves open.

The closed form of Levin, Lischinski and Weiss (TPAMI 2008), frame by frame, with pymatting (the extra `matting`).
"""

import importlib.util
import time
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.composites.cutout import EPSILON
from engine.errors import ExportError
from engine.methods.base import FrameSegmenter
from engine.models.card import ModelCard
from engine.results.trimap import BACKGROUND, PERSON, UNKNOWN, trimap_of
from engine.segmentation import Segmentation
from engine.tasks import task_of
from engine.tasks.matting import of_alpha

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Refine = Literal["closed-form"]

MOST_UNKNOWN = 150_000
"""Pixels of a band that are solved for at once, at most. A frame with more of them is made smaller."""
_STRIP = 100_000
"""Pixels of a frame that are turned into equations at once: 40 MB."""
_REACH = 2
"""How far equations reach: two pixels of one window of 3 × 3."""
NEEDS = "pip install 'steadymask[matting]'"
"""What brings pymatting."""


def check_refinable(refine: Refine | None, card: ModelCard) -> None:
    """Raise ExportError where alpha is to be refined and there is none, or nothing here that can."""
    if refine is None:
        return
    if not task_of(card.task).soft:
        raise ExportError(
            f"{card.name} gives classes and no matte, which --refine needs; take a model of mattes, see "
            "`steadymask models import --task matting`"
        )
    if not can_refine():
        raise ExportError(f"--refine {refine} is done with pymatting, which is not installed; run: {NEEDS}")


def can_refine() -> bool:
    """Whether pymatting is installed. Does not import it, which takes a second, and the very first time a minute."""
    try:
        return importlib.util.find_spec("pymatting") is not None
    except ValueError:  # of a module that stands for one that is not there
        return False


class Refined:
    """A method that gives mattes, with alpha refined: the `FrameSegmenter` in its place. One thread at a time.

    frames: how many it was asked for. kept: of these, how many are as the model made them: nothing of them was sure
    on one side of the band, or the equations had no solution. smaller: how many were solved at a smaller size.
    """

    def __init__(self, inner: FrameSegmenter) -> None:
        self.name = inner.name
        self.frames = self.kept = self.smaller = 0
        self._inner = inner
        self._seconds = 0.0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """Segment one frame, rgb uint8 (H, W, 3); alpha has the frame's size. Raises BackendError."""
        made = self._inner.segment(rgb, scores=scores)
        if made.soft_mask is None:
            return made
        begin = time.perf_counter()
        alpha, share = refined(rgb, made.soft_mask)
        seconds = time.perf_counter() - begin
        self.frames += 1
        self.kept += alpha is None
        self.smaller += alpha is not None and share < 1
        self._seconds += seconds
        outputs = of_alpha(made.soft_mask if alpha is None else alpha)
        return Segmentation.of(outputs, made.source_size, made.inference_ms + seconds * 1000)

    @property
    def told(self) -> str:
        """What was done, and what it cost."""
        if not self.frames:
            return "alpha by the closed form, all of it in an earlier run"
        parts = [f"alpha by the closed form, {self._seconds / self.frames:.2g} s a frame"]
        if self.smaller:
            parts.append(f"{self.smaller} of {self.frames} frames with much that is not sure, at a smaller size")
        if self.kept:
            parts.append(f"{self.kept} of {self.frames} frames as the model made them")
        return "; ".join(parts)


def refined(rgb: NDArray[np.uint8], alpha: NDArray[np.float32]) -> tuple[NDArray[np.float32] | None, float]:
    """Alpha, float32 (H, W), of a frame, rgb uint8 (H, W, 3), solved in the band of its trimap; None where it cannot
    be. And the size at which it was, of the frame's sides, 0..1.

    alpha: the model's, float32 (H, W). Outside of the band it is 0 or 1. Takes at most about 500 MB at any size.
    """
    sure = trimap_of(alpha)
    open_ = int((sure == UNKNOWN).sum())
    if not open_ or not (sure == PERSON).any() or not (sure == BACKGROUND).any():
        return None, 1.0
    share = min(1.0, (MOST_UNKNOWN / open_) ** 0.5)
    small, small_sure = rgb, sure
    if share < 1:
        size = max(1, int(rgb.shape[1] * share)), max(1, int(rgb.shape[0] * share))
        small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        small_sure = np.asarray(cv2.resize(sure, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    solved = closed_form(small, small_sure)
    if solved is None:
        return None, share
    if share < 1:
        solved = np.asarray(cv2.resize(solved, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        solved = np.where(sure == UNKNOWN, solved, (sure == PERSON).astype(np.float32))
    return solved, share


def closed_form(rgb: NDArray[np.uint8], sure: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Alpha, float32 (h, w), of a picture, uint8 (h, w, 3), by its trimap, uint8 (h, w); None without a solution.

    The equations are pymatting's own. They are made strip by strip, and only those of the band are kept: of the whole
    picture at once they take 400 bytes a pixel, 0.8 GB at 1080p.
    """
    from pymatting import cg, ichol

    unknown = sure == UNKNOWN
    person = (sure == PERSON).astype(np.float64)
    rows = _equations(rgb, unknown)
    inside = unknown.ravel()
    matrix = rows[:, inside]
    try:
        found = cg(matrix, -(rows[:, ~inside] @ person.ravel()[~inside]), M=ichol(matrix))
    except ValueError:  # neither converges for what is singular
        return None
    person[unknown] = np.clip(found, 0, 1)
    return person.astype(np.float32) if np.isfinite(person).all() else None


def _equations(rgb: NDArray[np.uint8], unknown: NDArray[np.bool_]) -> "csr_matrix":
    """The rows of the matting Laplacian of the unknown pixels, (unknown, h × w), in their order."""
    from pymatting import cf_laplacian
    from scipy.sparse import csr_matrix, vstack

    height, width = unknown.shape
    deep = max(1, _STRIP // width)
    parts = []
    for top in range(0, height, deep):
        bottom = min(height, top + deep)
        if not unknown[top:bottom].any():
            continue
        # A strip with its surroundings: all windows that its own pixels are in.
        first, last = max(0, top - _REACH), min(height, bottom + _REACH)
        image = rgb[first:last].astype(np.float64) / 255
        matrix = cf_laplacian(image, epsilon=EPSILON, is_known=~unknown[first:last])
        own = np.zeros((last - first, width), bool)
        own[top - first : bottom - first] = unknown[top:bottom]
        rows = matrix[np.flatnonzero(own)]
        rows.eliminate_zeros()
        shifted = rows.indices + first * width
        parts.append(csr_matrix((rows.data, shifted, rows.indptr), (rows.shape[0], height * width)))
    return csr_matrix(vstack(parts))
