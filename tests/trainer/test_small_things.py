"""Small things are kept: they may weigh as much as large ones, and what is steady is not averaged away."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.flow import EXACT_FLOW, Motion
from trainer.data.targets import piece_areas
from trainer.losses.single_frame import LEAST_PIECE, stored_single_frame
from trainer.teachers.averaging import SURER, Said, averaged


def slow_areas(classes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """By flooding from every cell."""
    height, width = classes.shape
    areas = np.zeros(classes.shape, np.float32)
    for y, x in np.ndindex(height, width):
        reached, edge = {(y, x)}, [(y, x)]
        while edge:
            row, column = edge.pop()
            for other in ((row + a, column + b) for a in (-1, 0, 1) for b in (-1, 0, 1)):
                inside = 0 <= other[0] < height and 0 <= other[1] < width
                if inside and other not in reached and classes[other] == classes[y, x]:
                    reached.add(other)
                    edge.append(other)
        areas[y, x] = len(reached)
    return areas


@pytest.mark.parametrize("seed", range(3))
def test_pieces_are_what_hangs_together(seed: int) -> None:
    classes = (np.random.default_rng(seed).random((9, 13)) * 3).astype(np.uint8)
    assert np.array_equal(piece_areas(classes), slow_areas(classes))


@pytest.mark.parametrize("balance", [0.3, 1.0])
def test_a_cell_weighs_by_its_piece(balance: float) -> None:
    random = np.random.default_rng(4)
    logits = torch.tensor(random.normal(size=(2, 3, 6, 8)), dtype=torch.float64)
    chances = torch.tensor(random.dirichlet(np.ones(3), (2, 6, 8)), dtype=torch.float64).permute(0, 3, 1, 2)
    known = torch.tensor(random.random((2, 6, 8)) < 0.8)
    pieces = torch.tensor(random.integers(1, 40, (2, 6, 8)), dtype=torch.float64)
    total = weight = 0.0
    for place in zip(*np.nonzero(known.numpy()), strict=True):
        frame, y, x = map(int, place)
        ours, theirs = logits[frame, :, y, x].softmax(0).numpy(), chances[frame, :, y, x].numpy()
        counts = max(float(pieces[frame, y, x]), LEAST_PIECE) ** -balance
        total += counts * float((theirs * np.log(theirs / ours)).sum())
        weight += counts
    found = stored_single_frame(logits, chances, known, pieces=pieces, balance=balance)
    assert float(found) == pytest.approx(total / weight, rel=1e-6)
    plain = stored_single_frame(logits, chances, known)
    assert float(stored_single_frame(logits, chances, known, pieces=pieces)) == pytest.approx(float(plain))
    assert float(found) != pytest.approx(float(plain), rel=1e-3)


def test_what_three_frames_say_alike_is_not_averaged() -> None:
    """Of three still frames: a cell that all say alike, one that flickers, and one that nobody is sure of."""
    steady, other, unsure = [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.4, 0.35, 0.25]
    frames = [[steady, other, unsure], [[0.9, 0.05, 0.05], steady, unsure], [steady, other, unsure]]
    motion = Motion(np.zeros((1, 3, 2), np.float32), np.zeros((1, 3, 2), np.float32), np.ones((1, 3), bool), EXACT_FLOW)
    grey = np.full((1, 3, 3), 0.5, np.float32)
    span = [Said(np.array([row], np.float32), grey, motion if place else None) for place, row in enumerate(frames)]
    mean, held = averaged(span, 1, 1), averaged(span, 1, 1, hold=True)
    surer = np.array([0.9, 0.05, 0.05]) ** SURER
    assert np.allclose(held[0, 0], surer / surer.sum(), atol=1e-5)
    assert np.allclose(mean[0, 0], [0.7, 0.65 / 3, 0.25 / 3], atol=1e-5)
    assert np.allclose(held[0, 1:], mean[0, 1:])
    at_the_end = averaged(span, 2, 1, hold=True)
    assert np.allclose(at_the_end, averaged(span, 2, 1)), "nobody knows the frame after the last"
