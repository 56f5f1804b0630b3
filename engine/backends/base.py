"""The backend contract: a runtime that turns one frame into class ids, and tells truthfully what it runs on."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.tasks import Memory, Outputs

Device = Literal["auto", "cpu", "cuda"]
"""Where to run. `auto` takes the fastest that is there; every other value warns when it is not."""

DEFAULT_BACKEND = "onnxruntime"
"""The runtime that is taken unless another of `engine.backends.table` is asked for by its name."""


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What a session really runs on.

    requested: where it was asked to run.
    provider: the runtime's name of what runs (`CPUExecutionProvider`, `torch-cuda`).
    device: name to show (`CPU`, `CUDA`, or `TensorRT` for what runs on CUDA by its means).
    precision: `float32`, `float16` or `int8`.
    warning: why this is not what was asked for, in words a user can act on; None when it is.
    """

    requested: Device
    provider: str
    device: str
    precision: str
    warning: str | None = None


class BackendSession(Protocol):
    """One loaded model in one runtime. Safe to call from one thread at a time."""

    report: ProviderReport
    has_scores: bool

    def run(self, frame: NDArray[np.uint8], *, scores: bool = False, memory: Memory | None = None) -> Outputs:
        """Run the graph once.

        frame: uint8 (H, W, 3) RGB, contiguous. memory: of a model with one, what the frame before gave, () before the
        first one; None asks about this frame alone, and gives none back. Returns all that the model's task gives,
        `scores` when asked for; the arrays are the caller's to keep. Raises BackendError when the runtime fails, or
        when `scores` are asked for and the model has none.
        """

    def close(self) -> None:
        """Free the runtime's memory. May be called twice."""
