"""Temporal consistency: a point that is seen in two neighbouring frames is to be called the same in both.

Source: Liu, Shen, Yu and Wang, "Efficient Semantic Video Segmentation with Per-frame Inference" (ECCV 2020, arXiv
2002.11433). `temporal` is the loss as the paper states it, with pixels left out that cannot be compared; `temporal_etc`
is what the code does that was released with it; `temporal_overlap` is ours. None tells a good prediction from a
constant one, so none is to be lowered without a term that does.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engine.networks.normalise import normalise
from trainer.data.window import BatchMotion

Side = Literal["later", "both"]

OVERLAP_LEAST = 1e-3
"""Share of the visible cells that a class holds where its overlap says something."""


def temporal(
    logits: Tensor, frames: Tensor, motion: BatchMotion, *, side: Side = "later", photometric: float = 0.0
) -> Tensor:
    """Mean over visible cells of w ‖p_t − p̂_{t−1}‖², 0..2; zero where none is visible.

    p_t: softmax of the later frame's logits. p̂_{t−1}: that of the frame before it in the window, fetched bilinearly
    onto the later frame's cells along `motion.backward`. w: exp(−`photometric` · mean over the channels of
    |I_t − Î_{t−1}|), I in 0..1, which trusts a flow less where what it fetches looks different; 1 where the motion is
    exact. side: into which frame's prediction gradient flows.

    logits: float (B · T, C, h', w'), frame by frame. frames: uint8 (B, T, 3, h, w). Compared at the logits' own size:
    frames and flow are averaged down to it, the flow's values in its cells, and a cell counts where all its pixels are
    visible. A flow that is affine within a cell loses nothing by that.
    """
    later, fetched, weight, visible = _compared(logits, frames, motion, side, photometric)
    return (weight * (later - fetched).square().sum(dim=1)).sum() / visible.sum().clamp(min=1)


def temporal_overlap(
    logits: Tensor, frames: Tensor, motion: BatchMotion, *, side: Side = "later", photometric: float = 0.0
) -> Tensor:
    """Mean over classes of 1 − Σ w min(p_t, p̂_{t−1}) / Σ w max(p_t, p̂_{t−1}), 0..1; zero where nothing is visible.

    What consistency is scored by, made soft: the overlap of a frame with the one before it fetched along the motion,
    pooled over the batch, in which a rare class counts as much as the road. Classes that hold less than OVERLAP_LEAST
    of what is visible are left out. p, w and the arguments are those of `temporal`.
    """
    later, fetched, weight, _ = _compared(logits, frames, motion, side, photometric)
    weight = weight.unsqueeze(1)
    shared = (weight * torch.minimum(later, fetched)).sum(dim=(0, 2, 3))
    either = (weight * torch.maximum(later, fetched)).sum(dim=(0, 2, 3))
    there = (either > OVERLAP_LEAST * weight.sum()).to(either.dtype)
    return (there * (1 - shared / either.clamp(min=1e-6))).sum() / there.sum().clamp(min=1)


def _compared(
    logits: Tensor, frames: Tensor, motion: BatchMotion, side: Side, photometric: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """p_t and p̂_{t−1} of `temporal`, (N, C, h', w'), and w where visible, else 0, and 1 where visible, (N, h', w')."""
    size = (logits.shape[-2], logits.shape[-1])
    # Half precision has no room for squared differences of probabilities; float64 stays as it is.
    chances = logits.to(torch.promote_types(logits.dtype, torch.float32)).softmax(dim=1)
    earlier, later = _pairs(chances.unflatten(0, frames.shape[:2]))
    flow = _shrunk_flow(motion.backward.flatten(0, 1), size)
    weight = visible = visible_cells(motion, size)
    if photometric:
        small = functional.adaptive_avg_pool2d(frames.flatten(0, 1).float() / 255, size).unflatten(0, frames.shape[:2])
        before, now = _pairs(small)
        alike = (-photometric * (now - warped(before, flow)).abs().mean(dim=1)).exp()
        weight = weight * torch.where(motion.exact.flatten()[:, None, None], torch.ones_like(alike), alike)
    fetched = warped(earlier.detach() if side == "later" else earlier, flow)
    return later, fetched, weight, visible


def temporal_etc(logits: Tensor, frames: Tensor, motion: BatchMotion) -> Tensor:
    """Mean over pixels and classes of V² (z_t − ẑ_{t−1})², as the released code has it; zero where no motion is known.

    z: logits, not probabilities, enlarged to the frames' size with corners aligned. V: exp(−|sum over the channels of
    (x_t − x̂_{t−1})|), x: frames as the network sees them, so that differences of opposite sign cancel. Every pixel
    counts, hidden or not, and gradient flows into both frames. Pairs of which no motion is known are left out.

    logits: float (B · T, C, h', w'), frame by frame. frames: uint8 (B, T, 3, h, w).
    """
    known = known_pairs(motion)
    if not known.any():
        return logits.sum() * 0
    whole = logits.to(torch.promote_types(logits.dtype, torch.float32))
    whole = functional.interpolate(whole, size=frames.shape[-2:], mode="bilinear", align_corners=True)
    seen = normalise(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
    (earlier, later), (before, now) = _pairs(whole.unflatten(0, frames.shape[:2])), _pairs(seen)
    flow = motion.backward.flatten(0, 1)[known]
    weight = (-(now[known] - warped(before[known], flow)).sum(dim=1, keepdim=True).abs()).exp()
    return functional.mse_loss(later[known] * weight, warped(earlier[known], flow) * weight)


def visible_cells(motion: BatchMotion, size: tuple[int, int]) -> Tensor:
    """1 for every cell of a grid of `size` (height, width) all of whose pixels are visible, else 0: float (N, h, w)."""
    hidden = functional.adaptive_max_pool2d((~motion.visible).flatten(0, 1).unsqueeze(1).float(), size)
    return 1 - hidden.squeeze(1)


def known_pairs(motion: BatchMotion) -> Tensor:
    """Between which neighbours the motion is known: bool (N,), in the order of the windows."""
    return motion.visible.flatten(2).any(dim=2).flatten()


def warped(maps: Tensor, flow: Tensor) -> Tensor:
    """Fetch `maps` bilinearly along `flow`; beyond the border the nearest border value counts.

    maps: float (N, C, h, w), seen at the flow's end. flow: float (N, 2, h, w), x and y in cells. Returns (N, C, h, w)
    on the cells where the flow starts. A flow of whole cells gives their very values, which grid_sample does not.
    """
    height, width = maps.shape[-2:]
    flow = flow.to(maps.dtype)
    x = (flow[:, 0] + torch.arange(width, device=flow.device)).clamp(0, width - 1)
    y = (flow[:, 1] + torch.arange(height, device=flow.device)[:, None]).clamp(0, height - 1)
    left, top = x.floor(), y.floor()
    across, down = (x - left).unsqueeze(1), (y - top).unsqueeze(1)
    flat = maps.flatten(2)

    def at(row: Tensor, column: Tensor) -> Tensor:
        place = row.clamp(max=height - 1).long() * width + column.clamp(max=width - 1).long()
        return flat.gather(2, place.flatten(1).unsqueeze(1).expand(-1, maps.shape[1], -1)).view_as(maps)

    above = torch.lerp(at(top, left), at(top, left + 1), across)
    below = torch.lerp(at(top + 1, left), at(top + 1, left + 1), across)
    return torch.lerp(above, below, down)


def _pairs(windows: Tensor) -> tuple[Tensor, Tensor]:
    """The earlier and the later frame of all neighbours, (B · (T − 1), …) each, of windows (B, T, …)."""
    return windows[:, :-1].flatten(0, 1), windows[:, 1:].flatten(0, 1)


def _shrunk_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Flow (N, 2, h, w) averaged down to size (height, width), in its cells."""
    height, width = flow.shape[-2:]
    scale = torch.tensor([size[1] / width, size[0] / height], dtype=flow.dtype, device=flow.device)
    return functional.adaptive_avg_pool2d(flow, size) * scale.view(1, 2, 1, 1)
