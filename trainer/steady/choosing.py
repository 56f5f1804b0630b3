"""Which student is kept: by the verdict's conditions on frames that it did not see, never by steadiness alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import onnx
import torch
from torch import nn

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.methods import Method
from engine.models.card import InputPolicy, ModelCard
from engine.segmenter import Segmenter
from engine.verdict import Verdict
from trainer.steady.graph import with_weights
from trainer.steady.judging import HeardClip, Pieces, heard, judged
from trainer.steady.preview import worst_of, write_preview
from trainer.weights.mixing import mixed_with_start

REFEREED = 20
"""Frames of a clip that the referee is asked about."""

GAINS = ("flicker", "tc", "street")
"""Conditions that say nothing of what is lost on these clips."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the frames that choose say of a student. share: how much of the start is in it.

    flicker, flicker_before: the student's and the start's, 0..1. agreement, agreement_before: with the referee, 0..100.
    lost: what speaks against it, empty where nothing does.
    """

    share: float
    flicker: float
    flicker_before: float
    agreement: float
    agreement_before: float
    lost: tuple[str, ...] = field(default=())


class Choosing:
    """The frames that choose, with the start's masks and the referee's on them: made once, and kept in memory.

    baseline: what the student is compared with. graph, policy: the student's, whose weights go in. look: called before
    each frame; what it raises is raised. preview: a picture of the worst of its moments, written anew each time.
    """

    def __init__(
        self,
        baseline: Method,
        graph: onnx.ModelProto,
        pieces: Pieces,
        look: Callable[[], None],
        preview: Path,
        policy: InputPolicy,
    ) -> None:
        self._baseline, self._graph, self._pieces, self._look = baseline, graph, pieces, look
        self._preview = preview
        self._card = baseline.card.model_copy(update={"input": policy})
        self._clips: Sequence[HeardClip] | None = None

    def ask(self, network: nn.Module, share: float = 0.0) -> Found:
        """What is found of a student."""
        if self._clips is None:
            self._clips = heard(self._pieces, self._baseline, REFEREED, self._look)
            self._worst = worst_of(self._clips)
        model = student_of(self._graph, network, self._card)
        try:
            verdict = judged(self._clips, model, self._look)
            write_preview(self._preview, self._worst, model)
        finally:
            model.close()
        return _found(verdict, share)


def choose(choosing: Choosing, network: nn.Module, start: Path, shares: Sequence[float]) -> tuple[nn.Module, Found]:
    """Of the mixtures of `network` and `start`, a steady one of which nothing is lost.

    From the one with most of the start in it towards `network`, as far as nothing is lost; and of those the last but
    one, where there is another: what chooses is a few frames, and what judges is others. Where something is lost in
    each, the one with most of the start.
    """
    whole: list[tuple[nn.Module, Found]] = []
    for share in sorted(shares, reverse=True):
        mixed = mixed_with_start(network, start, share).eval() if share else network.eval()
        found = choosing.ask(mixed, share)
        if found.lost and whole:
            break
        whole.append((mixed, found))
        if found.lost:
            break
    return whole[-1] if len(whole) == 1 or len(whole) == len(shares) else whole[-2]


def student_of(graph: onnx.ModelProto, network: nn.Module, card: ModelCard) -> Segmenter:
    """A network that is being trained, as it will run, with as many threads as it is trained with. graph: its own, with
    any weights. card: says its input.
    """
    model = with_weights(graph, network.eval()).SerializeToString()
    session = OnnxRuntimeSession(model, device="cpu", threads=torch.get_num_threads())
    return Segmenter(Path(card.name), card, session)


def _found(verdict: Verdict, share: float) -> Found:
    flicker, agreement = verdict.condition("flicker").values, verdict.condition("agreement").values
    name = "soft_flicker" if "soft_flicker_baseline" in flicker else "flicker"
    return Found(
        share,
        flicker[f"{name}_candidate"] or 0.0,
        flicker[f"{name}_baseline"] or 0.0,
        agreement["agreement_candidate"] or 0.0,
        agreement["agreement_baseline"] or 0.0,
        tuple(each.says for each in verdict.conditions if each.name not in GAINS and each.passed is False),
    )
