"""The temporal loss against plain computations, what it lets gradient into, and that collapsing does not pay."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from trainer.data.window import Batch, BatchMotion
from trainer.losses.temporal import OVERLAP_LEAST, Side, temporal, temporal_etc, temporal_overlap, warped
from trainer.objective import Objective, Predictions
from trainer.recipe import LossPart

Array = NDArray[np.float64]


def still(windows: int, pairs: int, height: int, width: int, *, exact: bool = False) -> BatchMotion:
    nothing = torch.zeros(windows, pairs, 2, height, width)
    seen = torch.ones(windows, pairs, height, width, dtype=torch.bool)
    return BatchMotion(nothing, nothing, seen, torch.full((windows, pairs), exact))


def sample(seed: int = 0, *, cell: int = 4) -> tuple[Tensor, Tensor, BatchMotion]:
    """Logits (2 · 3, 4, 5, 6), frames of `cell` times their size, and any motion."""
    generator = torch.Generator().manual_seed(seed)
    windows, length, height, width = 2, 3, 5 * cell, 6 * cell
    logits = torch.randn(windows * length, 4, 5, 6, generator=generator, dtype=torch.float64) * 2
    frames = torch.randint(0, 256, (windows, length, 3, height, width), generator=generator, dtype=torch.uint8)
    flow = torch.randn(windows, length - 1, 2, height, width, generator=generator) * 2 * cell
    visible = torch.rand(windows, length - 1, height, width, generator=generator) < 0.97
    exact = torch.tensor([[False, True], [False, False]])
    return logits, frames, BatchMotion(flow, -flow, visible, exact)


def fetch(picture: Array, x: float, y: float) -> Array:
    """Bilinear value of picture (n, h, w) at (x, y), the nearest border's beyond it."""
    height, width = picture.shape[1:]
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    left, top = int(np.floor(x)), int(np.floor(y))
    right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
    a, b = x - left, y - top
    above = picture[:, top, left] * (1 - a) + picture[:, top, right] * a
    below = picture[:, bottom, left] * (1 - a) + picture[:, bottom, right] * a
    return np.asarray(above * (1 - b) + below * b)


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0))


def slow_overlap(logits: Tensor, frames: Tensor, motion: BatchMotion, photometric: float) -> float:
    """Cell by cell, class by class."""
    shared, either = np.zeros(logits.shape[1]), np.zeros(logits.shape[1])
    mass = 0.0
    for now, before, weight in compared(logits, frames, motion, photometric):
        shared, either = shared + weight * np.minimum(now, before), either + weight * np.maximum(now, before)
        mass += weight
    return float(np.mean([1 - a / b for a, b in zip(shared, either, strict=True) if b > OVERLAP_LEAST * mass]))


def compared(
    logits: Tensor, frames: Tensor, motion: BatchMotion, photometric: float
) -> Iterator[tuple[Array, Array, float]]:
    """Of every visible cell: what is said of it, what was said of it before, and its weight."""
    windows, length = frames.shape[:2]
    z = logits.numpy().reshape(windows, length, *logits.shape[1:])
    height, width = z.shape[-2:]
    cell = frames.shape[-1] // width
    for window in range(windows):
        for pair in range(length - 1):
            before, now = softmax(z[window, pair]), softmax(z[window, pair + 1])
            blocks = [
                frames[window, pair + place].numpy().reshape(3, height, cell, width, cell).mean(axis=(2, 4)) / 255
                for place in (0, 1)
            ]
            for y in range(height):
                for x in range(width):
                    part = (slice(y * cell, (y + 1) * cell), slice(x * cell, (x + 1) * cell))
                    if not motion.visible[window, pair].numpy()[part].all():
                        continue
                    dx, dy = motion.backward[window, pair].numpy()[:, *part].astype(float).mean(axis=(1, 2)) / cell
                    difference = np.abs(blocks[1][:, y, x] - fetch(blocks[0], x + dx, y + dy)).mean()
                    weight = 1.0 if motion.exact[window, pair] else np.exp(-photometric * difference)
                    yield now[:, y, x], fetch(before, x + dx, y + dy), weight


def slow_temporal(logits: Tensor, frames: Tensor, motion: BatchMotion, photometric: float) -> float:
    cells = list(compared(logits, frames, motion, photometric))
    assert len(cells) > 20
    return sum(weight * ((now - before) ** 2).sum() for now, before, weight in cells) / len(cells)


