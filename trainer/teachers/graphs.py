"""Asking a model that is an inference graph alone about whole frames, as `trainer.teachers.asking` asks a network."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.segmenter import Segmenter
from engine.tasks.semantic import softmax
from engine.verdict.views import laid_back, shown
from trainer.recipe.teacher import ViewsPart

MOST_CELLS = 2**16
"""Of what is said of a frame; what is finer is averaged down. A student's own output has a quarter of it."""


class AskedGraph:
    """A model that is asked about whole frames. Its graph brings them to its own size, so that a smaller view is the
    frame made smaller within itself, with what is at its edges mirrored around it.

    between: called before each view.
    """

    def __init__(self, model: Segmenter, views: ViewsPart, between: Callable[[], None]) -> None:
        self._model, self._between = model, between
        self._classes, self._gives_scores = len(model.card.class_set), model.card.gives_scores
        self._views = views.all

    def __call__(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities float32 (h, w, C) of a frame uint8 (H, W, 3), each cell's sum 1.

        Of a matte they are 1 - alpha and alpha. Of a model without scores they are 1 for its class; where it says none,
        all classes are alike.
        """
        total: NDArray[np.float32] | None = None
        for place, view in enumerate(self._views):  # the plain one first
            self._between()
            said = self._said(rgb if place == 0 else shown(rgb, *view))
            planes = said if place == 0 else laid_back(said, *view)
            total = planes if total is None else total + planes
        assert total is not None
        sums = total.sum(axis=0, keepdims=True)
        chances = np.where(sums > 0, total / np.maximum(sums, 1e-6), 1 / self._classes)
        return np.ascontiguousarray(chances.transpose(1, 2, 0), np.float32)

    def _said(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(C, h, w) of one view."""
        made = self._model.segment(view, scores=self._gives_scores)
        planes: Iterator[NDArray]
        if made.scores is not None:
            planes = iter(softmax(made.scores))
            height, width = made.scores.shape[1:]
        elif made.alpha is not None:
            planes = iter((1 - made.alpha, made.alpha))
            height, width = made.alpha.shape
        else:
            planes = ((made.classes == each).astype(np.float32) for each in range(self._classes))
            height, width = made.classes.shape
        shrink = min(1.0, (MOST_CELLS / (height * width)) ** 0.5)
        size = max(1, round(width * shrink)), max(1, round(height * shrink))
        return np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes])
