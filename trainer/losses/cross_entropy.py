"""Cross-entropy against labels, at the labels' size."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.models.classes import VOID


def cross_entropy(
    logits: Tensor,
    labels: Tensor,
    weights: Tensor | None = None,
    *,
    stride: int = 1,
    threshold: float = 0.0,
    least: float = 0.0,
) -> Tensor:
    """Weighted mean cross-entropy over the pixels that are not void; zero when all are.

    logits: float (B, C, h, w); labels: integer (B, H, W) with 255 for void; weights: float (C,) or None. Compared on
    every `stride`-th label, to which the logits are resized bilinearly: full size costs as much as the network.
    threshold: above 0, only hard pixels count, as `hard_pixels` says.
    """
    labels = labels[:, ::stride, ::stride].long()
    logits = functional.interpolate(logits.float(), size=labels.shape[-2:], mode="bilinear", align_corners=False)
    if threshold:
        hard = hard_pixels(logits.detach(), labels, threshold, least)
        labels = labels.masked_fill(~hard, VOID)
    total = functional.cross_entropy(logits, labels, weights, ignore_index=VOID, reduction="sum")
    return total / labelled_mass(labels, weights).clamp(min=1e-6)


def labelled_mass(labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """What the mean is divided by: the pixels of integer (B, H, W) that are not void, or the sum of their weights."""
    seen = labels != VOID
    return seen.sum() if weights is None else (weights[labels.clamp(max=len(weights) - 1).long()] * seen).sum()


def hard_pixels(logits: Tensor, labels: Tensor, threshold: float, least: float) -> Tensor:
    """Pixels whose right class is less probable than `threshold`, and the hardest share `least` in any case.

    logits: float (B, C, H, W). labels: int64 (B, H, W). least: 0..1, of the pixels of the whole batch that are not
    void; where several are as hard as its last, all of them are. Returns bool (B, H, W), False where void. Weights of
    classes play no part. Source: Shrivastava, Gupta and Girshick, "Training Region-based Object Detectors with Online
    Hard Example Mining" (CVPR 2016, arXiv 1604.03540), of pixels in place of regions.
    """
    seen = labels != VOID
    surprise = functional.cross_entropy(logits, labels, ignore_index=VOID, reduction="none")
    hard = surprise > -math.log(threshold)
    kept = math.ceil(least * int(seen.sum()))
    if kept:
        hard |= surprise >= surprise[seen].topk(kept, sorted=False).values.min()
    return hard & seen


def log_weights(shares: NDArray[np.float64]) -> Tensor:
    """Class weights 1 / ln(1.1 + share), scaled to a mean of 1 (after Paszke et al., ENet, arXiv 1606.02147)."""
    weights = 1 / np.log(1.1 + shares)
    return torch.from_numpy(weights / weights.mean()).float()
