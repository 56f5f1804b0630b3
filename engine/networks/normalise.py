"""Pixel normalisation that every network of ours is trained with: (pixel − mean) / std, RGB, 0..255."""

import torch
from torch import Tensor

PIXEL_MEAN = (123.7, 116.3, 103.5)
PIXEL_STD = (58.4, 57.1, 57.4)


def normalise(frames: Tensor) -> Tensor:
    """Return float32 (B, 3, H, W) for frames uint8 (B, 3, H, W) RGB."""
    mean = torch.tensor(PIXEL_MEAN, device=frames.device).view(1, 3, 1, 1)
    std = torch.tensor(PIXEL_STD, device=frames.device).view(1, 3, 1, 1)
    return (frames.float() - mean) / std
