"""A coarse map follows the picture's borders, and the head for mattes that is built on it."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.networks import build_network
from engine.networks.guided import GuidedUpsampling

MATTE = {"half_channels": 16, "guided": True}


def slowly(coarse: np.ndarray, frame: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """(h, w) and (3, H, W), H = 2h. A line fitted in each square; what the guide lost by shrinking goes along it."""
    grey = frame.mean(axis=0)
    height, width = coarse.shape
    guide = grey.reshape(height, 2, width, 2).mean(axis=(1, 3))
    slopes = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            square = slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1)
            here, there = guide[square], coarse[square]
            slopes[y, x] = ((here - here.mean()) * (there - there.mean())).mean() / (here.var() + eps)
    small = torch.from_numpy(np.stack([coarse, slopes, guide]))[None]
    kept, slope, shrunk = functional.interpolate(small, scale_factor=2, mode="bilinear")[0].numpy()
    return np.asarray(kept + slope * (grey - shrunk))


def test_it_is_a_line_fitted_in_every_square() -> None:
    torch.manual_seed(3)
    coarse, frame = torch.randn(2, 3, 8, 10), torch.randn(2, 3, 16, 20)
    ours = GuidedUpsampling(radius=2, eps=0.1)(coarse, frame)
    assert ours.shape == (2, 3, 16, 20)
    for number in range(2):
        for plane in range(3):
            expected = slowly(coarse[number, plane].double().numpy(), frame[number].double().numpy(), 2, 0.1)
            assert np.allclose(ours[number, plane].numpy(), expected, atol=1e-4)


def test_a_border_moves_to_where_the_picture_has_it() -> None:
    frame = torch.full((1, 3, 32, 64), -1.0)
    frame[..., 31:] = 1.0  # within a cell of the coarse map
    coarse = functional.avg_pool2d((frame[:, :1] > 0).float(), 2) * 8 - 4
    border = frame[0, 0, 16] > 0
    plain = functional.interpolate(coarse, scale_factor=2, mode="bilinear")[0, 0, 16]
    guided = GuidedUpsampling()(coarse, frame)[0, 0, 16]
    assert torch.equal(guided > 0, border)
    wrong = 1 - 2 * border.float()
    assert (guided * wrong).sigmoid().max() < (plain * wrong).sigmoid().max() / 2


def test_a_flat_picture_leaves_the_map_as_it_is() -> None:
    coarse = torch.randn(1, 1, 12, 12)
    plain = functional.interpolate(coarse, scale_factor=2, mode="bilinear")
    assert torch.allclose(GuidedUpsampling()(coarse, torch.zeros(1, 3, 24, 24)), plain, atol=1e-6)


def test_half_precision_keeps_its_variances() -> None:
    frame = 3 + 0.1 * torch.randn(1, 3, 32, 32)
    coarse = torch.randn(1, 1, 16, 16)
    exact = GuidedUpsampling()(coarse, frame)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(GuidedUpsampling()(coarse, frame), exact)


@pytest.mark.parametrize(("options", "stride"), [({"half_channels": 16}, 2), (MATTE, 1)])
def test_the_head_for_mattes_reaches_the_pictures_size(options: dict[str, object], stride: int) -> None:
    torch.manual_seed(5)
    network = build_network("fast_scnn", 2, **options).train()
    frames = torch.randn(2, 3, 64, 96)
    output = network(frames, features=True)
    assert output.logits.shape == (2, 2, 64 // stride, 96 // stride)
    assert output.features.shape == (2, 16, 32, 48)
    (output.logits.square().mean() + output.auxiliary.square().mean()).backward()
    assert all(value.grad is not None and bool(value.grad.abs().max() > 0) for value in network.parameters())
