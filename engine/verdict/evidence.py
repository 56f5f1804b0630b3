"""What is there for certain: what the referee sees alike in three frames in a row, or what people have labelled."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, measure_size, visible_pixels, warp
from engine.measures.pair import to_size
from engine.models.classes import VOID
from engine.models.mapping import ClassView
from engine.segmentation import Segmentation
from engine.verdict.objects import Objects, objects_of
from engine.verdict.views import Views


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about one frame.

    classes: uint8 (h, w), the class where there is evidence, 255 elsewhere. possible: as in `Views`, which classes may
    be there at all; None where that is not known. labelled: whether people made it. alpha: of a matte, float32 (h, w),
    0..1, the mean of the views. steady: bool (h, w), where that is within 0.1 the same in the frame before and after.
    """

    classes: NDArray[np.uint8]
    possible: NDArray[np.uint8] | None = None
    labelled: bool = False
    alpha: NDArray[np.float32] | None = None
    steady: NDArray[np.bool_] | None = None

    @cached_property
    def objects(self) -> Objects:
        """Its objects; found on first use and kept."""
        return objects_of(self.classes, VOID)

    @classmethod
    def of_labels(cls, labels: NDArray[np.uint8]) -> "Evidence":
        """Of a label, uint8 (H, W), 255 void, at the size that its frame is measured at."""
        return cls(to_size(labels, *measure_size(labels.shape[1], labels.shape[0])), labelled=True)

    def without(self, nowhere: NDArray[np.bool_]) -> "Evidence":
        """The same without any where `nowhere`, bool (h, w)."""
        return replace(self, classes=np.where(nowhere, np.uint8(VOID), self.classes)) if nowhere.any() else self

    def seen_as(self, view: ClassView | None) -> "Evidence":
        """The same in the classes that are compared: none of those that are not. view: None where all are."""
        if view is None:
            return self
        classes = view.of(self.classes)
        classes[classes == view.classes] = VOID
        possible = None
        if self.possible is not None:
            possible = np.zeros((-(-view.classes // 8), *classes.shape), np.uint8)
            for ours, place in enumerate(view.ids):
                if place < view.classes:
                    possible[place // 8] |= ((self.possible[ours // 8] >> (ours % 8)) & 1) << (place % 8)
        return Evidence(classes, possible, self.labelled)


class EvidenceMaker:
    """Evidence from a referee's views, frame by frame, one frame late. Keeps two frames. One thread at a time.

    Definition: a pixel of a drawn frame is evidence where its likeliest class in the mean of six views has a
    probability of at least 0.5, and where that class is the likeliest one at the corresponding points of the frame
    before and of the frame after as well, each asked alone, and both visible. A sighting that comes and goes is none;
    nor is anything at a cut or at an end of the clip.
    """

    def __init__(self) -> None:
        self._then: Views | None = None
        self._now: Views | None = None
        self._motion: Motion | None = None

    def reset(self) -> None:
        """Another clip begins."""
        self._then = self._now = self._motion = None

    def update(self, views: Segmentation, motion: Motion | None) -> Evidence | None:
        """Add a frame, and return the evidence about the frame *before* it; None where there is none.

        views: what a Referee gave. motion: against the frame before, None for the first one and after a cut.
        """
        made = None
        if motion is not None and isinstance(views, Views):
            made = self._look_back(views, motion)
        self._then, self._now, self._motion = self._now, views if isinstance(views, Views) else None, motion
        return made

    def _look_back(self, after: Views, onward: Motion) -> Evidence | None:
        then, now, motion = self._then, self._now, self._motion
        if then is None or now is None or motion is None or not now.drawn or now.sure is None:
            return None
        seen = to_size(now.classes, *motion.size)
        seen_thrice = motion.visible & visible_pixels(onward.forward, onward.backward)
        held = to_size(now.sure.view(np.uint8), *motion.size).view(np.bool_) & seen_thrice
        held &= warp(to_size(then.classes, *motion.size), motion.backward) == seen
        held &= warp(to_size(after.classes, *motion.size), onward.forward) == seen
        possible = None if now.possible is None else np.stack([to_size(each, *motion.size) for each in now.possible])
        alpha, before, later = (each.alpha_at(motion.size) for each in (now, then, after))
        steady = None
        if alpha is not None and before is not None and later is not None:
            steady = seen_thrice & (np.abs(warp(before, motion.backward, linear=True) - alpha) <= _SAME_ALPHA)
            steady &= np.abs(warp(later, onward.forward, linear=True) - alpha) <= _SAME_ALPHA
        return Evidence(np.where(held, seen, VOID).astype(np.uint8), possible, alpha=alpha, steady=steady)


_SAME_ALPHA = 0.1
