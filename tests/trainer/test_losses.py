"""Every loss against a plain computation of what it stands for."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.measures.accuracy import ConfusionMatrix
from engine.models.classes import VOID
from trainer.losses.cross_entropy import cross_entropy, hard_pixels, log_weights
from trainer.losses.lovasz import lovasz_softmax


def test_cross_entropy_leaves_void_out() -> None:
    logits = torch.randn(1, 3, 4, 4)
    labels = torch.randint(0, 3, (1, 4, 4))
    with_void = labels.clone()
    with_void[:, 2:] = VOID
    expected = functional.cross_entropy(logits[:, :, :2], labels[:, :2])
    assert cross_entropy(logits, with_void) == pytest.approx(float(expected), rel=1e-5)
    assert float(cross_entropy(logits, torch.full_like(labels, VOID))) == 0


def test_cross_entropy_weighs_classes_as_torch_does() -> None:
    logits, labels = torch.randn(2, 3, 4, 4), torch.randint(0, 3, (2, 4, 4))
    weights = torch.tensor([0.2, 1.0, 3.0])
    expected = functional.cross_entropy(logits, labels, weights)
    assert cross_entropy(logits, labels, weights) == pytest.approx(float(expected), rel=1e-5)


def test_rare_classes_weigh_more() -> None:
    weights = log_weights(np.array([0.7, 0.25, 0.05]))
    assert weights[0] < weights[1] < weights[2]
    assert float(weights.mean()) == pytest.approx(1)


def _slow_hardest(
    logits: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64], threshold: float, least: float
) -> float:
    """Pixel by pixel, the least probable right class first."""
    pixels = []
    for b, y, x in np.ndindex(labels.shape):
        if labels[b, y, x] != VOID:
            raised = np.exp(logits[b, :, y, x])
            pixels.append((raised[labels[b, y, x]] / raised.sum(), weights[labels[b, y, x]]))
    pixels.sort(key=lambda pixel: pixel[0])
    must = math.ceil(least * len(pixels))
    kept = [pixel for place, pixel in enumerate(pixels) if place < must or pixel[0] < threshold]
    return sum(-weight * math.log(chance) for chance, weight in kept) / sum(weight for _, weight in kept)


@pytest.mark.parametrize(("threshold", "least"), [(0.7, 0.01), (0.2, 0.5), (0.3, 0.25), (0.01, 0.1), (1.0, 1.0)])
def test_only_the_hardest_pixels_count(threshold: float, least: float) -> None:
    generator = torch.Generator().manual_seed(5)
    logits = 2 * torch.randn(2, 4, 6, 5, generator=generator)
    labels = torch.randint(0, 4, (2, 6, 5), generator=generator)
    labels[0, :2] = VOID
    weights = torch.tensor([0.5, 1.0, 2.0, 3.0])
    for each in (weights, None):
        given = np.ones(4) if each is None else each.double().numpy()
        expected = _slow_hardest(logits.double().numpy(), labels.numpy(), given, threshold, least)
        found = cross_entropy(logits, labels, each, threshold=threshold, least=least)
        assert float(found) == pytest.approx(expected, rel=1e-5)
    whole = cross_entropy(logits, labels, weights)
    assert float(cross_entropy(logits, labels, weights, threshold=1.0, least=1.0)) == pytest.approx(float(whole))


def test_easy_pixels_and_void_have_no_gradient_and_hard_ones_have_the_right_one() -> None:
    generator = torch.Generator().manual_seed(6)
    logits = (2 * torch.randn(1, 3, 4, 4, generator=generator)).requires_grad_()
    labels = torch.randint(0, 3, (1, 4, 4), generator=generator)
    labels[0, 0] = VOID
    hard = hard_pixels(logits.detach(), labels, 0.5, 0.1)
    assert 0 < hard.sum() < 12
    assert not hard[0, 0].any()
    cross_entropy(logits, labels, threshold=0.5, least=0.1).backward()
    gradient = logits.grad
    assert gradient is not None
    assert torch.equal(gradient.abs().sum(dim=1) > 0, hard)
    one_hot = functional.one_hot(labels.clamp(max=2), 3).permute(0, 3, 1, 2)
    expected = (logits.detach().softmax(dim=1) - one_hot) * hard.unsqueeze(1) / hard.sum()
    assert torch.allclose(gradient, expected, atol=1e-6)


def test_a_batch_without_labels_has_no_hard_pixels() -> None:
    logits = torch.randn(1, 3, 4, 4, requires_grad=True)
    loss = cross_entropy(logits, torch.full((1, 4, 4), VOID), threshold=0.7, least=0.5)
    loss.backward()
    assert loss.item() == 0


def _certain(mask: torch.Tensor, classes: int) -> torch.Tensor:
    """Logits that leave no doubt about `mask`."""
    return functional.one_hot(mask, classes).permute(0, 3, 1, 2) * 100.0


def test_lovasz_of_a_certain_mask_is_what_its_iou_lacks() -> None:
    generator = torch.Generator().manual_seed(3)
    mask, labels = (torch.randint(0, 4, (2, 9, 7), generator=generator) for _ in range(2))
    labels[0, :3] = VOID
    matrix = ConfusionMatrix(4)
    matrix.update(mask.numpy().astype(np.uint8), labels.numpy().astype(np.uint8))
    assert float(lovasz_softmax(_certain(mask, 4), labels)) == pytest.approx(1 - matrix.miou() / 100, abs=1e-5)
    assert float(lovasz_softmax(_certain(labels % VOID, 4), labels)) == pytest.approx(0, abs=1e-5)


def test_lovasz_looks_at_the_labels_under_the_centres_of_a_coarser_output() -> None:
    coarse = torch.tensor([[[0, 1], [2, 0]]])
    fine = coarse.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    assert float(lovasz_softmax(_certain(coarse, 3), fine)) == pytest.approx(0, abs=1e-5)


def test_lovasz_leaves_void_and_absent_classes_out() -> None:
    logits = torch.randn(1, 5, 6, 6, requires_grad=True)
    loss = lovasz_softmax(logits, torch.full((1, 6, 6), VOID))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
    labels = torch.zeros(1, 6, 6, dtype=torch.int64)
    sky = lovasz_softmax(logits, labels)  # only class 0 occurs: 1 − IoU of that class alone
    assert float(lovasz_softmax(_certain(labels, 5), labels)) == pytest.approx(0, abs=1e-6)
    assert 0 < sky.item() < 1


def test_steps_down_the_lovasz_gradient_raise_the_iou() -> None:
    torch.manual_seed(0)
    labels = torch.randint(0, 3, (1, 12, 12))
    logits = torch.randn(1, 3, 12, 12, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.3)
    for _ in range(60):
        optimiser.zero_grad()
        lovasz_softmax(logits, labels).backward()
        optimiser.step()
    assert (logits.argmax(dim=1) == labels).float().mean() > 0.99
