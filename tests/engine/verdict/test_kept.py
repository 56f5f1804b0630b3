"""What is counted of a candidate, against counts by hand."""

import numpy as np
import pytest

from engine.flow import Motion
from engine.measures.accuracy import ConfusionMatrix
from engine.models.classes import VOID
from engine.verdict import Kept
from tests.engine.verdict.scene import CAR, NAMES, ROAD, SKY, Mask, motions, noisy, referee, truth


def counted(baseline: list[Mask], candidate: list[Mask], said: list[Mask | None]) -> Kept:
    kept = Kept(len(NAMES))
    for before, after, sure, motion in zip(baseline, candidate, said, motions(len(baseline)), strict=True):
        kept.update(before, after, sure, motion)
    return kept


def test_agreement_is_the_miou_of_the_confusion_matrix() -> None:
    baseline, candidate, said = noisy(truth(12), 0.1), noisy(truth(12), 0.03, 1), referee(truth(12))
    kept = counted(baseline, candidate, said)
    assert kept.agreement is not None
    for masks, value in zip((baseline, candidate), kept.agreement, strict=True):
        matrix = ConfusionMatrix(len(NAMES))
        for mask, sure in zip(masks, said, strict=True):
            if sure is not None:
                matrix.update(mask, sure)
        assert value == pytest.approx(matrix.miou())


def test_recall_and_area_by_hand() -> None:
    baseline = np.full((20, 30), SKY, np.uint8)
    baseline[10:] = ROAD
    baseline[12:16, 0:10] = CAR
    candidate = baseline.copy()
    candidate[12:15, 0:10] = ROAD
    kept = Kept(len(NAMES))
    kept.update(baseline, candidate, baseline)
    car = kept.classes()[CAR]
    assert (car.recall, car.recall_before, car.area) == (0.25, 1.0, 0.25)
    assert car.share == pytest.approx(40 / 600)
    assert set(kept.classes()) == {SKY, ROAD, CAR}


@pytest.mark.parametrize(("pixels", "frames", "seen"), [(9, 8, False), (10, 2, False), (10, 3, True), (30, 1, True)])
def test_a_rare_class_is_seen_from_its_third_frame_on_and_specks_are_not(pixels: int, frames: int, seen: bool) -> None:
    """0.02 % of eight frames of 100 × 160 pixels are 25.6."""
    kept = Kept(len(NAMES))
    for index in range(8):
        said = np.zeros((100, 160), np.uint8)
        if index < frames:
            said.ravel()[:pixels] = CAR
        if pixels == 9 and index >= 2:
            said[:] = SKY
        kept.update(said, said, said)
    assert (CAR in kept.classes()) is seen


def test_void_and_ids_outside_the_set_are_counted_as_such() -> None:
    baseline = np.zeros((10, 10), np.uint8)
    candidate = baseline.copy()
    candidate[0, :3] = VOID
    candidate[1, :2] = len(NAMES)
    kept = Kept(len(NAMES))
    kept.update(baseline, candidate, baseline)
    assert kept.outside == (0.0, 0.05)
    assert kept.classes()[SKY].recall == 0.95


def test_fresh_pixels_are_those_that_the_car_moved_onto() -> None:
    masks = truth(40)
    said: list[Mask | None] = list(masks)
    assert counted(masks, masks, said).fresh == 1
    assert counted(masks, [masks[0], *masks[:-1]], said).fresh == pytest.approx(0, abs=0.05)


def test_without_motion_nothing_is_fresh() -> None:
    masks = truth(40)
    kept, still = Kept(len(NAMES)), Motion.still((96, 64))
    for index, mask in enumerate(noisy(masks[:1] * 40, 0.2)):
        kept.update(mask, masks[0], masks[0], still if index else None)
    assert kept.fresh is None


def test_a_referee_of_other_classes_is_refused() -> None:
    mask = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="says 7"):
        Kept(len(NAMES)).update(mask, mask, np.full((4, 4), 7, np.uint8))


def test_masks_of_other_sizes_are_brought_to_the_referees() -> None:
    masks = truth(4)
    kept = counted(masks, [np.kron(mask, np.ones((2, 2), np.uint8)) for mask in masks], list(masks))
    assert kept.agreement == (100.0, 100.0)
