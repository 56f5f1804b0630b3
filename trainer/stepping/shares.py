"""How much a part of a step counts: of its batch, and of those of all processes.

A term that is a mean over what is labelled, or visible, is divided by how much of that there is in the whole step, in
all pieces and all processes: so is it the same wherever its windows lie. All other terms are taken for means over
windows. Of those, `lovasz`, the temporal `overlap` and hard pixels that are chosen among the batch's see the windows of
their own part alone.
"""

from collections.abc import Callable

import torch
from accelerate import Accelerator
from torch import Tensor

from trainer.data.window import Batch
from trainer.losses.alpha import known_in_both
from trainer.losses.cross_entropy import labelled_mass
from trainer.losses.temporal import known_pairs, visible_cells
from trainer.objective import Objective, Predictions

OF_KNOWN: dict[str, Callable[[Tensor, int], Tensor]] = {
    "alpha_difference": lambda known, length: known,
    "alpha_change": known_in_both,
}
"""Terms that are means over pixels whose matte is known, by what of `known` they count in windows of that length."""


class Shares:
    """The shares of the pieces of one step. All processes must ask for as many pieces.

    whole: this process's batch, of which `pieces` are made.
    """

    def __init__(self, objective: Objective, accelerator: Accelerator, whole: Batch, pieces: int) -> None:
        self._objective, self._accelerator, self._whole, self._pieces = objective, accelerator, whole, pieces
        self._masses: dict[str, Tensor] | None = None

    def of(self, predictions: Predictions, piece: Batch) -> dict[str, Tensor] | None:
        """How much each term of `piece` counts, None where it is all that there is.

        Summed over the pieces, and averaged over the processes as gradients are, the terms times their shares are the
        terms of the whole.
        """
        if self._pieces == 1 and self._accelerator.num_processes == 1:
            return None
        if self._masses is None:
            self._masses = self._mean(masses(self._objective, predictions, self._whole))
        own = masses(self._objective, predictions, piece)
        windows = torch.tensor(len(piece.frames) / len(self._whole.frames), device=self._accelerator.device)
        return {
            name: own[name] / self._masses[name].clamp(min=1e-6) if name in own else windows
            for name in self._objective.weights
        }

    def _mean(self, own: dict[str, Tensor]) -> dict[str, Tensor]:
        if self._accelerator.num_processes == 1 or not own:
            return own
        mean = self._accelerator.reduce(torch.stack(list(own.values())), "mean")
        return dict(zip(own, mean.unbind(), strict=True))


def masses(objective: Objective, predictions: Predictions, batch: Batch) -> dict[str, Tensor]:
    """What each term is divided by that does not count every window alike; float64 scalars.

    Of `predictions` only sizes are looked at, so that they may be those of a part of `batch`.
    """
    part, found = objective.part, dict[str, Tensor]()
    for name, stride in (("cross_entropy", part.stride), ("auxiliary", part.auxiliary_stride)):
        chooses = name == "cross_entropy" and part.ohem > 0
        if name in objective.weights and not chooses:
            found[name] = labelled_mass(batch.labels.flatten(0, 1)[:, ::stride, ::stride], objective.class_weights)
    if "temporal" in objective.weights:
        if batch.motion is None:
            found["temporal"] = torch.zeros((), device=batch.frames.device)
        elif part.temporal_mode == "etc":
            found["temporal"] = known_pairs(batch.motion).sum()
        else:
            height, width = predictions.logits.shape[-2:]
            found["temporal"] = visible_cells(batch.motion, (height, width)).sum()
    if batch.mattes is None:
        found |= {name: torch.zeros((), device=batch.frames.device) for name in OF_KNOWN if name in objective.weights}
    else:
        known = batch.mattes.known.flatten(0, 1)
        for name, counted in OF_KNOWN.items():
            if name in objective.weights:
                found[name] = counted(known, batch.frames.shape[1]).sum()
    return {name: mass.double() for name, mass in found.items()}
