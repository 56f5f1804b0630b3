"""Batches in the order in which they are trained on, made ahead by threads or processes.

A batch depends on (seed, epoch, place) only, so that a resume needs no state, and who makes it changes nothing.
"""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from trainer.data.augment import augment
from trainer.data.mixing import mixed
from trainer.data.reading import AHEAD, READERS, read_ahead
from trainer.data.sources import WindowSource
from trainer.data.window import Batch, Window, collate
from trainer.data.workers import read_apart
from trainer.recipe import Recipe, RecipeError

MIXING = 5
"""Stream of the random numbers by which samples are mixed."""


class Extra(NamedTuple):
    """Windows of which some are drawn for every batch.

    samples: how many. stream: of the random numbers, another for each source, so that none changes what another draws;
    2 and MIXING are taken.
    """

    source: WindowSource
    samples: int
    stream: int


class Feed:
    """The batches of a training.

    real: windows that an epoch goes through once each, in random order; a last incomplete batch is left out. None
    where all are drawn. extra: what the rest of every batch is drawn from. share: (rank, processes): of every batch
    this process gets one part of that many. Raises RecipeError where a batch cannot be shared out evenly.
    """

    def __init__(
        self, recipe: Recipe, real: WindowSource | None, extra: Sequence[Extra] = (), share: tuple[int, int] = (0, 1)
    ) -> None:
        if recipe.train.batch % share[1]:
            raise RecipeError(
                f"a batch of {recipe.train.batch} cannot be shared out among {share[1]} processes; "
                "set batch under [train] to a multiple, or start another number of them"
            )
        self._recipe, self._real, self._extra, self._share = recipe, real, tuple(extra), share
        self.per_epoch = recipe.train.epoch_steps or len(real or ()) // recipe.real_samples

    def from_step(
        self,
        first: int,
        end: int,
        *,
        readers: int = READERS,
        apart: bool = False,
        look: Callable[[], None] | None = None,
    ) -> Generator[Batch]:
        """The batches of the steps from `first` to before `end`, made ahead. Close it when leaving early.

        readers: who make them. apart: whether those are processes of their own, else threads. look: called while a
        batch is waited for; what it raises is raised here.
        """
        if apart:
            return read_apart(self.of_step, range(first, end), processes=readers, ahead=AHEAD, look=look)
        tasks = (partial(self.of_step, step) for step in range(first, end))
        return read_ahead(tasks, readers=readers, ahead=AHEAD * readers, look=look)

    def of_step(self, step: int) -> Batch:
        """This process's share of the batch of `step`."""
        return self.batch(*divmod(step, self.per_epoch))

    def batch(self, epoch: int, number: int) -> Batch:
        """This process's share of batch `number` of `epoch`."""
        seed, size, real = self._recipe.seed, self._recipe.train.batch, self._recipe.real_samples
        chosen: list[tuple[WindowSource, int]] = []
        if self._real is not None:
            order = np.random.default_rng([seed, epoch]).permutation(len(self._real))
            chosen = [(self._real, int(order[at % len(order)])) for at in range(number * real, (number + 1) * real)]
        for source, samples, stream in self._extra:
            draw = np.random.default_rng([seed, epoch, number, stream])
            chosen += [(source, int(index)) for index in draw.integers(0, len(source), samples)]
        rank, processes = self._share
        places = range(rank, size, processes)
        batch = collate([self._view(epoch, number * size + place, *chosen[place]) for place in places])
        part = self._recipe.augment
        return mixed(batch, part, np.random.default_rng([seed, epoch, number, MIXING, rank])) if part.mix else batch

    def _view(self, epoch: int, place: int, source: WindowSource, index: int) -> Window:
        window = source.window(index, np.random.default_rng([self._recipe.seed, epoch, place, 2]))
        random = np.random.default_rng([self._recipe.seed, epoch, place])
        return augment(window, self._recipe.augment, self._recipe.data.crop, random)
