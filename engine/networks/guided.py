"""Guided upsampling: a coarse map brought to the picture's size so that its borders lie where the picture's do.

Source: after He and Sun, "Fast Guided Filter" (arXiv 1505.00996), with a grey guide. Ours keeps the map and takes from
the filter only what the picture adds between its cells: the filter itself averages, and a matte whose borders are two
pixels wide would need boundless logits to come out of that.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.networks.blocks import resize


class GuidedUpsampling(nn.Module):
    """Around each place the map is taken for a linear function of the picture's grey, fitted at the map's size. What is
    read at the picture's is the map, bilinear, and beside it that function of what of the grey the map's size has lost.

    radius: of the square that is fitted to, in the map's cells. eps: variance of the guide (a normalised picture's is
    about 1) below which a square counts as flat: there nothing is added.
    """

    def __init__(self, radius: int = 2, eps: float = 0.02) -> None:
        super().__init__()
        self.radius, self.eps = radius, eps

    def forward(self, coarse: Tensor, frame: Tensor) -> Tensor:
        """coarse: float (B, C, h, w). frame: float (B, 3, H, W), normalised. Returns float32 (B, C, H, W)."""
        # Variances are differences of nearly equal numbers, for which half precision has no room.
        with torch.autocast(frame.device.type, enabled=False):
            coarse, grey = coarse.float(), frame.float().mean(dim=1, keepdim=True)
            guide = resize(grey, coarse)
            mean, level = self._box(guide), self._box(coarse)
            slope = (self._box(guide * coarse) - mean * level) / (self._box(guide * guide) - mean * mean + self.eps)
            return resize(coarse, grey) + resize(slope, grey) * (grey - resize(guide, grey))

    def _box(self, values: Tensor) -> Tensor:
        """Mean over each square, of which what lies outside does not count."""
        side = 2 * self.radius + 1
        return functional.avg_pool2d(values, side, stride=1, padding=self.radius, count_include_pad=False)