@pytest.mark.parametrize("cell", [1, 4])
@pytest.mark.parametrize("photometric", [0.0, 5.0])
def test_it_is_the_mean_over_visible_cells_of_weighted_squared_differences(photometric: float, cell: int) -> None:
    logits, frames, motion = sample(cell=cell)
    expected = slow_temporal(logits, frames, motion, photometric)
    for side in ("later", "both"):
        value = temporal(logits, frames, motion, side=side, photometric=photometric)  # type: ignore[arg-type]
        assert value.item() == pytest.approx(expected, rel=1e-5)
    small = temporal(logits.half(), frames, motion, photometric=photometric)
    assert small.dtype == torch.float32
    assert small.item() == pytest.approx(expected, rel=1e-2)


def test_equal_predictions_and_no_motion_give_exactly_nothing() -> None:
    logits = torch.randn(2, 5, 8, 12).repeat_interleave(3, dim=0)
    frames = torch.randint(0, 256, (2, 3, 3, 32, 48), dtype=torch.uint8)
    motion = still(2, 2, 32, 48)
    assert temporal(logits, frames, motion, photometric=10).item() == 0
    assert temporal_etc(logits, frames, motion).item() == 0


@pytest.mark.parametrize("by", [(1, 0), (-2, 1), (0, -3)])
def test_a_prediction_that_moves_along_with_the_flow_pays_nothing(by: tuple[int, int]) -> None:
    """By whole cells, `by` cells right and down; the other way round it pays."""
    wide = torch.randn(1, 4, 20, 20)
    before, now = wide[..., 5:13, 5:13], wide[..., 5 - by[1] : 13 - by[1], 5 - by[0] : 13 - by[0]]
    frames = torch.zeros(1, 2, 3, 32, 32, dtype=torch.uint8)
    motion = still(1, 1, 32, 32)
    back = -4.0 * torch.tensor(by).view(1, 1, 2, 1, 1).expand(1, 1, 2, 32, 32)
    visible = torch.zeros(1, 1, 32, 32, dtype=torch.bool)
    visible[..., 12:20, 12:20] = True
    right = replace(motion, backward=back, forward=-back, visible=visible)
    assert temporal(torch.cat([before, now]), frames, right).item() < 1e-12
    assert temporal(torch.cat([before, now]), frames, replace(right, backward=-back)).item() > 0.01


def test_fetching_whole_cells_gives_their_very_values() -> None:
    maps = torch.randn(1, 2, 5, 7)
    flow = torch.zeros(1, 2, 5, 7)
    assert torch.equal(warped(maps, flow), maps)
    flow[:, 0], flow[:, 1] = 2, -1
    assert torch.equal(warped(maps, flow)[..., 1:, :-2], maps[..., :-1, 2:])
    flow[:] = 100
    assert torch.equal(warped(maps, flow), maps[..., -1:, -1:].expand_as(maps))


@pytest.mark.parametrize("side", ["both", "later"])
def test_its_gradient_is_right(side: Side) -> None:
    logits, frames, motion = sample(2, cell=1)
    logits = logits[:, :, :3, :4].contiguous()
    cut = replace(motion, backward=motion.backward[..., :3, :4] * 0.3, visible=motion.visible[..., :3, :4])
    frames = frames[..., :3, :4]
    if side == "both":
        assert torch.autograd.gradcheck(
            lambda z: temporal(z, frames, cut, side="both", photometric=3), logits.requires_grad_()
        )
        assert torch.autograd.gradcheck(lambda z: temporal_etc(z, frames, cut), logits)
        return
    # Into the later frame of a pair alone: as if the earlier one's prediction were a constant.
    now = logits[1::3].clone().requires_grad_()
    pair = replace(cut, **{name: getattr(cut, name)[:, :1] for name in ("backward", "forward", "visible", "exact")})

    def loss(z: Tensor) -> Tensor:
        return temporal(torch.stack([logits[0::3], z], dim=1).flatten(0, 1), frames[:, :2], pair, photometric=3)

    assert torch.autograd.gradcheck(loss, now)


@pytest.mark.parametrize("side", ["both", "later"])
def test_gradient_goes_where_the_recipe_says(side: Side) -> None:
    logits, frames, motion = sample()
    logits.requires_grad_()
    temporal(logits, frames, motion, side=side).backward()
    assert logits.grad is not None
    assert logits.grad[0::3].any() == (side == "both")
    assert logits.grad[1::3].any()
    assert logits.grad[2::3].any()


