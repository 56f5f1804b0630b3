"""Losses of mattes against slow references, and the shortcuts that must not pay."""

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from trainer.losses.alpha import alpha_change, alpha_difference, alpha_of, alpha_pyramid

SIZE = (32, 64)
TERMS = {
    "difference": alpha_difference,
    "pyramid": alpha_pyramid,
    "change": lambda logits, truth, known: alpha_change(logits, truth, known, 2),
}


def drawn(seed: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(seed)
    return 2 * torch.randn(4, 2, 16, 32, dtype=torch.float64), torch.rand(4, *SIZE).double(), torch.rand(4, *SIZE) > 0.3


def logits_of(alpha: Tensor) -> Tensor:
    odds = torch.logit(alpha.clamp(1e-9, 1 - 1e-9))
    return torch.stack([-odds / 2, odds / 2], dim=1)


def test_the_matte_is_the_second_class() -> None:
    logits, truth, _ = drawn()
    assert torch.allclose(alpha_of(logits_of(truth), SIZE), truth)
    assert torch.allclose(alpha_of(logits, (16, 32)), logits.softmax(dim=1)[:, 1])


def test_the_difference_is_what_it_says() -> None:
    logits, truth, known = drawn()
    alpha = alpha_of(logits, SIZE).numpy()
    expected = np.abs(alpha - truth.numpy())[known.numpy()].mean()
    assert alpha_difference(logits, truth, known).item() == pytest.approx(expected)


def test_the_pyramid_is_what_it_says() -> None:
    logits, truth, known = drawn()
    off = np.where(known.numpy(), alpha_of(logits, SIZE).numpy() - truth.numpy(), 0)
    line = np.array([1, 4, 6, 4, 1]) / 16
    expected = 0.0
    for level in range(5):
        blurred = [cv2.sepFilter2D(one, cv2.CV_64F, line, line, borderType=cv2.BORDER_REPLICATE) for one in off]
        halved = [one[::2, ::2] for one in blurred]
        wide = [cv2.resize(one, off[0].shape[::-1], interpolation=cv2.INTER_LINEAR) for one in halved]
        expected += 2**level / 5 * float(np.abs(off - np.stack(wide)).mean())
        off = np.stack(halved)
    assert alpha_pyramid(logits, truth, known).item() == pytest.approx(expected)


def test_the_change_is_what_it_says() -> None:
    logits, truth, known = drawn()
    off, there = (alpha_of(logits, SIZE) - truth).numpy(), known.numpy()
    squares = []
    for first in (0, 2):
        both = there[first] & there[first + 1]
        squares.append(((off[first + 1] - off[first])[both]) ** 2)
    expected = np.concatenate(squares).mean()
    assert alpha_change(logits, truth, known, 2).item() == pytest.approx(expected)


@pytest.mark.parametrize("term", TERMS)
def test_only_the_truth_costs_nothing(term: str) -> None:
    _, truth, known = drawn()
    assert TERMS[term](logits_of(truth), truth, known).item() < 1e-6
    assert TERMS[term](logits_of(truth.flip(0)), truth, known).item() > 0.01
    assert TERMS[term](logits_of(truth.flip(0)), truth, torch.zeros_like(known)).item() == 0


@pytest.mark.parametrize("term", TERMS)
def test_gradients_are_right(term: str) -> None:
    logits, truth, known = (each[:2, ..., :8, :8] if each.ndim == 4 else each[:2, :, :32] for each in drawn())
    assert torch.autograd.gradcheck(lambda given: TERMS[term](given, truth, known), logits.clone().requires_grad_())


def test_a_matte_that_never_changes_pays_for_the_change() -> None:
    truth = torch.zeros(4, *SIZE)
    truth[0, :, :20] = truth[1, :, :24] = truth[2, :, :28] = truth[3, :, :32] = 1
    known = torch.ones(4, *SIZE, dtype=torch.bool)
    still = truth.mean(dim=0, keepdim=True).expand(4, -1, -1)
    right, frozen = (alpha_change(logits_of(each), truth, known, 4).item() for each in (truth, still))
    assert frozen > 0.03 > right
