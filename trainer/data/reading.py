"""What is made ahead by threads."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

READERS = 2
"""Threads that make batches, where the processor trains as well."""
AHEAD = 2
"""Batches for each reader that are being made or wait: enough to bridge a slow read, at 15 MB for eight samples of
480 × 352."""
LOOK_S = 0.1
"""How often `look` is called while a batch is waited for."""

Item = TypeVar("Item")


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
