"""Asking a network about whole frames: class probabilities, averaged over views of each."""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.models.card import InputPolicy
from engine.networks.normalise import normalise
from engine.verdict.views import laid_back, shown
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
        for mirrored, scale, right, down in self._views.all:
            self._between()
            view = np.asarray(cv2.resize(rgb, self._size(rgb, scale), interpolation=cv2.INTER_AREA), np.uint8)
            if right or down:
                moved = shown(view, mirrored, 1.0, right, down)
                planes = laid_back(self._chances(moved)[0].cpu().numpy(), mirrored, 1.0, right, down)
                chances = torch.from_numpy(planes).unsqueeze(0).to(self._device)
            else:
                chances = self._chances(np.asarray(view[:, ::-1] if mirrored else view, np.uint8))
                chances = chances.flip(-1) if mirrored else chances
            if mean is None:
                mean = chances
            else:
                alike = functional.interpolate(chances, size=mean.shape[-2:], mode="bilinear", align_corners=False)
                mean = mean + alike
        assert mean is not None
        return np.asarray((mean / len(self._views.all))[0].permute(1, 2, 0).cpu().numpy(), np.float32)

    def _size(self, rgb: NDArray[np.uint8], scale: float) -> tuple[int, int]:
        """(width, height) of a view of a frame."""
        own, step = self._policy.size_for(rgb.shape[1], rgb.shape[0]), self._policy.multiple
        return max(1, round(own[0] * scale / step)) * step, max(1, round(own[1] * scale / step)) * step

    @torch.no_grad()
    def _chances(self, view: NDArray[np.uint8]) -> torch.Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(view)).permute(2, 0, 1).unsqueeze(0).to(self._device)
        logits: torch.Tensor = self._network(normalise(pixels))
        return logits.float().softmax(dim=1)
