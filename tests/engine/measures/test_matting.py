"""Mattes against a true alpha: the measures against slow and obvious ones."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from engine.measures.matting import MattingScores, connectivity_error, gradient_error

Matte = NDArray[np.float32]

mattes = arrays(np.float32, (7, 9), elements=st.sampled_from([0, 0.05, 0.1, 0.25, 0.5, 0.8, 1]).map(np.float32))


def one(matte: Matte, alpha: Matte) -> dict[str, float | None]:
    scores = MattingScores()
    scores.begin_clip()
    scores.update(matte, alpha)
    return scores.values()


def disc(x: float, y: float, radius: float = 8, size: tuple[int, int] = (48, 32)) -> Matte:
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1).astype(np.float32)


# ---- slow and obvious


def slow_gradient(matte: Matte, alpha: Matte) -> float:
    def at(values: Matte, row: int, column: int) -> float:
        height, width = values.shape
        return float(values[min(max(row, 0), height - 1), min(max(column, 0), width - 1)])

    def size(values: Matte, row: int, column: int) -> float:
        x = y = norm = 0.0
        for down in range(-4, 5):
            for right in range(-4, 5):
                weight = right * math.exp(-(right**2 + down**2) / (2 * 1.4**2))
                norm += weight**2
                x += weight * at(values, row + down, column + right)
                y += weight * at(values, row + right, column + down)
        return math.hypot(x, y) / math.sqrt(norm)

    def stretched(values: Matte) -> Matte:
        spread = values.max() - values.min()
        return (values - values.min()) / spread if spread else values * 0

    total = 0.0
    ours, theirs = stretched(matte), stretched(alpha)
    for row in range(matte.shape[0]):
        for column in range(matte.shape[1]):
            total += (size(ours, row, column) - size(theirs, row, column)) ** 2
    return total / 1000


def slow_areas(inside: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    left = {(int(row), int(column)) for row, column in np.argwhere(inside)}
    areas = []
    while left:
        area, edge = set(), [min(left)]
        while edge:
            place = edge.pop()
            if place in left:
                left.remove(place)
                area.add(place)
                row, column = place
                edge += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
        areas.append(area)
    return areas


def slow_connectivity(matte: Matte, alpha: Matte) -> float:
    largest: list[set[tuple[int, int]]] = []
    for step in range(1, 11):
        level = np.float32(step / 10)
        areas = slow_areas((matte >= level) & (alpha >= level))
        largest.append(max(areas, key=len, default=set()))
    total = 0.0
    for place in np.ndindex(matte.shape):
        levels = [step for step, area in enumerate(largest) if place not in area]
        level = levels[0] / 10 if levels else 1.0
        degrees = []
        for values in (matte, alpha):
            difference = float(values[place]) - level
            degrees.append(1 - (difference if difference >= 0.15 else 0))
        total += abs(degrees[0] - degrees[1])
    return total / 1000


@given(mattes, mattes)
@settings(max_examples=4, deadline=None)
def test_gradient_is_that_of_the_loops(matte: Matte, alpha: Matte) -> None:
    assert gradient_error(matte, alpha) == pytest.approx(slow_gradient(matte, alpha), rel=1e-4, abs=1e-7)


@given(mattes, mattes)
@settings(max_examples=20, deadline=None)
def test_connectivity_is_that_of_the_loops(matte: Matte, alpha: Matte) -> None:
    areas = [slow_areas((matte >= np.float32(s / 10)) & (alpha >= np.float32(s / 10))) for s in range(1, 11)]
    sizes = [sorted(map(len, found), reverse=True) for found in areas]
    if any(len(found) > 1 and found[0] == found[1] for found in sizes):
        return  # equally large areas: which one is taken is anybody's choice
    assert connectivity_error(matte, alpha) == pytest.approx(slow_connectivity(matte, alpha), rel=1e-4, abs=1e-6)


def test_units() -> None:
    alpha = np.zeros((10, 10), np.float32)
    matte = alpha.copy()
    matte[0, :5] = 0.5
    values = one(matte, alpha)
    assert values["mad"] == pytest.approx(1000 * 5 * 0.5 / 100)
    assert values["mse"] == pytest.approx(1000 * 5 * 0.25 / 100)
    assert values["conn"] == pytest.approx(0.0025), "five pixels half too much"
    assert values["dtssd"] is None, "one frame has no change"


def test_dtssd_asks_for_the_changes_of_the_truth() -> None:
    truth = [disc(14 + 2 * step, 16) for step in range(5)]
    scores = {name: MattingScores() for name in ("frozen", "right", "flickering", "constant")}
    for name, each in scores.items():
        each.begin_clip()
        for step, alpha in enumerate(truth):
            made = {
                "frozen": truth[0],
                "right": alpha,
                "flickering": np.clip(alpha - 0.5 * (step % 2), 0, 1),
                "constant": np.ones_like(alpha),
            }
            each.update(made[name].astype(np.float32), alpha)
    found = {name: each.values() for name, each in scores.items()}
    assert list(found["right"].values()) == pytest.approx([0.0] * 5, abs=1e-9)
    change = 100 * np.mean([np.sqrt(np.mean((a - b) ** 2)) for a, b in pairwise(truth)])
    assert found["frozen"]["dtssd"] == pytest.approx(change, rel=1e-5)
    assert found["constant"]["dtssd"] == pytest.approx(change, rel=1e-5), "as frozen as can be, and never right"
    assert (found["flickering"]["dtssd"] or 0) > (found["frozen"]["dtssd"] or 0)


def test_a_blurred_matte_loses_gradient() -> None:
    alpha = disc(24, 16)
    blurred = (sum(np.roll(alpha, shift, axis=1) for shift in range(-4, 5)) / 9).astype(np.float32)
    worse, better = one(blurred, alpha)["grad"] or 0, one(disc(24.2, 16), alpha)["grad"] or 0
    assert worse > 5 * better


def test_a_set_is_the_mean_of_its_clips_and_no_pair_reaches_over_their_ends() -> None:
    alpha, other = disc(10, 16), disc(30, 16)
    scores = MattingScores()
    for clip in ([alpha] * 3, [other]):
        scores.begin_clip()
        for each in clip:
            scores.update(np.zeros_like(each), each)
    values = scores.values()
    assert values["dtssd"] == 0
    assert values["mad"] == pytest.approx(1000 * (alpha.mean() + other.mean()) / 2, rel=1e-5)


def test_single_images_have_no_dtssd() -> None:
    scores = MattingScores()
    scores.begin_clip()
    for x in (10, 20):
        scores.update(disc(x, 16), disc(x, 16), consecutive=False)
    assert scores.values()["dtssd"] is None


def test_intervals_are_paired_by_clips() -> None:
    better, worse = MattingScores(), MattingScores()
    for place in range(6):
        alpha = disc(14 + 3 * place, 16)
        for scores, shift in ((better, 1), (worse, 3)):
            scores.begin_clip()
            for step in range(3):
                scores.update(disc(14 + 3 * place + shift * (step % 2), 16), alpha)
    interval = worse.intervals(better)["dtssd"]
    assert interval is not None
    assert interval.high < 0, "the better one's minus the worse one's"
    assert worse.intervals()["grad"] is not None


def test_refused() -> None:
    scores = MattingScores()
    scores.begin_clip()
    with pytest.raises(ValueError, match="one size"):
        scores.update(np.zeros((4, 4), np.float32), np.zeros((4, 5), np.float32))
    with pytest.raises(ValueError, match="outside"):
        scores.update(np.full((4, 4), 2, np.float32), np.zeros((4, 4), np.float32))
