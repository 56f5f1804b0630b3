"""Lovász-softmax: a convex stand-in for 1 − IoU."""

import torch
from torch import Tensor

from engine.models.classes import VOID


def lovasz_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over the classes that occur of the Lovász extension of the Jaccard loss, 0..1; zero where all is void.

    logits: float (B, C, h, w); labels: integer (B, H, W) with 255 for void, looked at where the logits' pixel centres
    fall. Pixels are pooled over the batch. Source: Berman, Triki and Blaschko, "The Lovász-Softmax loss" (CVPR 2018,
    arXiv 1705.08790), algorithm 1 with `classes=present`.
    """
    steps = [have // want for have, want in zip(labels.shape[-2:], logits.shape[-2:], strict=True)]
    labels = labels[:, steps[0] // 2 :: steps[0], steps[1] // 2 :: steps[1]]
    seen = labels != VOID
    probabilities = logits.float().softmax(dim=1).permute(1, 0, 2, 3)[:, seen]
    truth = torch.arange(len(probabilities), device=labels.device).unsqueeze(1) == labels[seen]
    present = truth.any(dim=1)
    if not present.any():
        return logits.sum() * 0
    truth = truth[present].float()
    errors, order = (truth - probabilities[present]).abs().sort(dim=1, descending=True)
    return (errors * _gradient(truth.gather(1, order))).sum(dim=1).mean()


def _gradient(truth: Tensor) -> Tensor:
    """What each further mistake, greatest first, adds to 1 − IoU. truth: float 0 or 1 (classes, pixels)."""
    total = truth.sum(dim=1, keepdim=True)
    intersection = total - truth.cumsum(dim=1)
    union = total + (1 - truth).cumsum(dim=1)
    jaccard = 1 - intersection / union
    return torch.cat([jaccard[:, :1], jaccard[:, 1:] - jaccard[:, :-1]], dim=1)
