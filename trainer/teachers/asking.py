"""Asking a network about whole frames: class probabilities, averaged over views of each."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.models.card import InputPolicy
from engine.networks.normalise import normalise
from trainer.recipe.teacher import ViewsPart


class Asked:
    """A network in eval mode that is asked about whole frames, at its own input size.

    between: called before each view, so that whoever waits for a large network waits for one of them at most.
    """

    def __init__(
        self,
        network: nn.Module,
        policy: InputPolicy,
        views: ViewsPart,
        device: torch.device,
        between: Callable[[], None],
    ) -> None:
        self._network, self._policy, self._views, self._device = network, policy, views, device
        self._between = between

    def __call__(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities float32 (h, w, C) of a frame uint8 (H, W, 3), as large as what the network gives."""
        mean: torch.Tensor | None = None
        views = list(self._sizes(rgb.shape[1], rgb.shape[0]))
        for size, mirrored in views:
            self._between()
            view = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
            chances = self._chances(np.asarray(view[:, ::-1] if mirrored else view, np.uint8))
            chances = chances.flip(-1) if mirrored else chances
            if mean is None:
                mean = chances
            else:
                alike = functional.interpolate(chances, size=mean.shape[-2:], mode="bilinear", align_corners=False)
                mean = mean + alike
        assert mean is not None
        return np.asarray((mean / len(views))[0].permute(1, 2, 0).cpu().numpy(), np.float32)

    def _sizes(self, width: int, height: int) -> Iterator[tuple[tuple[int, int], bool]]:
        """Size of each view, the plain one first, and whether it is mirrored."""
        own, step = self._policy.size_for(width, height), self._policy.multiple
        for scale in (1.0, *self._views.scales):
            size = (max(1, round(own[0] * scale / step)) * step, max(1, round(own[1] * scale / step)) * step)
            yield from ((size, mirrored) for mirrored in ((False, True) if self._views.flip else (False,)))

    @torch.no_grad()
    def _chances(self, view: NDArray[np.uint8]) -> torch.Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(view)).permute(2, 0, 1).unsqueeze(0).to(self._device)
        logits: torch.Tensor = self._network(normalise(pixels))
        return logits.float().softmax(dim=1)
