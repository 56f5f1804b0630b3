"""What the window's models run on, and the methods that are made there. No Qt; may be used from several threads."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from engine.backends.base import DEFAULT_BACKEND, Device
from engine.methods import Method, MethodPool


@dataclass(frozen=True, slots=True)
class RunsOn:
    """Where a model runs, and with which runtime. By default, whatever is best."""

    device: Device = "auto"
    backend: str = DEFAULT_BACKEND

    @property
    def word(self) -> str:
        """What is typed behind --device for it."""
        return self.device if self.backend == DEFAULT_BACKEND else self.backend


BEST = RunsOn()
"""What nobody asked otherwise for."""


class DevicePools:
    """Makes methods where it holds: as was asked for at the start, or else as was chosen.

    Models are shared among the methods of one place; what was made before a change stays where it is.
    """

    def __init__(self, pool_on: Callable[[RunsOn], MethodPool], chosen: RunsOn = BEST, asked: RunsOn = BEST) -> None:
        """pool_on: makes an empty pool. chosen: in the preferences. asked: on the command line; BEST for
        nothing.
        """
        self.asked = asked
        self._pool_on = pool_on
        self._lock = threading.Lock()
        self._chosen = chosen
        self._pools: dict[RunsOn, MethodPool] = {}

    @property
    def holds(self) -> RunsOn:
        """What holds now."""
        return self._chosen if self.asked == BEST else self.asked

    def choose(self, chosen: RunsOn) -> bool:
        """Another one is chosen in the preferences. Returns whether another one holds, for what is made from now on."""
        before, self._chosen = self.holds, chosen
        return self.holds != before

    def forget(self, name: str) -> None:
        """See MethodPool.forget."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.forget(name)

    def make(self, text: str) -> Method:
        """See MethodPool.make."""
        with self._lock:
            holds = self.holds
            pool = self._pools.get(holds)
            if pool is None:
                pool = self._pools[holds] = self._pool_on(holds)
        return pool.make(text)
