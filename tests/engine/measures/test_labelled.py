"""vc and vec against brute force."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.measures import VideoConsistency
from tests.engine.measures.test_pairs import CLASSES, random_mask

Masks = list[NDArray[np.uint8]]


def brute_force(masks: Masks, labels: Masks, window: int) -> tuple[float | None, float | None]:
    """By the definitions, window by window."""
    vcs, vecs = [], []
    for start in range(len(masks) - window):
        label, mask = np.stack(labels[start : start + window]), np.stack(masks[start : start + window])
        known = (label != 255).all(axis=0)
        steady_label, steady_mask = (label == label[0]).all(axis=0) & known, (mask == mask[0]).all(axis=0) & known
        if steady_label.any():
            vcs.append((steady_label & steady_mask).sum() / steady_label.sum())
        ious = []
        for class_id in range(CLASSES):
            a, b = steady_label & (label[0] == class_id), steady_mask & (mask[0] == class_id)
            if (a | b).any():
                ious.append((a & b).sum() / (a | b).sum())
        if ious:
            vecs.append(np.mean(ious))
    return (100 * np.mean(vcs) if vcs else None), (100 * np.mean(vecs) if vecs else None)


def clip(seed: int, frames: int, void: bool) -> tuple[Masks, Masks]:
    random = np.random.default_rng(seed)
    labels = [random_mask(seed + number // 5) for number in range(frames)]
    masks = []
    for label in labels:
        mask = label.copy()
        wrong = random.random(mask.shape) < 0.1
        mask[wrong] = random.integers(0, CLASSES, int(wrong.sum()))
        masks.append(mask)
    if void:
        for label in labels:
            label[random.random(label.shape) < 0.02] = 255
    return masks, labels


@pytest.mark.parametrize("window", [2, 4, 8])
@pytest.mark.parametrize("void", [False, True])
def test_against_brute_force(window: int, void: bool) -> None:
    masks, labels = clip(3, 14, void)
    measure = VideoConsistency(CLASSES, window)
    for mask, label in zip(masks, labels, strict=True):
        measure.update(mask, label)
    vc, vec = brute_force(masks, labels, window)
    assert vc is not None
    assert vec is not None
    assert measure.vc == pytest.approx(vc)
    assert measure.vec == pytest.approx(vec)


def test_a_constant_prediction_has_all_of_vc_and_little_of_vec() -> None:
    _, labels = clip(5, 12, False)
    measure = VideoConsistency(CLASSES, 8)
    for label in labels:
        measure.update(np.zeros_like(label), label)
    assert measure.vc == 100
    assert (measure.vec or 0) < 100 / CLASSES


def test_the_labels_themselves_score_100() -> None:
    _, labels = clip(6, 12, False)
    measure = VideoConsistency(CLASSES, 4)
    for label in labels:
        measure.update(label, label)
    assert measure.vc == measure.vec == 100


def test_clips_of_n_frames_have_no_window_and_no_window_spans_two_clips() -> None:
    _, labels = clip(7, 8, False)
    measure = VideoConsistency(CLASSES, 8)
    for _ in range(3):
        measure.reset()
        for label in labels:
            measure.update(label, label)
    assert measure.vc is None
    assert measure.vec is None
    with pytest.raises(ValueError, match="at least 2"):
        VideoConsistency(CLASSES, 1)
