"""Terms of the parts of a step, times their shares, are the terms of the whole."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from trainer.data.targets import BatchMattes
from trainer.data.window import Batch, BatchMotion
from trainer.objective import Objective, Predictions
from trainer.recipe import LossPart
from trainer.stepping.pieces import in_pieces
from trainer.stepping.shares import Shares

WINDOWS, FRAMES, CLASSES = 4, 2, 3


def made(seed: int = 1) -> tuple[Predictions, Batch]:
    """Windows of which each has more labelled, and more visible, than the one before; float64."""
    draw = torch.Generator().manual_seed(seed)
    height, width = 16, 24
    labels = torch.randint(0, CLASSES, (WINDOWS, FRAMES, height, width), generator=draw)
    visible = torch.ones(WINDOWS, FRAMES - 1, height, width, dtype=torch.bool)
    for window in range(WINDOWS):
        labels[window, :, : 4 * (WINDOWS - 1 - window)] = 255
        visible[window, :, :, : 6 * (WINDOWS - 1 - window)] = False
    visible[0] = False
    flow = torch.rand(WINDOWS, FRAMES - 1, 2, height, width, generator=draw) * 4 - 2
    motion = BatchMotion(flow, -flow, visible, torch.ones(WINDOWS, FRAMES - 1, dtype=torch.bool))
    frames = torch.randint(0, 256, (WINDOWS, FRAMES, 3, height, width), generator=draw, dtype=torch.uint8)
    logits = torch.randn(WINDOWS * FRAMES, CLASSES, 4, 6, generator=draw, dtype=torch.float64)
    auxiliary = torch.randn(WINDOWS * FRAMES, CLASSES, 2, 3, generator=draw, dtype=torch.float64)
    return Predictions(logits, auxiliary), Batch(frames, torch.zeros(WINDOWS, FRAMES), labels, motion)


def objective(**part: Any) -> Objective:
    shares = np.array([0.7, 0.2, 0.1])
    whole = {"stride": 2, "auxiliary": 0.4, "class_weighting": "log", "temporal": 2.0, **part}
    return Objective(LossPart(**whole), lambda: shares, torch.device("cpu"))


def part_of(predictions: Predictions, pieces: list[Batch], number: int) -> Predictions:
    first = FRAMES * sum(len(piece.frames) for piece in pieces[:number])
    end = first + FRAMES * len(pieces[number].frames)
    return Predictions(predictions.logits[first:end], predictions.auxiliary[first:end])


@pytest.mark.parametrize("mode", ["probabilities", "etc"])
@pytest.mark.parametrize("pieces", [2, 3, 4])
def test_pieces_add_up(mode: str, pieces: int) -> None:
    predictions, batch = made()
    lowered, alone = objective(temporal_mode=mode), SimpleNamespace(num_processes=1, device=torch.device("cpu"))
    expected = lowered(predictions, batch)
    cut = in_pieces(batch, pieces)
    shares = Shares(lowered, alone, batch, pieces)  # type: ignore[arg-type]
    found = dict.fromkeys(expected, 0.0)
    for number, piece in enumerate(cut):
        said = part_of(predictions, cut, number)
        for name, term in lowered(said, piece, shares.of(said, piece)).items():
            found[name] += float(term)
    assert found == pytest.approx({name: float(term) for name, term in expected.items()}, rel=1e-5)
    assert Shares(lowered, alone, batch, 1).of(predictions, batch) is None  # type: ignore[arg-type]


def test_processes_average_to_what_one_says() -> None:
    predictions, batch = made()
    lowered = objective()
    expected = lowered(predictions, batch)
    halves = in_pieces(batch, 2)
    told: list[torch.Tensor] = []

    def own(masses: torch.Tensor, how: str) -> torch.Tensor:
        told.append(masses)
        return masses

    def mean(masses: torch.Tensor, how: str) -> torch.Tensor:
        assert how == "mean"
        return torch.stack(told).mean(dim=0)

    found = dict.fromkeys(expected, 0.0)
    for reduce in (own, mean):  # first all tell theirs, then all hear the mean
        found = dict.fromkeys(expected, 0.0)
        for number, half in enumerate(halves):
            both = SimpleNamespace(num_processes=2, device=torch.device("cpu"), reduce=reduce)
            said = part_of(predictions, halves, number)
            shares = Shares(lowered, both, half, 1).of(said, half)  # type: ignore[arg-type]
            for name, term in lowered(said, half, shares).items():
                found[name] += float(term) / 2
    assert found == pytest.approx({name: float(term) for name, term in expected.items()}, rel=1e-5)
    naive = sum(float(lowered(part_of(predictions, halves, n), half)["temporal"]) / 2 for n, half in enumerate(halves))
    assert abs(naive - float(expected["temporal"])) > 0.01 * float(expected["temporal"])


def test_nothing_labelled_and_no_motion_weighs_nothing() -> None:
    predictions, batch = made()
    blank = Batch(batch.frames, batch.pts_s, torch.full_like(batch.labels, 255), None)
    lowered, alone = objective(), SimpleNamespace(num_processes=1, device=torch.device("cpu"))
    half = in_pieces(blank, 2)[0]
    said = part_of(predictions, in_pieces(blank, 2), 0)
    terms = lowered(said, half, Shares(lowered, alone, blank, 2).of(said, half))  # type: ignore[arg-type]
    assert all(float(term) == 0 for term in terms.values())


def test_mattes_count_by_how_much_of_them_is_known() -> None:
    predictions, batch = made()
    draw = torch.Generator().manual_seed(2)
    alpha = torch.rand(WINDOWS, FRAMES, 32, 64, generator=draw, dtype=torch.float64)
    known = (
        torch.rand(WINDOWS, FRAMES, 32, 64, generator=draw) < torch.tensor([0.1, 0.9, 0.5, 0.0])[:, None, None, None]
    )
    batch = replace(batch, mattes=BatchMattes(alpha, known))
    predictions = replace(predictions, logits=predictions.logits[:, :2])
    weights = {"alpha_difference": 1.0, "alpha_pyramid": 1.0, "alpha_change": 5.0}
    lowered = objective(cross_entropy=0, auxiliary=0, temporal=0, class_weighting="none", **weights)
    alone, expected = SimpleNamespace(num_processes=1, device=torch.device("cpu")), lowered(predictions, batch)
    cut = in_pieces(batch, 3)
    shares, found = Shares(lowered, alone, batch, 3), dict.fromkeys(expected, 0.0)  # type: ignore[arg-type]
    for number, piece in enumerate(cut):
        said = part_of(predictions, cut, number)
        for name, term in lowered(said, piece, shares.of(said, piece)).items():
            found[name] += float(term)
    assert found == pytest.approx({name: float(term) for name, term in expected.items()}, rel=1e-5)
    assert float(expected["alpha_change"]) > 0
