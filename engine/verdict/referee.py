"""Who decides what is there where nobody has labelled it: the baseline's own model, asked six times about one frame."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.methods.base import FrameSegmenter
from engine.methods.smoothing import softmax
from engine.models.classes import VOID
from engine.segmentation import Segmentation

SURE = 0.8
"""From this probability on the referee commits itself."""

MOST_FRAMES = 60
"""About how many frames of a clip are refereed."""

_STRIDE_UNKNOWN = 15
_SEED = 0

_VIEWS: tuple[tuple[bool, float, float, float], ...] = (
    (False, 1.0, 0.0, 0.0),
    (True, 1.0, 0.0, 0.0),
    (False, 1.0, 0.02, 0.015),
    (True, 1.0, -0.02, 0.015),
    (False, 0.85, 0.0, 0.0),
    (True, 0.85, 0.0, 0.0),
)
"""(mirrored, scale, shift to the right, shift down), shifts in widths and heights of the frame."""


class Referee:
    """Makes the masks that a candidate must keep to. Stands in a pipeline as a method does, after the model it asks.

    Definition: a frame, alone, is shown to the model in six views: as it is, shifted by 2 % of its width and 1.5 % of
    its height, and at 0.85 of its size (what comes in at the edges is mirrored), each of them also flipped left to
    right. The softmax of each view's scores is laid back onto the frame, and the six are averaged. A pixel is of its
    likeliest class where that has a probability of at least 0.8, elsewhere void (255). Of a model without scores the
    views vote instead, so that five of six must agree.

    Six inferences are dear, so of every `frame_count` / 60 frames one is refereed and the others are void all over.
    Which one is drawn (seed 0): what works on every n-th frame alone must not meet the referee on its good ones.

    The referee is never a training target, and it does not see the candidate.
    """

    def __init__(
        self, model: FrameSegmenter, classes: int, frame_count: int | None, *, most: int = MOST_FRAMES
    ) -> None:
        """model: the baseline's, with no memory of earlier frames. classes: how many its set has. frame_count: of the
        clip; None takes one of 15. most: how many are refereed at most.
        """
        self.name = f"referee({model.name})"
        self.says = f"{model.name} itself, where it is sure: six views of one frame, at least {100 * SURE:.0f} %"
        self._model = model
        self._classes = classes
        self._stride = _STRIDE_UNKNOWN if frame_count is None else max(1, -(-frame_count // most))
        self._random = np.random.default_rng(_SEED)
        self._kind: Literal["scores", "votes"] = "scores"
        self._place = self._drawn = 0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """The referee's classes of the next frame, rgb uint8 (H, W, 3), at the network's size. It has no `scores`.

        Raises BackendError when the runtime fails.
        """
        if self._place == 0:
            self._drawn = int(self._random.integers(self._stride))
        asked = self._place == self._drawn
        self._place = (self._place + 1) % self._stride
        size = (rgb.shape[1], rgb.shape[0])
        if not asked:
            return Segmentation(np.full((1, 1), VOID, np.uint8), size, 0.0)
        return self.ask(rgb)

    def ask(self, rgb: NDArray[np.uint8]) -> Segmentation:
        """The referee's classes of this frame, whatever its turn."""
        size = (rgb.shape[1], rgb.shape[0])
        total: NDArray[np.float32] | None = None
        elapsed_ms, shape = 0.0, (1, 1)
        for place, (flip, scale, right, down) in enumerate(_VIEWS):
            made, planes = self._probabilities(rgb if place == 0 else _view(rgb, flip, scale, right, down))
            elapsed_ms += made.inference_ms
            if total is None:
                total, shape = planes, made.classes.shape
            else:
                total += _laid_back(planes, flip, scale, right, down)
        assert total is not None
        total /= len(_VIEWS)
        best, most = np.zeros(shape, np.uint8), np.zeros(shape, np.float32)
        for class_id, plane in enumerate(total):
            large = np.asarray(cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
            best[large > most] = class_id
            np.maximum(most, large, out=most)
        # Six exact votes sum up to a hair less than 5/6 and more; the threshold is far from both.
        best[most < SURE] = VOID
        return Segmentation(best, size, elapsed_ms)

    def _probabilities(self, rgb: NDArray[np.uint8]) -> tuple[Segmentation, NDArray[np.float32]]:
        """What the model makes of a view, and its probabilities (C, h, w): of its scores, else 1 for its class."""
        if self._kind == "scores":
            try:
                made = self._model.segment(rgb, scores=True)
            except BackendError:
                # A model of classes alone refuses to give scores; a runtime that fails does so again below.
                made = None
            if made is not None and made.scores is not None:
                return made, softmax(made.scores)
            self._kind = "votes"
        made = self._model.segment(rgb)
        ids = np.arange(self._classes, dtype=np.uint8)[:, None, None]
        return made, (made.classes == ids).astype(np.float32)


def _view(rgb: NDArray[np.uint8], flip: bool, scale: float, right: float, down: float) -> NDArray[np.uint8]:
    """The frame as a view shows it, of the same size."""
    height, width = rgb.shape[:2]
    placed = _placed(width, height, flip, scale, right, down)
    return np.asarray(
        cv2.warpAffine(rgb, placed, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101),
        np.uint8,
    )


def _laid_back(planes: NDArray[np.float32], flip: bool, scale: float, right: float, down: float) -> NDArray[np.float32]:
    """What was made of a view, (C, h, w) of any size, where it belongs on the frame."""
    height, width = planes.shape[1:]
    placed = _placed(width, height, flip, scale, right, down)
    # OpenCV turns the matrix over unless it is told not to: it fetches, from the view, what the frame's pixel became.
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [cv2.warpAffine(plane, placed, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE) for plane in planes]
    )


def _placed(width: int, height: int, flip: bool, scale: float, right: float, down: float) -> NDArray[np.float64]:
    """Where a view shows the frame's pixels, float64 (2, 3): about the middle, so that it holds at every size."""
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    across = -scale if flip else scale
    return np.asarray(
        [
            [across, 0, middle_x - across * middle_x + right * width],
            [0, scale, middle_y - scale * middle_y + down * height],
        ]
    )
