"""Pair-wise-frames dependency: which places of one frame are like which places of the next, as the teacher sees it.

Source: Liu, Shen, Yu and Wang, "Efficient Semantic Video Segmentation with Per-frame Inference" (ECCV 2020, arXiv
2002.11433). Each cosine is divided by the lengths of its own two features; the code released with the paper divides by
those of the transposed pair, which gives values beyond 1.
"""

from torch import Tensor

from trainer.losses.similarity import common_grid, cosines, directions


def pair_wise_frames(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean over neighbouring frames and i, j of (a_ij of the student − a_ij of the teacher)²; 0..4.

    a_ij = ⟨f_i, g_j⟩ / (‖f_i‖ ‖g_j‖), f_i the mean feature in cell i of a frame and g_j that in cell j of the frame
    after it, on one grid. student, teacher: float features (B, T, channels, h, w) of windows of T > 1 frames, of sizes
    and channel counts of their own. Only angles count, and features that are alike everywhere cost what the teacher
    tells apart.
    """
    grid = common_grid(student, teacher)
    ours, theirs = (_attention(features, grid) for features in (student, teacher))
    return (ours - theirs).square().mean()


def _attention(features: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B · (T - 1), cells, cells): of each frame but the last with the one after it."""
    all_frames = directions(features.flatten(0, 1), grid).unflatten(0, features.shape[:2])
    return cosines(all_frames[:, :-1].flatten(0, 1), all_frames[:, 1:].flatten(0, 1))
