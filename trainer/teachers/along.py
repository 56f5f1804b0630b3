"""A teacher that learns along: another network, which lowers its own loss on the same batches as the student."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.backends.torch import trained_network
from engine.models.classes import ClassSet
from engine.networks import build_network
from engine.networks.base import Output
from trainer.data.window import Batch
from trainer.objective import TOTAL, Objective, Predictions
from trainer.optimiser import parameter_groups
from trainer.recipe import Recipe
from trainer.recipe.teacher import TAUGHT
from trainer.teachers.base import Teacher
from trainer.teachers.frozen import suited_teacher
from trainer.weights.encoder import load_encoder

if TYPE_CHECKING:
    from accelerate import Accelerator


class LearningTeacher(Teacher):
    """The network that the recipe's teacher is, which learns all terms of the recipe that need no teacher.

    fresh: whether the training begins; one that goes on finds its weights in the checkpoint. shares: as Objective's.
    Making one leaves torch's random state as it was. Raises what `suited_teacher`, `trained_network` and `load_encoder`
    raise.
    """

    state: nn.Module

    def __init__(
        self,
        recipe: Recipe,
        class_set: ClassSet,
        shares: Callable[[], NDArray[np.float64]],
        device: torch.device,
        *,
        fresh: bool,
    ) -> None:
        part = recipe.teacher
        assert part is not None
        # A student starts the same with a teacher and without; and of one family, both start differently.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed + 1)
            if part.bundle is not None:
                weights, card = suited_teacher(part, class_set)
                network = trained_network(weights, card)
                super().__init__(f"{card.name} {card.weights_hash}, learning along", str(weights))
            else:
                assert part.family is not None
                network = build_network(part.family, len(class_set), **part.options)
                super().__init__(f"{part.family}, learning along")
                if part.encoder and fresh:
                    load_encoder(network, part.encoder)
        self._part, self._train = part, recipe.train
        self._objective = Objective(recipe.loss.model_copy(update=dict.fromkeys(TAUGHT, 0.0)), shares, device)
        self.state = self._network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def join(self, optimiser: Optimizer) -> None:
        """Let `optimiser` move its weights too, in groups of their own."""
        for group in parameter_groups(self.state, self._train):
            optimiser.add_param_group({**group, "share": group["share"] * self._part.rate})

    def prepare(self, accelerator: "Accelerator") -> None:
        self._network = accelerator.prepare(self._network)
        self.state = accelerator.unwrap_model(self._network)

    def __call__(self, frames: Tensor) -> Output:
        self._network.train()
        output: Output = self._network(frames, features=True)
        return output

    def own_loss(self, said: Output, batch: Batch, shares: Mapping[str, Tensor] | None) -> Tensor:
        assert said.auxiliary is not None
        terms: dict[str, Tensor] = self._objective(Predictions(said.logits, said.auxiliary), batch, shares)
        return terms[TOTAL]