def test_what_is_hidden_has_no_influence() -> None:
    logits, frames, motion = sample()
    logits.requires_grad_()
    hidden = torch.zeros_like(motion.visible)
    none = temporal(logits, frames, replace(motion, visible=hidden), side="both", photometric=3)
    none.backward()
    assert none.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
    visible = torch.ones_like(hidden)
    visible[..., 8:12, 4:8] = False
    visible[..., 2, 17] = False  # one pixel hides its whole cell
    still_there = replace(motion, backward=torch.zeros_like(motion.backward), visible=visible)
    first = temporal(logits, frames, still_there, photometric=3)
    changed = logits.detach().clone()
    changed[:, 0, 2, 1] += 5
    changed[:, 0, 0, 4] -= 5
    assert temporal(changed, frames, still_there, photometric=3).item() == first.item()
    changed[:, 0, 0, 0] += 5
    assert temporal(changed, frames, still_there, photometric=3).item() != first.item()


def test_an_estimated_motion_is_trusted_less_where_the_frames_differ() -> None:
    logits = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    frames = torch.zeros(1, 2, 3, 16, 16, dtype=torch.uint8)
    frames[:, 1] = 51
    motion = still(1, 1, 16, 16)
    plain = temporal(logits, frames, motion)
    assert temporal(logits, frames, motion, photometric=5).item() == pytest.approx(plain.item() * np.exp(-1), rel=1e-5)
    exact = still(1, 1, 16, 16, exact=True)
    assert temporal(logits, frames, exact, photometric=5).item() == plain.item()


def test_the_mode_of_the_released_code_does_as_it_does() -> None:
    logits, frames, motion = sample(3)
    motion.visible[1, 0] = False
    windows, length, _, height, width = frames.shape
    total, count = 0.0, 0
    mean, deviation = np.array([123.7, 116.3, 103.5]), np.array([58.4, 57.1, 57.4])
    z = logits.numpy().reshape(windows, length, 4, 5, 6)
    for window, pair in ((0, 0), (0, 1), (1, 1)):
        seen = [
            (frames[window, pair + place].numpy() - mean[:, None, None]) / deviation[:, None, None] for place in (0, 1)
        ]
        large = np.zeros((2, 4, height, width))
        for place in (0, 1):
            for y in range(height):
                for x in range(width):
                    large[place, :, y, x] = fetch(
                        z[window, pair + place], x * (6 - 1) / (width - 1), y * (5 - 1) / (height - 1)
                    )
        for y in range(height):
            for x in range(width):
                dx, dy = motion.backward[window, pair, :, y, x].numpy().astype(float)
                weight = np.exp(-abs((seen[1][:, y, x] - fetch(seen[0], x + dx, y + dy)).sum()))
                gap = large[1, :, y, x] * weight - fetch(large[0], x + dx, y + dy) * weight
                total, count = total + (gap**2).sum(), count + 4
    assert temporal_etc(logits, frames, motion).item() == pytest.approx(total / count, rel=1e-4)
    logits.requires_grad_()
    temporal_etc(logits, frames, motion).backward()
    assert logits.grad is not None
    assert logits.grad[0].any()
    assert not logits.grad[3].any()  # of a pair of which no motion is known
    unknown = replace(motion, visible=torch.zeros_like(motion.visible))
    assert temporal_etc(logits, frames, unknown).item() == 0


def test_the_recipe_chooses_the_mode_and_what_goes_with_it() -> None:
    logits, frames, motion = sample()
    batch = Batch(frames, torch.zeros(2, 3, dtype=torch.float64), torch.zeros(2, 3, 20, 24, dtype=torch.int64), motion)
    said = Predictions(logits, logits)

    def term(batch: Batch = batch, **keys: Any) -> dict[str, float]:
        objective = Objective(LossPart(cross_entropy=0, temporal=2, **keys), lambda: np.ones(4), torch.device("cpu"))
        return {name: value.item() for name, value in objective(said, batch).items()}

    for photometric in (0.0, 4.0):
        expected = temporal(logits, frames, motion, photometric=photometric).item()
        assert term(temporal_photometric=photometric) == {"temporal": expected, "total": 2 * expected}
        expected = temporal_overlap(logits, frames, motion, photometric=photometric).item()
        assert term(temporal_mode="overlap", temporal_photometric=photometric)["temporal"] == expected
    assert term(temporal_mode="etc")["temporal"] == temporal_etc(logits, frames, motion).item()
    assert term(replace(batch, motion=None)) == {"temporal": 0, "total": 0}
    logits.requires_grad_()
    for gradient in ("later", "both"):
        part = LossPart(cross_entropy=0, temporal=1, temporal_gradient=gradient)  # type: ignore[arg-type]
        logits.grad = None
        Objective(part, lambda: np.ones(4), torch.device("cpu"))(said, batch)["total"].backward()
        assert logits.grad is not None
        assert logits.grad[0].any() == (gradient == "both")


