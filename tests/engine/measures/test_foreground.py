"""The person's IoU at 224 × 224."""

import numpy as np
import pytest

from engine.measures.foreground import SIDE, ForegroundIou, squashed


def test_every_image_counts_as_much_as_any_other() -> None:
    large, small = np.zeros((448, 224), np.uint8), np.zeros((112, 112), np.uint8)
    large[:, :112], small[:56, :56] = 1, 1
    half, quarter = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    half[:, :112], quarter[:112, :56] = 1, 1
    scores = ForegroundIou()
    assert scores.mean is None
    scores.update(half, large)
    assert scores.mean == 100
    scores.update(quarter, small)
    assert scores.mean == pytest.approx((100 + 50) / 2), "not pooled: the second person is half as large"


def test_void_is_not_judged_and_nobody_is_found_where_nobody_is() -> None:
    label = np.full((SIDE, SIDE), 255, np.uint8)
    label[:100] = 0
    scores = ForegroundIou()
    person = np.zeros((SIDE, SIDE), np.uint8)
    person[150:] = 1
    scores.update(person, label)
    assert scores.mean == 100
    scores.update(np.ones((SIDE, SIDE), np.uint8), label)
    assert scores.mean == 50


def test_images_are_squashed_not_cut() -> None:
    rgb = np.zeros((100, 50, 3), np.uint8)
    rgb[:, 25:] = 200
    small = squashed(rgb)
    assert small.shape == (SIDE, SIDE, 3)
    assert small[:, :110].max() == 0
    assert small[:, 115:].min() == 200
    with pytest.raises(ValueError, match="224"):
        ForegroundIou().update(np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8))
