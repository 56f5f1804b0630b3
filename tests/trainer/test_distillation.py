"""The terms that learn from a teacher, against slow and obvious computations; and what they do not reward."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from trainer.losses.pair_wise_frames import pair_wise_frames
from trainer.losses.similarity import CELLS, common_grid
from trainer.losses.single_frame import self_similarity, single_frame

Array = NDArray[np.float64]


def noise(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def slow_divergence(student: Array, teacher: Array, temperature: float) -> float:
    """Pixel by pixel; both (B, C, h, w)."""
    total, pixels = 0.0, 0
    for b in range(len(student)):
        for y in range(student.shape[2]):
            for x in range(student.shape[3]):
                p, q = softmax(teacher[b, :, y, x] / temperature), softmax(student[b, :, y, x] / temperature)
                total += sum(float(p[c]) * math.log(p[c] / q[c]) for c in range(len(p)))
                pixels += 1
    return temperature**2 * total / pixels


def slow_cells(features: Array, rows: int, columns: int) -> list[Array]:
    """The mean feature of each cell, row by row; features (channels, h, w)."""
    height, width = features.shape[1:]
    cells = []
    for row in range(rows):
        for column in range(columns):
            top, bottom = row * height // rows, math.ceil((row + 1) * height / rows)
            left, right = column * width // columns, math.ceil((column + 1) * width / columns)
            cells.append(features[:, top:bottom, left:right].reshape(len(features), -1).mean(axis=1))
    return cells


def slow_cosine(a: Array, b: Array) -> float:
    return float(sum(a * b) / (math.sqrt(sum(a * a)) * math.sqrt(sum(b * b))))


def slow_difference(frames: list[tuple[Array, Array, Array, Array]], rows: int, columns: int) -> float:
    """Mean squared difference of cosines over (student's, student's next, teacher's, teacher's next) of each pair."""
    squares: list[float] = []
    for maps in frames:
        ours, ours_next, theirs, theirs_next = (slow_cells(each, rows, columns) for each in maps)
        squares += [
            (slow_cosine(ours[i], ours_next[j]) - slow_cosine(theirs[i], theirs_next[j])) ** 2
            for i in range(rows * columns)
            for j in range(rows * columns)
        ]
    return float(np.mean(squares))


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_single_frame_is_the_divergence_of_every_pixel(temperature: float) -> None:
    student, teacher = 3 * noise(2, 4, 3, 5), 3 * noise(2, 4, 3, 5, seed=2)
    expected = slow_divergence(student.numpy(), teacher.numpy(), temperature)
    assert expected > 0.1
    assert single_frame(student, teacher, temperature=temperature).item() == pytest.approx(expected, rel=1e-9)
    low = single_frame(student.bfloat16(), teacher.bfloat16(), temperature=temperature)
    assert low.dtype == torch.float32
    assert low.item() == pytest.approx(expected, rel=0.05)


def test_a_student_of_another_size_is_compared_at_the_teachers() -> None:
    student, teacher = noise(2, 4, 3, 5), noise(2, 4, 6, 10, seed=2)
    resized = functional.interpolate(student, size=(6, 10), mode="bilinear", align_corners=False)
    expected = slow_divergence(resized.numpy(), teacher.numpy(), 1.0)
    assert single_frame(student, teacher).item() == pytest.approx(expected, rel=1e-9)


def test_more_of_the_same_classes_and_pixels_weigh_the_same() -> None:
    student, teacher = noise(1, 4, 3, 5), noise(1, 4, 3, 5, seed=2)
    unlikely = torch.full((1, 7, 3, 5), -60.0, dtype=torch.float64)
    more = single_frame(torch.cat([student, unlikely], dim=1), torch.cat([teacher, unlikely], dim=1))
    tiled = single_frame(student.repeat(3, 1, 2, 1), teacher.repeat(3, 1, 2, 1))
    assert more.item() == pytest.approx(single_frame(student, teacher).item())
    assert tiled.item() == pytest.approx(single_frame(student, teacher).item())


def test_self_similarity_compares_all_places_of_a_frame() -> None:
    student, teacher = noise(2, 3, 5, 4), noise(2, 6, 4, 7, seed=2)
    frames = [(s, s, t, t) for s, t in zip(student.numpy(), teacher.numpy(), strict=True)]
    expected = slow_difference(frames, 4, 4)
    assert expected > 0.1
    assert self_similarity(student, teacher).item() == pytest.approx(expected, rel=1e-9)


def test_pair_wise_frames_compares_all_places_of_neighbouring_frames() -> None:
    student, teacher = noise(2, 3, 3, 5, 4), noise(2, 3, 6, 4, 7, seed=2)
    frames = [
        (*(each.numpy()[b, t + k] for each in (student, teacher) for k in (0, 1)),) for b in range(2) for t in range(2)
    ]
    expected = slow_difference(frames, 4, 4)
    assert expected > 0.1
    assert pair_wise_frames(student, teacher).item() == pytest.approx(expected, rel=1e-9)


def test_cosines_are_divided_by_the_lengths_of_their_own_two_features() -> None:
    frame, following = noise(1, 1, 3, 2, 2), noise(1, 1, 3, 2, 2, seed=2)
    window, teacher = torch.cat([frame, following], dim=1), noise(1, 2, 3, 2, 2, seed=3)
    lengths = torch.tensor([[1.0, 5.0], [0.1, 30.0]], dtype=torch.float64)
    stretched = torch.cat([frame * lengths, following * lengths.flip(0)], dim=1)
    assert pair_wise_frames(stretched, teacher).item() == pytest.approx(pair_wise_frames(window, teacher).item())
    assert self_similarity(stretched[0], teacher[0]).item() == pytest.approx(
        self_similarity(window[0], teacher[0]).item()
    )


def test_the_order_of_a_windows_frames_matters() -> None:
    student, teacher = noise(1, 2, 3, 2, 2), noise(1, 2, 3, 2, 2, seed=2)
    assert pair_wise_frames(student.flip(1), teacher).item() != pytest.approx(pair_wise_frames(student, teacher).item())
    assert pair_wise_frames(student.flip(1), teacher.flip(1)).item() == pytest.approx(
        pair_wise_frames(student, teacher).item()
    )


def test_the_grid_is_bounded_and_keeps_the_shape() -> None:
    coarse, fine = torch.zeros(1, 2, 44, 60), torch.zeros(1, 2, 88, 120)
    assert common_grid(coarse[..., :9, :12], fine) == (9, 12)
    rows, columns = common_grid(fine, fine)
    assert 0.9 * CELLS < rows * columns <= CELLS
    assert rows / columns == pytest.approx(88 / 120, rel=0.05)
    assert common_grid(fine, coarse) == common_grid(coarse, fine)
    long = torch.zeros(1, 1, 1, 1_000_000)
    assert common_grid(long, long) == (1, CELLS)
    assert common_grid(long.mT, long.mT) == (CELLS, 1)


TERMS: list[tuple[Callable[[Tensor, Tensor], Tensor], tuple[int, ...]]] = [
    (single_frame, (2, 3, 2, 3)),
    (self_similarity, (2, 3, 2, 3)),
    (pair_wise_frames, (2, 2, 3, 2, 3)),
]


@pytest.mark.parametrize(("term", "shape"), TERMS)
def test_whoever_says_what_the_teacher_says_is_done(term: Callable[..., Tensor], shape: tuple[int, ...]) -> None:
    teacher = noise(*shape)
    student = teacher.clone().requires_grad_()
    loss = term(student, teacher)
    loss.backward()
    assert student.grad is not None
    assert loss.item() == pytest.approx(0, abs=1e-15)
    assert student.grad.abs().max() < 1e-12


@pytest.mark.parametrize(("term", "shape"), TERMS)
def test_gradients_are_those_of_the_value(term: Callable[..., Tensor], shape: tuple[int, ...]) -> None:
    student, teacher = noise(*shape).requires_grad_(), noise(*shape, seed=2)
    assert torch.autograd.gradcheck(lambda features: term(features, teacher), (student,))
    finer = noise(*shape[:-2], 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda features: term(features, teacher), (finer,))


def test_shrinking_logits_does_not_pay() -> None:
    teacher = 4 * noise(2, 5, 6, 6)
    near = teacher + 0.3 * noise(2, 5, 6, 6, seed=2)
    losses = [single_frame(near * factor, teacher).item() for factor in (1.0, 0.5, 0.1, 0.0)]
    assert losses == sorted(losses)
    assert losses[-1] > 10 * losses[0]
    # Another temperature is no way out: its gradient points back to the teacher's size.
    shrunk = (0.2 * teacher).requires_grad_()
    single_frame(shrunk, teacher, temperature=3.0).backward()
    assert shrunk.grad is not None
    assert (shrunk.grad * teacher).sum() < 0


@pytest.mark.parametrize(("term", "shape"), [(term, (2, 4, 6, 5, 5)[-len(shape) :]) for term, shape in TERMS[1:]])
def test_features_that_tell_nothing_apart_do_not_pay(term: Callable[..., Tensor], shape: tuple[int, ...]) -> None:
    teacher = noise(*shape)
    near = term(teacher + 0.3 * noise(*shape, seed=2), teacher).item()
    constant = noise(shape[-3], 1, 1, seed=3).expand(shape)
    assert term(constant, teacher).item() > 5 * near
    assert term(torch.zeros(shape, dtype=torch.float64), teacher).item() > near
    far = term(noise(*shape, seed=4), teacher).item()
    assert term(1e-3 * noise(*shape, seed=4), teacher).item() == pytest.approx(far)


@pytest.mark.parametrize(("term", "shape"), TERMS[1:])
def test_features_of_no_length_have_no_gradient_that_explodes(
    term: Callable[..., Tensor], shape: tuple[int, ...]
) -> None:
    student = noise(*shape)
    student[..., 0, 0] = 0
    student.requires_grad_()
    term(student, noise(*shape, seed=2)).backward()
    assert student.grad is not None
    assert student.grad.isfinite().all()
    assert not student.grad[..., 0, 0].any()
