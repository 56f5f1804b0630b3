"""Who hears what a player delivers, for tests."""

import threading
from collections.abc import Callable

from engine.frame_result import FrameResult
from engine.live.handover import Ended, Failed
from engine.live.player import PlayerItem
from tests.waiting import PATIENCE_S


class Listener:
    """Collects what a player delivers, and lets a test wait for it."""

    def __init__(self) -> None:
        self.items: list[PlayerItem] = []
        self._changed = threading.Condition()

    def __call__(self, item: PlayerItem) -> None:
        with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    def wait(self, wanted: Callable[[list[PlayerItem]], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: wanted(self.items), PATIENCE_S), self.items

    @property
    def results(self) -> list[FrameResult]:
        return [item for item in self.items if isinstance(item, FrameResult)]

    @property
    def shown(self) -> list[int]:
        """The indices of the frames, in the order in which they came."""
        return [result.frame.index for result in self.results]

    def wait_for_frame(self, index: int) -> None:
        self.wait(lambda items: any(isinstance(i, FrameResult) and i.frame.index == index for i in items))

    def wait_for_end(self) -> PlayerItem:
        self.wait(lambda items: any(isinstance(i, Ended | Failed) for i in items))
        return next(i for i in self.items if isinstance(i, Ended | Failed))
