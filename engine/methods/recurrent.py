"""A model with a memory of its own, as a method: it goes on from frame to frame, and begins anew at seeks and cuts."""

import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.methods.base import Method, Wrapper
from engine.segmentation import Segmentation
from engine.tasks import Memory, Outputs


class SteppingModel(Method, Protocol):
    """A model that is given its memory, and gives the next one."""

    def step(self, rgb: NDArray[np.uint8], memory: Memory) -> tuple[Segmentation, Memory]:
        """See `engine.segmenter.Segmenter.step`. Raises BackendError."""


class Recurrent(Wrapper):
    """Keeps what a model hands on to its next frame.

    All that came before it may matter to a frame, back to the cut before: there is no telling how fast a network
    forgets. So a frame that is sought is run in on from the first one.
    """

    inner: SteppingModel

    def __init__(self, inner: SteppingModel) -> None:
        super().__init__(inner, inner.name)
        self._memory: Memory = ()
        self._size: tuple[int, ...] = ()

    def smooth(self, rgb: NDArray[np.uint8]) -> tuple[Outputs, float, float]:
        """See Wrapper."""
        if rgb.shape != self._size:
            self._memory, self._size = (), rgb.shape
        begin = time.perf_counter()
        made, self._memory = self.inner.step(rgb, self._memory)
        return made.outputs, made.inference_ms, (time.perf_counter() - begin) * 1000

    def run_in(self, index: int) -> int:
        """See Wrapper."""
        return index

    def forget(self) -> None:
        """The next frame is the first one."""
        self._memory = ()
