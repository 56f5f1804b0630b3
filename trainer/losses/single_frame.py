"""Single-frame distillation: what the teacher says of each frame alone, pixel by pixel and in its structure.

Source: Liu, Shen, Yu and Wang, "Efficient Semantic Video Segmentation with Per-frame Inference" (ECCV 2020, arXiv
2002.11433), whose single-frame terms are those of Liu et al., "Structured Knowledge Distillation for Semantic
Segmentation" (CVPR 2019, arXiv 1903.04197). Temperature: Hinton, Vinyals and Dean (arXiv 1503.02531).
"""

import torch
from torch import Tensor
from torch.nn import functional

from trainer.losses.similarity import common_grid, cosines, directions

LEAST_PIECE = 4.0
"""Cells: a piece that is smaller weighs no more than if it were so large."""


def single_frame(student: Tensor, teacher: Tensor, *, temperature: float = 1.0) -> Tensor:
    """T² · mean over pixels of KL(softmax(teacher / T) ‖ softmax(student / T)), in nats; zero where both say the same.

    student, teacher: float logits (B, C, h, w) and (B, C, h', w'); the student's are resized bilinearly to the
    teacher's size. The sum goes over classes and the mean over pixels alone, so that more classes do not weaken it. T²
    keeps the gradient's size whatever the temperature T is.
    """
    precise = torch.promote_types(student.dtype, torch.float32)
    student, teacher = student.to(precise), teacher.to(precise)
    if student.shape[-2:] != teacher.shape[-2:]:
        student = functional.interpolate(student, size=teacher.shape[-2:], mode="bilinear", align_corners=False)
    ours, theirs = ((logits / temperature).log_softmax(dim=1) for logits in (student, teacher))
    return temperature**2 * (theirs.exp() * (theirs - ours)).sum(dim=1).mean()


def stored_single_frame(
    student: Tensor,
    chances: Tensor,
    known: Tensor,
    *,
    temperature: float = 1.0,
    pieces: Tensor | None = None,
    balance: float = 0.0,
) -> Tensor:
    """As `single_frame`, of probabilities instead of logits, over known cells alone; zero where none is.

    student: float logits (B, C, h, w). chances: float (B, C, h', w'), each cell's sum 1. known: bool (B, h', w').
    pieces: float (B, h', w'), the area of the connected piece of its likeliest class that each cell lies in, in cells.
    balance: cells weigh by pieces^−balance, scaled to a mean of 1 over the known ones: at 0 all alike, at 1 each thing
    as much as any other, however small.
    """
    precise = torch.promote_types(student.dtype, torch.float32)
    student, chances = student.to(precise), chances.to(precise)
    if student.shape[-2:] != chances.shape[-2:]:
        student = functional.interpolate(student, size=chances.shape[-2:], mode="bilinear", align_corners=False)
    ours, theirs = (student / temperature).log_softmax(dim=1), chances ** (1 / temperature)
    theirs = theirs / theirs.sum(dim=1, keepdim=True).clamp(min=torch.finfo(precise).tiny)
    divergence = (torch.special.xlogy(theirs, theirs) - theirs * ours).sum(dim=1)
    if balance and pieces is not None:
        weights = torch.where(known, pieces.clamp(min=LEAST_PIECE) ** -balance, 0)
        divergence = divergence * weights * (known.sum() / weights.sum().clamp(min=torch.finfo(weights.dtype).tiny))
    return temperature**2 * torch.where(known, divergence, 0).sum() / known.sum().clamp(min=1)


def self_similarity(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over frames and i, j of (a_ij of the student − a_ij of the teacher)²; 0..4, zero for equal structure.

    a_ij = ⟨f_i, f_j⟩ / (‖f_i‖ ‖f_j‖), f_i the mean feature in cell i of a grid over the frame. student, teacher: float
    features (B, channels, h, w), of sizes and channel counts of their own. Only angles count: features of another
    scale cost nothing, and all alike they cost what the teacher tells apart.
    """
    grid = common_grid(student, teacher)
    ours, theirs = (directions(features, grid) for features in (student, teacher))
    return (cosines(ours, ours) - cosines(theirs, theirs)).square().mean()
