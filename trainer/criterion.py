"""By what the checkpoint that is kept is chosen: one row for each criterion. This module does not import torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.datasets.base import DatasetClip
from engine.measures.accuracy import ConfusionMatrix
from engine.segmenter import Segmenter


@dataclass(frozen=True, slots=True)
class Criterion:
    """A number by which students are compared.

    measure: of a model on the clips that are held out.
    """

    measure: Callable[[Segmenter, Sequence[DatasetClip]], float]
    higher_is_better: bool

    def prefers(self, value: float, best: float | None) -> bool:
        """Whether `value` is better than the best so far, None where there is none yet."""
        if best is None:
            return True
        return value > best if self.higher_is_better else value < best


def miou(model: Segmenter, clips: Sequence[DatasetClip]) -> float:
    """miou on the whole labelled frames, 0..100: no test-time augmentation, void ignored, counts pooled."""
    matrix = ConfusionMatrix(len(model.card.class_set))
    for clip in clips:
        for frame in clip.frames():
            if frame.labels is not None:
                matrix.update(model.segment(frame.rgb).mask, frame.labels)
    return matrix.miou() or 0.0


CRITERIA: dict[str, Criterion] = {
    "miou": Criterion(miou, higher_is_better=True),
}