@pytest.mark.parametrize("side", ["later", "both"])
def test_with_labels_a_collapse_does_not_pay(side: Side) -> None:
    """Noisy frames of three classes, one of them rare: the loss alone would take a constant map, with labels it cannot.

    Told apart by colour, pixel by pixel, so that what is learnt is all there is.
    """
    generator = torch.Generator().manual_seed(5)
    labels = torch.randint(0, 2, (4, 1, 8, 8), generator=generator)
    labels[:, :, 2:4, 2:4] = 2
    labels = labels.expand(4, 2, 8, 8)
    colours = torch.tensor([[60.0, 60, 200], [90, 90, 90], [200, 60, 60]])
    clean = colours[labels].permute(0, 1, 4, 2, 3)
    frames = (clean + 25 * torch.randn(clean.shape, generator=generator)).clamp(0, 255).byte()
    motion = still(4, 1, 8, 8)
    flat, weight = frames.flatten(0, 1).float() / 64 - 2, 5.0

    def losses(logits: Tensor) -> tuple[Tensor, Tensor]:
        return functional.cross_entropy(logits, labels.flatten(0, 1)), temporal(logits, frames, motion, side=side)

    def train(weight: float) -> tuple[Tensor, float, float]:
        torch.manual_seed(0)
        student = torch.nn.Conv2d(3, 3, 1)
        optimiser = torch.optim.Adam(student.parameters(), lr=0.05)
        for _ in range(150):
            supervised, consistent = losses(student(flat))
            optimiser.zero_grad()
            (supervised + weight * consistent).backward()
            optimiser.step()
        logits = student(flat).detach()
        supervised, consistent = losses(logits)
        return logits, supervised.item(), consistent.item()

    logits, supervised, consistent = train(weight)
    constant = torch.zeros_like(logits) + torch.bincount(labels.flatten()).log().view(1, 3, 1, 1)
    collapsed = losses(constant)
    assert collapsed[1].item() == 0
    assert supervised + weight * consistent < 0.8 * collapsed[0].item()
    said = logits.argmax(dim=1)
    for class_ in range(3):
        assert (said == class_)[labels.flatten(0, 1) == class_].float().mean() > 0.6
    assert consistent < 0.95 * train(0.0)[2]


@pytest.mark.parametrize("photometric", [0.0, 4.0])
def test_overlap_is_the_mean_over_classes_of_a_soft_intersection_over_union(photometric: float) -> None:
    logits, frames, motion = sample(3)
    logits[:, 3] = -20  # a class that is nowhere
    expected = slow_overlap(logits, frames, motion, photometric)
    assert temporal_overlap(logits, frames, motion, photometric=photometric).item() == pytest.approx(expected, rel=1e-4)
    assert 0.1 < expected < 1
    hidden = replace(motion, visible=torch.zeros_like(motion.visible))
    assert temporal_overlap(logits, frames, hidden).item() == 0
    alike = logits.unflatten(0, (2, 3))[:, :1].expand(-1, 3, -1, -1, -1).flatten(0, 1)
    assert temporal_overlap(alike, frames, still(2, 2, 20, 24)).item() == 0


def test_overlap_counts_a_rare_class_as_much_as_a_common_one() -> None:
    """A blob of 4 cells of 1024 that comes and goes: a mean over cells would not notice."""
    logits = torch.zeros(2, 2, 32, 32)
    logits[:, 1] = -20
    logits[1, :, :2, :2] = torch.tensor([-20.0, 0.0])[:, None, None]
    frames = torch.zeros(1, 2, 3, 32, 32, dtype=torch.uint8)
    assert temporal_overlap(logits, frames, still(1, 1, 32, 32)).item() == pytest.approx(0.5, abs=0.01)
    assert temporal(logits, frames, still(1, 1, 32, 32)).item() < 0.01


@pytest.mark.parametrize("side", ["later", "both"])
def test_the_gradient_of_overlap_is_right(side: Side) -> None:
    logits, frames, motion = sample(1)
    motion = replace(motion, backward=motion.backward.double(), forward=motion.forward.double())
    logits.requires_grad_()

    def overlap(z: Tensor) -> Tensor:
        held = torch.cat([z[:1], z[1:]])
        return temporal_overlap(held, frames, motion, side=side)

    if side == "both":
        assert torch.autograd.gradcheck(overlap, logits)
    overlap(logits).backward()
    assert logits.grad is not None
    assert logits.grad.unflatten(0, (2, 3))[:, 0].any() == (side == "both")
    assert logits.grad.unflatten(0, (2, 3))[:, 1:].any()
