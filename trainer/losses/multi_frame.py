"""Multi-frame dependency: how the structure of a window's frames unfolds, embedded by a network that learns along.

Source: Liu, Shen, Yu and Wang, "Efficient Semantic Video Segmentation with Per-frame Inference" (ECCV 2020, arXiv
2002.11433). ConvLSTM: Shi et al. (NeurIPS 2015, arXiv 1506.04214), without peepholes. Ours: no biases, CLIP, and what
exactly keeps the embedding large, none of which was published as code.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainer.losses.similarity import common_grid, cosines, directions

CLIP = 0.1
"""Bound of every weight. Nine taps on cosines then add up to 0.9 at most, where tanh still tells more from less."""

_CELLS = 64
_HIDDEN = 4


class ConvLSTM(nn.Module):
    """Folds a sequence of maps into the state after its last one. The state before the first is zero.

    It has no biases: what it says can only come from what it sees, and all-zero maps give a zero state.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.gates = nn.Conv2d(channels + hidden, 4 * hidden, 3, padding=1, bias=False)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """(hidden, cell), each float (B, hidden, h, w), of maps (B, T, channels, h, w)."""
        hidden = cell = maps.new_zeros(len(maps), self.hidden, *maps.shape[-2:])
        for step in maps.unbind(1):
            enter, keep, leave, new = self.gates(torch.cat([step, hidden], dim=1)).chunk(4, dim=1)
            cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
            hidden = leave.sigmoid() * cell.tanh()
        return hidden, cell


class MultiFrame(nn.Module):
    """The distance of the student's embedding from the teacher's, and what keeps the embedding from saying nothing.

    Each frame becomes its self-similarity, cosines (N, N) of the features in N cells of a grid; one ConvLSTM, the same
    for both, embeds a window's sequence of them. `forward` gives

        mean (h_S - h_T)² + mean (c_S - c_T)² + mean (1 - h_T)

    with h and c the ConvLSTM's last state. The first two teach the student. They would be least for a ConvLSTM of
    zeros: against that the third, 0..2, which no student moves, rewards a large embedding of the teacher, and has a
    slope at zero. `clip` after each step keeps it from buying that by saturating its gates, which says nothing either.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = ConvLSTM(1, _HIDDEN)
        self.clip()

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """The term, of features (B, T, channels, h, w), of sizes and channel counts of their own."""
        grid = common_grid(student, teacher, _CELLS)
        (hidden, cell), (aim, aim_cell) = (self.embed(_structure(features, grid)) for features in (student, teacher))
        distance = functional.mse_loss(hidden, aim) + functional.mse_loss(cell, aim_cell)
        return distance + (1 - aim).mean()

    @torch.no_grad()
    def clip(self) -> None:
        """Bring every weight within ± CLIP."""
        for weight in self.parameters():
            weight.clamp_(-CLIP, CLIP)


def _structure(features: Tensor, grid: tuple[int, int]) -> Tensor:
    """The self-similarity of every frame, (B, T, 1, N, N)."""
    each = directions(features.flatten(0, 1), grid)
    return cosines(each, each).unflatten(0, features.shape[:2]).unsqueeze(2)
