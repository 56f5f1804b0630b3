"""Batches in the order in which they are trained on, made ahead by threads.

A batch depends on (seed, epoch, place) only, so that a resume needs no state, and threads change nothing.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np

from trainer.data.augment import augment
from trainer.data.sources import WindowSource
from trainer.data.window import Batch, Window, collate
from trainer.recipe import Recipe, RecipeError

READERS = 2
"""Threads that make batches, where the processor trains as well."""
AHEAD = 2
"""Batches for each reader that are being made or wait: enough to bridge a slow read, at 15 MB for eight samples of
480 × 352."""
LOOK_S = 0.1
"""How often `look` is called while a batch is waited for."""

Item = TypeVar("Item")


class Extra(NamedTuple):
    """Windows of which some are drawn for every batch.

    samples: how many. stream: of the random numbers, another for each source, so that none changes what another draws;
    2 is taken.
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
        self, first: int, end: int, *, readers: int = READERS, look: Callable[[], None] | None = None
    ) -> Generator[Batch]:
        """The batches of the steps from `first` to before `end`, made ahead. Close it when leaving early.

        readers: threads that make them. look: called while a batch is waited for; what it raises is raised here.
        """
        tasks = (partial(self.batch, *divmod(step, self.per_epoch)) for step in range(first, end))
        return read_ahead(tasks, readers=readers, ahead=AHEAD * readers, look=look)

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
        return collate([self._view(epoch, number * size + place, *chosen[place]) for place in places])

    def _view(self, epoch: int, place: int, source: WindowSource, index: int) -> Window:
        window = source.window(index, np.random.default_rng([self._recipe.seed, epoch, place, 2]))
        random = np.random.default_rng([self._recipe.seed, epoch, place])
        return augment(window, self._recipe.augment, self._recipe.data.crop, random)


def read_ahead(
    tasks: Iterable[Callable[[], Item]],
    *,
    readers: int = READERS,
    ahead: int = AHEAD * READERS,
    look: Callable[[], None] | None = None,
) -> Generator[Item]:
    """Yield what `tasks` give, in their order, while up to `ahead` of those that follow are done by `readers` threads.

    What a task raises is raised here, in its turn, and so is what `look` raises, which is called while a task is waited
    for. Threads end with the iterator, or when it is closed.
    """

    def next_one() -> Item:
        while look is not None and not wait([waiting[0]], LOOK_S).done:
            look()
        return waiting.popleft().result()

    waiting: deque[Future[Item]] = deque()
    pool = ThreadPoolExecutor(readers, thread_name_prefix="reader")
    try:
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > ahead:
                yield next_one()
        while waiting:
            yield next_one()
    finally:
        pool.shutdown(cancel_futures=True)
