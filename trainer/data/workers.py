"""Batches made by processes of their own: where another device trains, one interpreter does not keep it fed."""

import multiprocessing
from collections.abc import Callable, Generator
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

import cv2
from torch.utils.data import DataLoader, Dataset

from trainer.data.reading import Item, read_ahead


def can_fork() -> bool:
    """Whether this system's processes can begin as copies of this one, with all that it has open."""
    return "fork" in multiprocessing.get_all_start_methods()


def read_apart(
    make: Callable[[int], Item],
    numbers: range,
    *,
    processes: int,
    ahead: int,
    look: Callable[[], None] | None = None,
) -> Generator[Item]:
    """Yield what `make` gives of each of `numbers`, in their order, made ahead by copies of this process.

    They are as this process is when the first is asked for. ahead: how many each of them makes at most before they are
    asked for. What `make` raises is raised here, in its turn, and so is what `look` raises, which is called while one
    is waited for. The processes end with the iterator, or when it is closed.
    """
    loader = DataLoader(
        _Made(make, numbers),
        batch_size=None,
        num_workers=processes,
        prefetch_factor=ahead,
        collate_fn=_same,
        worker_init_fn=_begin,
        multiprocessing_context="fork",
    )
    made = iter(loader)
    try:
        for item in read_ahead(repeat(partial(next, made), len(numbers)), readers=1, ahead=1, look=look):
            if isinstance(item, _Failure):
                raise item.error
            yield item
    finally:
        del made


class _Failure(NamedTuple):
    """What was raised in the making: passed on as it is, where the loader would raise another with a traceback."""

    error: Exception


class _Made(Dataset[Any]):
    def __init__(self, make: Callable[[int], Any], numbers: range) -> None:
        self._make, self._numbers = make, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Any:
        try:
            return self._make(self._numbers[index])
        except Exception as error:  # noqa: BLE001
            return _Failure(error)


def _same(item: Any) -> Any:
    return item


def _begin(number: int) -> None:
    """Every process computes alone: threads that OpenCV had are not copied with it."""
    cv2.setNumThreads(0)
