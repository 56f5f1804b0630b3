import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.measures.accuracy import ConfusionMatrix


def test_iou_by_hand() -> None:
    label = np.array([[0, 0, 1, 1], [0, 0, 1, 255]], np.uint8)
    guess = np.array([[0, 1, 1, 1], [0, 0, 0, 1]], np.uint8)
    matrix = ConfusionMatrix(3)
    matrix.update(guess, label)
    # class 0: 3 hits, 1 missed, 1 false alarm; class 1: 2 hits, 1 missed, 1 false alarm; void never counts
    assert matrix.iou() == [pytest.approx(60), pytest.approx(50), None]
    assert matrix.miou() == pytest.approx(55)


def test_counts_are_pooled_over_frames_not_averaged() -> None:
    matrix = ConfusionMatrix(2)
    matrix.update(np.zeros((1, 9), np.uint8), np.zeros((1, 9), np.uint8))
    matrix.update(np.ones((1, 1), np.uint8), np.zeros((1, 1), np.uint8))
    assert matrix.iou() == [pytest.approx(90), pytest.approx(0)]


def test_a_prediction_outside_the_class_set_counts_as_wrong() -> None:
    matrix = ConfusionMatrix(2)
    matrix.update(np.array([[0, 7]], np.uint8), np.array([[0, 0]], np.uint8))
    assert matrix.iou()[0] == pytest.approx(50)


def test_labels_outside_the_class_set_are_refused() -> None:
    with pytest.raises(ValueError, match="label 5 is outside the 2 classes"):
        ConfusionMatrix(2).update(np.zeros((1, 1), np.uint8), np.full((1, 1), 5, np.uint8))


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2\).*\(2, 1\)"):
        ConfusionMatrix(2).update(np.zeros((1, 2), np.uint8), np.zeros((2, 1), np.uint8))


def test_nothing_counted_gives_nothing() -> None:
    matrix = ConfusionMatrix(2)
    matrix.update(np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8))
    assert matrix.miou() is None


@given(arrays(np.uint8, (6, 5), elements=st.integers(0, 3)), arrays(np.uint8, (6, 5), elements=st.integers(0, 3)))
def test_range_and_perfection(label: np.ndarray, guess: np.ndarray) -> None:
    matrix = ConfusionMatrix(4)
    matrix.update(guess, label)
    miou = matrix.miou()
    assert miou is not None
    assert 0 <= miou <= 100
    assert (miou == 100) == bool((label == guess).all())
