"""What a training lowers: named terms, weighted by the recipe.

A new term is one file in `losses`, one row of `TERMS`, and one key of the recipe's `[loss]`, which holds its weight.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.networks.base import Output
from trainer.data.window import Batch
from trainer.losses.alpha import alpha_change, alpha_difference, alpha_pyramid
from trainer.losses.cross_entropy import cross_entropy, log_weights
from trainer.losses.lovasz import lovasz_softmax
from trainer.losses.multi_frame import MultiFrame
from trainer.losses.pair_wise_frames import pair_wise_frames
from trainer.losses.single_frame import self_similarity, single_frame, stored_single_frame
from trainer.losses.temporal import temporal, temporal_etc, temporal_overlap
from trainer.recipe import LossPart, RecipeError

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the student says of a batch, frame by frame in the order of its windows.

    logits: float (B · T, C, h', w'). auxiliary: float (B · T, C, h'', w''), from its global features alone.
    features: float (B · T, channels, height, width), what distillation reads. teacher: what the teacher says of the
    same frames. Both None in a training without one that runs along.
    """

    logits: Tensor
    auxiliary: Tensor
    features: Tensor | None = None
    teacher: Output | None = None


class Objective(nn.Module):
    """The weighted sum of the recipe's terms. What a term learns itself are its parameters.

    shares: gives the share of each class among the labelled pixels; asked only where the recipe weighs classes. Raises
    RecipeError where every weight is 0.
    """

    def __init__(self, part: LossPart, shares: Callable[[], NDArray[np.float64]], device: torch.device) -> None:
        super().__init__()
        self.part = part
        self.class_weights = _class_weights(part, shares, device)
        self.weights: dict[str, float] = {name: weight for name in TERMS if (weight := getattr(part, name))}
        if not self.weights:
            raise RecipeError(f"every weight under [loss] is 0; give one of {', '.join(TERMS)} another")
        self.multi_frame: MultiFrame | None = None
        if part.multi_frame:
            # A student starts the same with this term and without.
            with torch.random.fork_rng(devices=[]):
                self.multi_frame = MultiFrame().to(device)

    def forward(
        self, predictions: Predictions, batch: Batch, shares: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Each term under its name, as it is before it is weighted, and their weighted sum under `total`.

        shares: how much each term counts where `batch` is a part of what is learnt from in a step; None for all of it.
        Raises RecipeError where the recipe gives weights of other classes than are learnt.
        """
        classes = predictions.logits.shape[1]
        if self.class_weights is not None and len(self.class_weights) != classes:
            raise RecipeError(
                f"class_weighting under [loss] has {len(self.class_weights)} weights and the dataset has {classes} "
                "classes; give one for each, in the order of their ids"
            )
        terms = {name: TERMS[name](self, predictions, batch) for name in self.weights}
        if shares is not None:
            terms = {name: term * shares[name] for name, term in terms.items()}
        weighted = [self.weights[name] * term for name, term in terms.items()]
        total = weighted[0]
        for term in weighted[1:]:
            total = total + term
        return {**terms, TOTAL: total}

    def after_step(self) -> None:
        """Bring what was learnt back within its bounds."""
        if self.multi_frame is not None:
            self.multi_frame.clip()


def _class_weights(part: LossPart, shares: Callable[[], NDArray[np.float64]], device: torch.device) -> Tensor | None:
    if part.class_weighting == "none":
        return None
    if part.class_weighting == "log":
        return log_weights(shares()).to(device)
    return torch.tensor(part.class_weighting, device=device)


def _cross_entropy(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    part, labels = objective.part, batch.labels.flatten(0, 1)
    weights, hard = objective.class_weights, {"threshold": part.ohem, "least": part.ohem_least}
    return cross_entropy(predictions.logits, labels, weights, stride=part.stride, **hard)


def _lovasz(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    return lovasz_softmax(predictions.logits, batch.labels.flatten(0, 1))


def _auxiliary(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    labels, stride = batch.labels.flatten(0, 1), objective.part.auxiliary_stride
    return cross_entropy(predictions.auxiliary, labels, objective.class_weights, stride=stride)


def _temporal(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    part, logits = objective.part, predictions.logits
    if batch.motion is None:  # every window of it crosses a cut
        return logits.sum() * 0
    if part.temporal_mode == "etc":
        return temporal_etc(logits, batch.frames, batch.motion)
    side, photometric = part.temporal_gradient, part.temporal_photometric
    compare = temporal_overlap if part.temporal_mode == "overlap" else temporal
    return compare(logits, batch.frames, batch.motion, side=side, photometric=photometric)


def _alpha(measure: Callable[[Tensor, Tensor, Tensor], Tensor], predictions: Predictions, batch: Batch) -> Tensor:
    if batch.mattes is None:  # all of it is of pictures whose mattes nobody knows
        return predictions.logits.sum() * 0
    return measure(predictions.logits, batch.mattes.alpha.flatten(0, 1), batch.mattes.known.flatten(0, 1))


def _alpha_difference(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    return _alpha(alpha_difference, predictions, batch)


def _alpha_pyramid(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    return _alpha(alpha_pyramid, predictions, batch)


def _alpha_change(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    return _alpha(partial(alpha_change, length=batch.frames.shape[1]), predictions, batch)


def _single_frame(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    logits, temperature = predictions.logits, objective.part.temperature
    if predictions.teacher is not None:
        return single_frame(logits, predictions.teacher.logits, temperature=temperature)
    if batch.targets is None:  # an offline teacher said nothing of these frames
        return logits.sum() * 0
    chances, known, pieces = (
        each.flatten(0, 1) for each in (batch.targets.chances, batch.targets.known, batch.targets.pieces)
    )
    balance = objective.part.single_frame_balance
    return stored_single_frame(logits, chances, known, temperature=temperature, pieces=pieces, balance=balance)


def _self_similarity(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    assert predictions.features is not None
    assert predictions.teacher is not None
    return self_similarity(predictions.features, predictions.teacher.features)


def _pair_wise_frames(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    assert predictions.features is not None
    assert predictions.teacher is not None
    windows = batch.frames.shape[:2]
    return pair_wise_frames(
        predictions.features.unflatten(0, windows), predictions.teacher.features.unflatten(0, windows)
    )


def _multi_frame(objective: Objective, predictions: Predictions, batch: Batch) -> Tensor:
    assert objective.multi_frame is not None
    assert predictions.features is not None
    assert predictions.teacher is not None
    windows = batch.frames.shape[:2]
    term: Tensor = objective.multi_frame(
        predictions.features.unflatten(0, windows), predictions.teacher.features.unflatten(0, windows)
    )
    return term


TERMS: dict[str, Callable[[Objective, Predictions, Batch], Tensor]] = {
    "cross_entropy": _cross_entropy,
    "lovasz": _lovasz,
    "auxiliary": _auxiliary,
    "alpha_difference": _alpha_difference,
    "alpha_pyramid": _alpha_pyramid,
    "alpha_change": _alpha_change,
    "temporal": _temporal,
    "single_frame": _single_frame,
    "self_similarity": _self_similarity,
    "pair_wise_frames": _pair_wise_frames,
    "multi_frame": _multi_frame,
}


class TermMeans:
    """Means of the terms over the steps since they were taken last."""

    def __init__(self) -> None:
        self._steps: list[dict[str, Tensor]] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, terms: dict[str, Tensor]) -> None:
        """Add one step's."""
        self._steps.append({name: term.detach() for name, term in terms.items()})

    def take(self) -> dict[str, float]:
        """The means so far, and start anew. Empty without a step."""
        steps, self._steps = self._steps, []
        return {name: float(torch.stack([each[name] for each in steps]).mean()) for name in (steps[0] if steps else {})}
