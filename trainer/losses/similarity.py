"""How much alike places in feature maps are: cosines between cells of a grid that is small enough to compare all."""

import torch
from torch import Tensor
from torch.nn import functional

CELLS = 1024
"""At most so many cells of a grid: their cosines with each other take 4 MB a frame."""

_ZERO = 1e-6
"""Features shorter than this point nowhere."""


def common_grid(first: Tensor, second: Tensor, cells: int = CELLS) -> tuple[int, int]:
    """(rows, columns) that both maps (…, h, w) can be pooled to: the coarser of both, so many cells at most."""
    rows, columns = (min(pair) for pair in zip(first.shape[-2:], second.shape[-2:], strict=True))
    shrink = min(1.0, (cells / (rows * columns)) ** 0.5)
    down = min(max(1, int(rows * shrink)), cells)
    return down, min(max(1, int(columns * shrink)), cells // down)


def directions(features: Tensor, grid: tuple[int, int]) -> Tensor:
    """Which way the mean feature in each cell points: unit vectors (B, cells, channels).

    features: float (B, channels, h, w). A cell whose mean is zero has the zero vector, and no gradient.
    """
    wide = features.to(torch.promote_types(features.dtype, torch.float32))
    cells = functional.adaptive_avg_pool2d(wide, grid).flatten(2).transpose(1, 2)
    length = torch.linalg.vector_norm(cells, dim=2, keepdim=True)
    return cells * (length > _ZERO) / length.clamp(min=_ZERO)


def cosines(first: Tensor, second: Tensor) -> Tensor:
    """[b, i, j] is the cosine of `first`'s cell i and `second`'s cell j, -1..1. Both are unit vectors as above."""
    return first @ second.transpose(1, 2)
