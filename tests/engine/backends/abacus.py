"""A runtime for tests, as a file beside the others would be: all it needs is `load_session`."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import Device, ProviderReport
from engine.models.card import ModelCard
from engine.tasks import Memory, Outputs


class AbacusSession:
    """Every pixel is class 3. Implements `engine.backends.base.BackendSession`."""

    has_scores = False

    def __init__(self, path: Path, device: Device) -> None:
        self.path = path
        self.report = ProviderReport(device, "abacus-wood", "CPU", "float32")

    def run(self, frame: NDArray[np.uint8], *, scores: bool = False, memory: Memory | None = None) -> Outputs:
        return Outputs(np.full(frame.shape[:2], 3, np.uint8))

    def close(self) -> None:
        pass


def load_session(path: Path, card: ModelCard, *, device: Device, threads: int | None = None) -> AbacusSession:
    return AbacusSession(path, device)
