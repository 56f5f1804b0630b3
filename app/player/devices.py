"""What the window's models run on, and the methods that are made there. No Qt; may be used from several threads."""

import threading
from collections.abc import Callable

from engine.backends.base import Device
from engine.methods import Method, MethodPool


class DevicePools:
    """Makes methods on the device that holds: the one asked for at the start unless it is `auto`, else the chosen one.

    Models are shared among the methods of one device; what was made before a change stays where it is.
    """

    def __init__(
        self, pool_on: Callable[[Device], MethodPool], chosen: Device = "auto", asked: Device = "auto"
    ) -> None:
        """pool_on: makes an empty pool for a device. chosen: in the preferences. asked: on the command line."""
        self.asked = asked
        self._pool_on = pool_on
        self._lock = threading.Lock()
        self._chosen = chosen
        self._pools: dict[Device, MethodPool] = {}

    @property
    def device(self) -> Device:
        """What holds now."""
        return self._chosen if self.asked == "auto" else self.asked

    def choose(self, device: Device) -> bool:
        """Another one is chosen in the preferences. Returns whether another one holds, for what is made from now on."""
        before, self._chosen = self.device, device
        return self.device != before

    def make(self, text: str) -> Method:
        """See MethodPool.make."""
        with self._lock:
            device = self.device
            pool = self._pools.get(device)
            if pool is None:
                pool = self._pools[device] = self._pool_on(device)
        return pool.make(text)
