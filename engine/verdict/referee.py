"""Who decides what is there where nobody has labelled it: the baseline's own model, asked six times about a frame."""

import hashlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import BackendError
from engine.flow import measure_size
from engine.methods import Method
from engine.methods.base import FrameSegmenter
from engine.models.classes import VOID
from engine.segmentation import Segmentation
from engine.tasks.semantic import softmax
from engine.verdict.views import VIEWS, Views, laid_back, settle, shown

MOST_FRAMES = 30
"""About how many frames of a clip are refereed, each with its two neighbours."""

_STRIDE_UNKNOWN = 15


class Referee:
    """Shows frames to a model in six views. Stands in a pipeline as a method does, after the model that it asks.

    Definition: a frame, alone, is shown to the model in six views: as it is, shifted by 2 % of its width and 1.5 % of
    its height, and at 0.85 of its size (what comes in at the edges is mirrored), each of them also flipped left to
    right. The softmax of each view's scores, or its matte, is laid back onto the frame, and the six are averaged. Of a
    model without either the views vote instead. `engine.verdict.EvidenceMaker` makes evidence of that, from three
    frames in a row.

    Three times six inferences are dear, so of every `frame_count` / 30 frames one is refereed. Which one is drawn, from
    `seed`: what works on chosen frames alone must not meet the referee on those.

    The referee is never a training target, and it does not see the candidate.
    """

    def __init__(
        self,
        model: FrameSegmenter,
        classes: int,
        frame_count: int | None,
        *,
        seed: int = 0,
        most: int = MOST_FRAMES,
    ) -> None:
        """model: the baseline's, with no memory of earlier frames. classes: how many its set has. frame_count: of the
        clip; None takes one of 15. seed: see `seed_of`. most: how many are refereed at most.
        """
        self.name = f"referee({model.name})"
        self.says = f"{model.name} itself: what six views of each of three frames in a row see alike"
        self._model = model
        self._classes = classes
        self._last = None if frame_count is None else frame_count - 1
        self._stride = _STRIDE_UNKNOWN if frame_count is None else max(1, -(-(frame_count - 2) // most))
        self._seed = seed
        self._kind: Literal["scores", "votes"] = "scores"
        self._index = 0

    def drawn(self, index: int) -> bool:
        """Whether frame `index` is refereed. The first and the last one have no two neighbours."""
        if index < 1 or (self._last is not None and index >= self._last):
            return False
        stretch, place = divmod(index - 1, self._stride)
        return place == int(np.random.default_rng((self._seed, stretch)).integers(self._stride))

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """The views of the next frame, rgb uint8 (H, W, 3): `Views` where it or a neighbour is drawn, else void.

        They are of the size that the frame is measured at. Raises BackendError when the runtime fails.
        """
        index, self._index = self._index, self._index + 1
        if any(self.drawn(index + step) for step in (-1, 0, 1)):
            return self.ask(rgb, drawn=self.drawn(index))
        return Segmentation(np.full((1, 1), VOID, np.uint8), (rgb.shape[1], rgb.shape[0]), 0.0)

    def ask(self, rgb: NDArray[np.uint8], *, drawn: bool = True) -> Views:
        """The views of this frame, whatever its turn."""
        size = (rgb.shape[1], rgb.shape[0])
        total: NDArray[np.float32] | None = None
        elapsed_ms = 0.0
        for place, (flip, scale, right, down) in enumerate(VIEWS):
            made, planes = self._probabilities(rgb if place == 0 else shown(rgb, flip, scale, right, down))
            elapsed_ms += made.inference_ms
            total = planes if total is None else total + laid_back(planes, flip, scale, right, down)
        assert total is not None
        mean = total / np.float32(len(VIEWS))
        classes, sure, possible = settle(mean, measure_size(*size))
        alpha = mean[1] if made.alpha is not None else None
        return Views(classes, size, elapsed_ms, alpha=alpha, sure=sure, possible=possible, drawn=drawn)

    def _probabilities(self, rgb: NDArray[np.uint8]) -> tuple[Segmentation, NDArray[np.float32]]:
        """What the model makes of a view, and its probabilities (C, h, w): of its scores or alpha, else 1 for its
        class.
        """
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
        if made.alpha is not None:
            return made, np.stack([1 - made.alpha, made.alpha])
        ids = np.arange(self._classes, dtype=np.uint8)[:, None, None]
        return made, (made.classes == ids).astype(np.float32)


def seed_of(candidate: Method) -> int:
    """What the frames that a candidate is refereed on are drawn with: of its graph, weights and settings."""
    told = f"{candidate.card.graph_hash} {candidate.name}"
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big")
