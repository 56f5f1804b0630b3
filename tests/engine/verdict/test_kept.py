"""What is counted of a candidate, against counts by hand."""

import numpy as np
import pytest

from engine.flow import Motion
from engine.measures.accuracy import ConfusionMatrix
from engine.models.classes import VOID
from engine.verdict import Evidence, Kept
from engine.verdict.ghosts import count_ghosts
from tests.engine.verdict.scene import CAR, NAMES, ROAD, SIGN, SKY, Mask, evidence, motions, noisy, referee, truth


def counted(baseline: list[Mask], candidate: list[Mask], said: list[Mask | None]) -> Kept:
    kept = Kept(len(NAMES))
    for before, after, sure, motion in zip(baseline, candidate, said, motions(len(baseline)), strict=True):
        kept.update(before, after, motion)
        known = evidence(sure)
        if known is not None:
            kept.weigh(known)
    return kept


def weighed(baseline: Mask, candidate: Mask, said: Mask) -> Kept:
    kept = Kept(len(NAMES))
    kept.update(baseline, candidate)
    kept.weigh(Evidence(said))
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


def test_a_class_by_hand() -> None:
    baseline = np.full((20, 30), SKY, np.uint8)
    baseline[10:] = ROAD
    baseline[12:16, 0:10] = CAR
    candidate = baseline.copy()
    candidate[12:15, 0:10] = ROAD
    kept = weighed(baseline, candidate, baseline)
    car = kept.classes()[CAR]
    assert (car.objects, car.found, car.iou) == (1, (1, 0), (1.0, 0.25))
    assert car.share == car.area[0] == pytest.approx(40 / 600)
    assert car.area[1] == pytest.approx(10 / 600)
    assert set(kept.classes()) == {SKY, ROAD, CAR}
    assert kept.classes()[ROAD].iou == (1.0, pytest.approx(260 / 290))


@pytest.mark.parametrize(("covered", "found"), [(3, 0), (4, 1), (8, 1)])
def test_an_object_is_found_where_half_of_it_is_covered_and_specks_are_none(covered: int, found: int) -> None:
    said = np.full((20, 30), SKY, np.uint8)
    said[2:6, 2:10] = CAR
    said[6:8, 10:12] = CAR  # touches it at a corner
    said[10:12, 2:7] = CAR  # 10 pixels, a speck
    said[14:18, 2:5] = SIGN
    mask = np.full_like(said, SKY)
    mask[2:6, 2 : 2 + covered] = CAR
    mask[6:8, 10:12] = CAR
    mask[10:12, 2:7] = CAR
    objects = Evidence(said).objects
    there, by_mask = objects.count(len(NAMES)), objects.found(mask == said, len(NAMES))
    assert (there[SKY], there[CAR], there[SIGN]) == (1, 1, 1)
    assert (by_mask[SKY], by_mask[CAR], by_mask[SIGN]) == (1, found, 0)
    assert sorted(objects.areas[1:]) == [12, 36, 600 - 36 - 12 - 10]


def test_ghosts_are_what_no_view_takes_for_possible() -> None:
    """Of ten classes, so that there are two planes of bits."""
    possible = np.zeros((2, 20, 30), np.uint8)
    possible[0] = 1 << SKY
    possible[1, :, 20:] = 1 << (9 - 8)
    mask = np.full((20, 30), SKY, np.uint8)
    assert count_ghosts(mask, possible, 10) == (0, 0)
    mask[:, 20:] = 9
    assert count_ghosts(mask, possible, 10) == (0, 0)
    mask[2:5, 2:6] = 9
    mask[10:12, 2:7] = CAR  # 10 pixels make no piece
    mask[15, :] = VOID  # of no class, which another condition sees
    assert count_ghosts(mask, possible, 10) == (22, 1)


def test_ghosts_are_told_by_frame() -> None:
    masks = truth(8)
    ghosts = [mask.copy() for mask in masks]
    for mask in ghosts:
        mask[2:6, 80:85] = CAR
    kept = counted(masks, ghosts, referee(masks))
    assert kept.ghosts == ((0.0, 0.0), (pytest.approx(20 / (96 * 64)), 1.0))
    assert weighed(masks[0], masks[0], masks[0]).ghosts is None


def test_void_and_ids_outside_the_set_are_counted_as_such() -> None:
    baseline = np.zeros((10, 10), np.uint8)
    candidate = baseline.copy()
    candidate[0, :3] = VOID
    candidate[1, :2] = len(NAMES)
    kept = weighed(baseline, candidate, baseline)
    assert kept.outside == (0.0, 0.05)
    assert kept.classes()[SKY].iou == (1.0, 0.95)


def test_fresh_pixels_are_those_that_the_car_moved_onto() -> None:
    masks = truth(40)
    said: list[Mask | None] = list(masks)
    assert counted(masks, masks, said).fresh == 1
    assert counted(masks, [masks[0], *masks[:-1]], said).fresh == pytest.approx(0, abs=0.05)


def test_without_motion_nothing_is_fresh() -> None:
    masks = truth(40)
    kept, still = Kept(len(NAMES)), Motion.still((96, 64))
    for index, mask in enumerate(noisy(masks[:1] * 40, 0.2)):
        kept.update(mask, masks[0], still if index else None)
        kept.weigh(Evidence(masks[0]))
    assert kept.fresh is None


def test_evidence_of_other_classes_or_of_no_frame_is_refused() -> None:
    mask = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="says 7"):
        weighed(mask, mask, np.full((4, 4), 7, np.uint8))
    with pytest.raises(ValueError, match="no frame that it is about"):
        Kept(len(NAMES)).weigh(Evidence(mask))


def test_masks_of_other_sizes_are_brought_to_the_evidence() -> None:
    masks = truth(4)
    kept = counted(masks, [np.kron(mask, np.ones((2, 2), np.uint8)) for mask in masks], list(masks))
    assert kept.agreement == (100.0, 100.0)
