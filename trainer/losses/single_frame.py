"""Single-frame distillation: what the teacher says of each frame alone, pixel by pixel and in its structure.

Source: Liu, Shen, Yu and Wang, "Efficient Semantic Video Segmentation with Per-frame Inference" (ECCV 2020, arXiv
2002.11433), whose single-frame terms are those of Liu et al., "Structured Knowledge Distillation for Semantic
Segmentation" (CVPR 2019, arXiv 1903.04197). Temperature: Hinton, Vinyals and Dean (arXiv 1503.02531).
"""

import torch
from torch import Tensor
from torch.nn import functional

from trainer.losses.similarity import common_grid, cosines, directions

LEAST_AREA = 1e-4
"""A class that holds less of a batch weighs no more than if it held so much."""


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
    student: Tensor, chances: Tensor, known: Tensor, *, temperature: float = 1.0, balance: float = 0.0
) -> Tensor:
    """As `single_frame`, of probabilities instead of logits, over known cells alone; zero where none is.

    student: float logits (B, C, h, w). chances: float (B, C, h', w'), each cell's sum 1. known: bool (B, h', w').
    balance: cells weigh by the mean of area^−balance over their classes by `chances`, area the class's share of the
    known cells, scaled to a mean of 1: at 0 all alike, at 1 every class as much as any other.
    """
    precise = torch.promote_types(student.dtype, torch.float32)
    student, chances = student.to(precise), chances.to(precise)
    if student.shape[-2:] != chances.shape[-2:]:
        student = functional.interpolate(student, size=chances.shape[-2:], mode="bilinear", align_corners=False)
    ours, theirs = (student / temperature).log_softmax(dim=1), chances ** (1 / temperature)
    theirs = theirs / theirs.sum(dim=1, keepdim=True).clamp(min=torch.finfo(precise).tiny)
    divergence = (torch.special.xlogy(theirs, theirs) - theirs * ours).sum(dim=1)
    if balance:
        divergence = divergence * _rarity(chances, known, balance)
    return temperature**2 * torch.where(known, divergence, 0).sum() / known.sum().clamp(min=1)


def _rarity(chances: Tensor, known: Tensor, balance: float) -> Tensor:
    """How much each cell weighs, (B, h', w'), by how rare its classes are."""
    held = torch.where(known.unsqueeze(1), chances, 0)
    areas = held.sum(dim=(0, 2, 3)) / known.sum().clamp(min=1)
    weights = areas.clamp(min=LEAST_AREA) ** -balance
    weights = weights / (areas * weights).sum().clamp(min=LEAST_AREA)
    return torch.einsum("bchw,c->bhw", chances, weights)


def self_similarity(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over frames and i, j of (a_ij of the student − a_ij of the teacher)²; 0..4, zero for equal structure.

    a_ij = ⟨f_i, f_j⟩ / (‖f_i‖ ‖f_j‖), f_i the mean feature in cell i of a grid over the frame. student, teacher: float
    features (B, channels, h, w), of sizes and channel counts of their own. Only angles count: features of another
    scale cost nothing, and all alike they cost what the teacher tells apart.
    """
    grid = common_grid(student, teacher)
    ours, theirs = (directions(features, grid) for features in (student, teacher))
    return (cosines(ours, ours) - cosines(theirs, theirs)).square().mean()
