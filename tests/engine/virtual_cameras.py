"""A pyvirtualcam that sends nowhere, and remembers it."""

import threading
import time
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray


class FakeCamera:
    """device: its name. sent: what it was given. closed: whether it was closed. busy: whether it is sending."""

    device = "Fake Camera"

    def __init__(self, module: "FakeModule", width: int, height: int, fps: float, fmt: str) -> None:
        self.asked = (width, height, fps, fmt)
        self.sent: list[NDArray[np.uint8]] = []
        self.closed = False
        self.busy = False
        self._module = module

    def send(self, picture: NDArray[np.uint8]) -> None:
        assert picture.shape == (self.asked[1], self.asked[0], 3)
        assert picture.dtype == np.uint8
        assert picture.flags.c_contiguous
        if self._module.slow_s:
            time.sleep(self._module.slow_s)
        if self._module.breaks:
            raise RuntimeError("the driver is gone")
        self.busy = True
        self._module.may_send.wait(30)
        self.busy = False
        self.sent.append(picture)

    def close(self) -> None:
        self.closed = True


class FakeModule(ModuleType):
    """To be put at the place of `pyvirtualcam`. missing: there is no device. breaks: sending fails. slow_s: how long it
    takes. may_send: until it is set, sending hangs.
    """

    class PixelFormat:
        RGB = "rgb"

    def __init__(self) -> None:
        super().__init__("pyvirtualcam")
        self.cameras: list[FakeCamera] = []
        self.missing = self.breaks = False
        self.slow_s = 0.0
        self.may_send = threading.Event()
        self.may_send.set()

    def Camera(self, width: int, height: int, fps: float, *, fmt: str, **_: Any) -> FakeCamera:
        if self.missing:
            raise RuntimeError("v4l2loopback: no device found\n")
        self.cameras.append(FakeCamera(self, width, height, fps, fmt))
        return self.cameras[-1]
