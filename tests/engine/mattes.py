"""A model that gives mattes, without a runtime, and its card."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.models.classes import ClassSet, SegmentClass
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha
from tests.engine.fakes import FakeMethod

PERSON = ClassSet(
    name="person",
    classes=(SegmentClass(name="background", colour="#808080"), SegmentClass(name="person", colour="#00c8ff")),
)


def disc(size: tuple[int, int], at: tuple[float, float], radius: float, soft: float = 3.0) -> NDArray[np.float32]:
    """Alpha float32 (h, w) of a disc whose edge is `soft` pixels wide. size: (width, height). at: (x, y)."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    away = np.hypot(x - at[0], y - at[1])
    return np.clip((radius - away) / soft + 0.5, 0, 1).astype(np.float32)


class FakeMatte(FakeMethod):
    """Gives the alphas of a list one after another, over and over."""

    def __init__(self, alphas: Sequence[NDArray[np.float32]], name: str = "matte") -> None:
        super().__init__(name)
        self.card = self.card.model_copy(update={"task": "matting", "class_set": PERSON, "graph_hash": "sha256:matte"})
        self.asked_scores: list[bool] = []
        self._alphas = list(alphas)

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        alpha = self._alphas[len(self.asked_scores) % len(self._alphas)]
        self.asked_scores.append(scores)
        return Segmentation.of(of_alpha(alpha), (rgb.shape[1], rgb.shape[0]), 2.0)
