"""Methods over clips, every frame: one motion a frame, and the scores of every method along it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, MotionEstimator, make_flow
from engine.measures.pair import PairCounts
from engine.measures.scores import Scores
from engine.methods.base import Method, model_of
from engine.segmentation import Segmentation


class Scoring:
    """What evaluations, comparisons and verdicts do with a frame. One thread at a time.

        scoring.begin_clip()
        for frame in …:
            scoring.add(frame.rgb, scoring.ask(frame.rgb), references=…)

    A pipeline asks in the place of `ask`. Bounded as `Scores` is.
    """

    def __init__(self, methods: Sequence[Method], classes: int, flow: str) -> None:
        """classes: how many the set has. flow: what is measured along. Raises UnknownNameError for a flow."""
        inside = [model_of(method) for method in methods]
        wrapped = [slot for slot, model in enumerate(inside) if model is not methods[slot]]
        self.asked: tuple[Method, ...] = (*methods, *(inside[slot] for slot in wrapped))
        """The methods, then the model inside each of those that are wrappers."""
        self.slots: tuple[int, ...] = (*range(len(methods)), *wrapped)
        """Of each of `asked`, the place of the method that it is or is inside."""
        self.scores = tuple(Scores(classes) for _ in methods)
        self.motion: Motion | None = None
        """The last one that there was: what has been measured along."""
        self._methods = methods
        self._unsmoothed = {slot: len(methods) + place for place, slot in enumerate(wrapped)}
        self._estimator = MotionEstimator(make_flow(flow))
        self._consecutive = True

    def begin_clip(self, *, consecutive: bool = True) -> None:
        """Another clip begins. consecutive: False for unrelated images."""
        self._consecutive = consecutive
        self._estimator.reset()
        for method, scores in zip(self._methods, self.scores, strict=True):
            method.reset()
            scores.begin_clip()

    def ask(self, rgb: NDArray[np.uint8]) -> list[Segmentation]:
        """What each of `asked` makes of a frame, rgb uint8 (H, W, 3). Raises BackendError."""
        if not self._consecutive:
            for method in self._methods:
                method.reset()
        return [each.segment(rgb) for each in self.asked]

    def add(
        self,
        rgb: NDArray[np.uint8],
        made: Sequence[Segmentation],
        *,
        references: Sequence[NDArray[np.uint8] | None],
        labels: NDArray[np.uint8] | None = None,
        motion: Motion | None = None,
    ) -> tuple[Motion | None, tuple[PairCounts | None, ...]]:
        """Add the clip's next frame. made: of each of `asked`. references: by method, the mask that agreement is with.

        labels: uint8 (H, W), 255 void. motion: against the frame before, where it is known exactly. Returns the motion,
        None for the first frame, after a cut and for unrelated images, and of each method the pair along it.
        """
        if motion is None and self._consecutive:
            motion = self._estimator.update(rgb)
        self.motion = motion or self.motion
        pairs = []
        for slot, scores in enumerate(self.scores):
            inside = self._unsmoothed.get(slot) if self._consecutive else None
            pairs.append(
                scores.update(
                    made[slot].mask,
                    motion,
                    alpha=made[slot].alpha,
                    labels=labels,
                    reference=references[slot],
                    unsmoothed=None if inside is None else made[inside].classes,
                    inference_ms=made[slot].inference_ms,
                    consecutive=self._consecutive,
                )
            )
        return motion, tuple(pairs)
