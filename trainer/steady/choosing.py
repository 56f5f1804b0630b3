"""Which student is kept: by the verdict's conditions on frames that it did not learn from, never by steadiness alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from torch import nn

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.datasets.base import DatasetClip
from engine.methods import Method
from engine.models.card import ModelCard
from engine.segmenter import Segmenter
from engine.verdict import Judge
from trainer.criterion import Criterion
from trainer.steady.graph import with_weights
from trainer.steady.judging import Pieces, Seen, judged, seen

REFEREED = 20
"""Frames of a clip that the referee is asked about."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a candidate. flicker: 0..1, and the baseline's. agreement: 0..100, and the baseline's.

    stands: whether nothing but its flicker can be held against it. share: how much of the start is in it.
    """

    flicker: float
    flicker_before: float
    agreement: float
    agreement_before: float
    stands: bool
    reasons: tuple[str, ...]
    share: float = 0.0


class Choosing:
    """The frames that choose, with the baseline's masks and the referee's, made once and kept in memory."""

    def __init__(self, baseline: Method, graph: onnx.ModelProto, pieces: Pieces, look: Callable[[], None]) -> None:
        self._baseline, self._graph, self._look = baseline, graph, look
        self._pieces = pieces
        self._clips: list[list[Seen]] | None = None
        self.last: Found | None = None

    def ask(self, network: nn.Module, share: float = 0.0) -> Found:
        """What the conditions say of a student. Raises what `look` raises."""
        if self._clips is None:
            self._clips = list(seen(self._pieces, self._baseline, REFEREED, self._look))
        model = student_of(self._graph, network, self._baseline.card)
        try:
            judge = Judge(self._baseline.card.class_set)
            judged(judge, self._clips, model, self._look)
        finally:
            model.close()
        verdict = judge.verdict()
        flicker, agreement = verdict.condition("flicker").values, verdict.condition("agreement").values
        losses = [each for each in verdict.conditions if each.name not in ("flicker", "tc", "street") and each.passed is False]
        self.last = Found(
            flicker["flicker_candidate"] or 0.0,
            flicker["flicker_baseline"] or 0.0,
            agreement["agreement_candidate"] or 0.0,
            agreement["agreement_baseline"] or 0.0,
            not losses,
            tuple(each.says for each in losses),
            share,
        )
        return self.last


def student_of(graph: onnx.ModelProto, network: nn.Module, card: ModelCard) -> Segmenter:
    """A network that is being trained, as it will run. graph: of the bundle that it goes on from."""
    network.eval()
    session = OnnxRuntimeSession(with_weights(graph, network).SerializeToString(), device="cpu")
    return Segmenter(Path(card.name), card, session)
