"""The multi-frame term against a slow computation, and that its network does not earn by saying nothing."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.trainer.test_distillation import noise, slow_cells, slow_cosine
from trainer.losses.multi_frame import CLIP, ConvLSTM, MultiFrame

Array = NDArray[np.float64]


@pytest.fixture
def term() -> MultiFrame:
    torch.manual_seed(4)
    return MultiFrame().double()


def sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


def slow_lstm(maps: Array, weights: Array) -> tuple[Array, Array]:
    """(hidden, cell) of maps (T, channels, h, w), place by place; weights (4 · hidden, channels + hidden, 3, 3)."""
    width = len(weights) // 4
    hidden, cell = np.zeros((2, width, *maps.shape[2:]))
    for step in maps:
        seen = np.pad(np.concatenate([step, hidden]), ((0, 0), (1, 1), (1, 1)))
        hidden, cell = hidden.copy(), cell.copy()
        for y in range(maps.shape[2]):
            for x in range(maps.shape[3]):
                gates = [float((seen[:, y : y + 3, x : x + 3] * kernel).sum()) for kernel in weights]
                for c in range(width):
                    enter, keep, leave, new = gates[c::width]
                    cell[c, y, x] = sigmoid(keep) * cell[c, y, x] + sigmoid(enter) * np.tanh(new)
                    hidden[c, y, x] = sigmoid(leave) * np.tanh(cell[c, y, x])
    return hidden, cell


def slow_structure(window: Array, rows: int, columns: int) -> Array:
    """(T, 1, N, N) of features (T, channels, h, w)."""
    each = [slow_cells(frame, rows, columns) for frame in window]
    return np.array([[[[slow_cosine(a, b) for b in cells] for a in cells]] for cells in each])


def test_it_is_the_distance_of_two_embeddings_and_what_the_teachers_lacks(term: MultiFrame) -> None:
    student, teacher = noise(2, 3, 3, 3, 5), noise(2, 3, 6, 4, 2, seed=2)
    weights = term.embed.gates.weight.detach().numpy()
    states = [
        [slow_lstm(slow_structure(window, 3, 2), weights) for window in features.numpy()]
        for features in (student, teacher)
    ]
    ours, theirs = (np.array(each) for each in states)  # (B, 2, hidden, N, N): hidden and cell
    expected = ((ours - theirs) ** 2).mean(axis=(0, 2, 3, 4)).sum() + (1 - theirs[:, 0]).mean()
    assert term(student, teacher).item() == pytest.approx(float(expected), rel=1e-9)


def test_gradients_are_those_of_the_value(term: MultiFrame) -> None:
    student, teacher = noise(1, 2, 3, 2, 2).requires_grad_(), noise(1, 2, 4, 2, 2, seed=2)
    assert torch.autograd.gradcheck(lambda features: term(features, teacher), (student,))
    weight = term.embed.gates.weight
    assert torch.autograd.gradcheck(
        lambda given: torch.func.functional_call(term, {"embed.gates.weight": given}, (student.detach(), teacher)),
        (weight,),
    )


def test_whoever_unfolds_as_the_teacher_does_is_done(term: MultiFrame) -> None:
    teacher = noise(2, 3, 4, 3, 3)
    student = teacher.clone().requires_grad_()
    loss = term(student, teacher)
    loss.backward()
    assert student.grad is not None
    assert student.grad.abs().max() < 1e-12
    assert loss.item() < term(noise(2, 3, 4, 3, 3, seed=2), teacher).item()
    assert loss.item() < term(noise(4, 1, 1, seed=3).expand(2, 3, 4, 3, 3), teacher).item()  # constant features


def test_it_remembers_more_than_the_last_frame() -> None:
    torch.manual_seed(4)
    lstm = ConvLSTM(1, 2)
    first, other, last = noise(3, 1, 1, 5, 5).float()
    one, two = (lstm(torch.stack([earlier, last], dim=1))[0] for earlier in (first, other))
    assert not torch.allclose(one, two)
    assert not lstm(torch.zeros(1, 3, 1, 5, 5))[0].any()


def test_a_network_that_says_nothing_does_not_pay(term: MultiFrame) -> None:
    teacher, student = noise(2, 3, 6, 4, 4).abs(), noise(2, 3, 6, 4, 4, seed=2).abs()

    def distance() -> Tensor:
        (hidden, _), (aim, _) = (term.embed(noise(1, 3, 1, 9, 9, seed=seed).abs()) for seed in (5, 6))
        return (hidden - aim).square().mean()

    with torch.no_grad():
        term.embed.gates.weight.zero_()
    silent = term(student, teacher)
    assert silent.item() == 1
    with torch.no_grad():
        term.embed.gates.weight.add_(1e-3 * noise(16, 5, 3, 3, seed=7))
    before = distance().item()
    optimiser = torch.optim.AdamW(term.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        term(student, teacher).backward()
        optimiser.step()
        term.clip()
        assert term.embed.gates.weight.abs().max() <= CLIP
    assert term(student, teacher).item() < 0.9 * silent.item()
    assert distance().item() > 10 * before  # and it tells different windows apart
