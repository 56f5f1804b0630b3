"""What a criterion says of a network that is being trained."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.backends.base import Device
from engine.backends.torch import TorchSession
from engine.datasets.base import DatasetClip
from engine.models.card import ModelCard
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter
from trainer.criterion import Criterion


class _Asking(Segmenter):
    """Asks before each frame whether to go on."""

    look: Callable[[], None]

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """As Segmenter.segment."""
        self.look()
        return super().segment(rgb, scores=scores)


def measure(
    network: nn.Module, card: ModelCard, criterion: Criterion, clips: Sequence[DatasetClip], look: Callable[[], None]
) -> float:
    """What `criterion` says of `network` on whole frames, by the backend and at the input size that it will run at.

    look: called before each frame; what it raises is raised here.
    """
    device: Device = "cuda" if next(network.parameters()).is_cuda else "cpu"
    session = TorchSession(network, card, device=device, threads=torch.get_num_threads())
    model = _Asking(Path(card.name), card, session)
    model.look = look
    try:
        return criterion.measure(model, clips)
    finally:
        model.close()
