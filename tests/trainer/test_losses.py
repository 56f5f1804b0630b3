"""Every loss against a plain computation of what it stands for."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.measures.accuracy import ConfusionMatrix
from engine.models.classes import VOID
from trainer.losses.cross_entropy import cross_entropy, log_weights
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
