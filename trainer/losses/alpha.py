"""A matte against the true one: pixel by pixel, at every scale, and in how it changes from frame to frame.

Sources: Lin, Yang, Saleemi and Sengupta, "Robust High-Resolution Video Matting with Temporal Guidance" (WACV 2022,
arXiv 2108.11515), equations 1 to 3, whose weights are those of a recipe here; the pyramid after Hou and Liu,
"Context-Aware Image Matting for Simultaneous Foreground and Alpha Estimation" (ICCV 2019, arXiv 1909.09725).

Logits are float (N, 2, h, w), background first, brought to the size of the truth bilinearly; the matte is the second
class's probability. truth: float (N, H, W), 0..1. known: bool (N, H, W); elsewhere the truth means nothing.
"""

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 5
_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


def alpha_of(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """The matte of logits (N, 2, h, w) at `size` (height, width): float (N, H, W), 0..1."""
    precise = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if precise.shape[-2:] != size:
        precise = functional.interpolate(precise, size=size, mode="bilinear", align_corners=False)
    return (precise[:, 1] - precise[:, 0]).sigmoid()


def alpha_difference(logits: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Mean over known pixels of |α − α*|, 0..1; zero where none is known."""
    alpha = alpha_of(logits, _size(truth))
    return torch.where(known, (alpha - truth).abs(), 0).sum() / known.sum().clamp(min=1)


def alpha_pyramid(logits: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Σ_s 2^(s−1) / 5 · mean |L_s(α) − L_s(α*)| over the levels s = 1 to 5 of the Laplacian pyramid.

    Level s holds what is lost by halving the size once more; the wide ones weigh more, as they have fewer pixels.
    Where nothing is known both are taken for equal. Sides must be multiples of 32.
    """
    alpha = alpha_of(logits, _size(truth))
    rest = torch.where(known, alpha - truth, 0).unsqueeze(1)  # a pyramid is linear: that of the difference will do
    total = rest.new_zeros(())
    for level in range(LEVELS):
        halved = _halved(rest)
        wide = functional.interpolate(halved, size=rest.shape[-2:], mode="bilinear", align_corners=False)
        total = total + 2**level / LEVELS * (rest - wide).abs().mean()
        rest = halved
    return total


def alpha_change(logits: Tensor, truth: Tensor, known: Tensor, length: int) -> Tensor:
    """Mean over pixels known in both of two neighbouring frames of ((α_t − α_t−1) − (α*_t − α*_t−1))², 0..4.

    length: frames of a window, which follow one another in N; zero where it is 1. A matte that never changes pays for
    every change of the truth.
    """
    off, both = (alpha_of(logits, _size(truth)) - truth).unflatten(0, (-1, length)), known_in_both(known, length)
    return torch.where(both, (off[:, 1:] - off[:, :-1]).square(), 0).sum() / both.sum().clamp(min=1)


def known_in_both(known: Tensor, length: int) -> Tensor:
    """Where a frame's matte and that of the one before it in its window are known: bool (B, length − 1, H, W)."""
    there = known.unflatten(0, (-1, length))
    return there[:, 1:] & there[:, :-1]


def _size(truth: Tensor) -> tuple[int, int]:
    return truth.shape[-2], truth.shape[-1]


def _halved(values: Tensor) -> Tensor:
    """Blurred and every second pixel of it, float (N, 1, h, w)."""
    line = values.new_tensor(_BINOMIAL) / sum(_BINOMIAL)
    kernel = (line[:, None] * line[None, :])[None, None]
    return functional.conv2d(functional.pad(values, (2, 2, 2, 2), mode="replicate"), kernel, stride=2)
