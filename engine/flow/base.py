"""The contract of every flow estimator."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Flow(Protocol):
    """Estimates flow between two pictures. Use one from one thread at a time, unless it is `parallel`.

    parallel: keeps nothing from call to call, and takes one core long enough for both directions to be found at once.
    """

    name: str
    parallel: bool

    def __call__(self, start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Flow from `start` to `end`, both uint8 (h, w, 3) RGB of one size; float32 (h, w, 2), pixels."""
