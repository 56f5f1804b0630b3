"""Evidence: what three frames in a row show alike, one frame late."""

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion
from engine.models.classes import VOID
from engine.segmentation import Segmentation
from engine.verdict import Evidence, EvidenceMaker, Views
from tests.engine.verdict.scene import CAR, POST, SIGN, SIZE, Mask, motions, truth


def views(mask: Mask, *, drawn: bool = True, sure: NDArray[np.bool_] | None = None) -> Views:
    sure = np.ones(mask.shape, bool) if sure is None else sure
    return Views(mask, SIZE, 0.0, sure=sure, possible=np.ones((1, *mask.shape), np.uint8), drawn=drawn)


def made(given: list[Segmentation], moved: list[Motion | None]) -> list[Evidence | None]:
    maker = EvidenceMaker()
    return [maker.update(each, motion) for each, motion in zip(given, moved, strict=True)]


def test_what_moves_and_is_held_is_evidence_about_the_frame_before() -> None:
    masks = truth(6)
    found = made([views(mask) for mask in masks], motions(6))
    assert found[:2] == [None, None]
    for mask, evidence in zip(masks[1:], found[2:], strict=False):
        assert evidence is not None
        there = evidence.classes != VOID
        assert (evidence.classes[there] == mask[there]).all()
        assert there.mean() > 0.9
        assert (there & (mask == CAR)).sum() > 0.8 * (mask == CAR).sum()


def test_a_sighting_of_one_or_two_frames_is_none_and_neither_is_what_it_hides() -> None:
    for frames in ((3,), (3, 4)):
        masks = truth(8)
        for index in frames:
            masks[index] = masks[index].copy()
            masks[index][2:8, 5:12] = SIGN
        found = made([views(mask) for mask in masks], motions(8))
        for index in range(1, 7):
            evidence = found[index + 1]
            assert evidence is not None
            near = any(abs(index - frame) <= 1 for frame in frames)
            assert (evidence.classes[2:8, 5:12] == (VOID if near else 0)).all()


def test_each_of_the_three_frames_is_asked() -> None:
    masks = truth(3)
    for index in range(3):
        given = [views(mask) for mask in masks]
        given[index] = views(np.where(masks[index] == POST, SIGN, masks[index]).astype(np.uint8))
        evidence = made(list(given), motions(3))[2]
        assert evidence is not None
        assert not (evidence.classes == POST).any()


def test_what_the_frame_itself_is_not_sure_of_is_no_evidence() -> None:
    masks = truth(3)
    given = [views(mask, sure=mask != POST) for mask in masks]
    evidence = made(list(given), motions(3))[2]
    assert evidence is not None
    assert not (evidence.classes == POST).any()
    given = [views(mask, sure=mask != POST if index != 1 else None) for index, mask in enumerate(masks)]
    evidence = made(list(given), motions(3))[2]
    assert evidence is not None
    assert (evidence.classes == POST).any()


def test_a_cut_a_frame_that_was_not_drawn_and_one_that_was_not_asked_have_none() -> None:
    masks, moved = truth(8), motions(8)
    given: list[Segmentation] = [views(mask) for mask in masks]
    moved[3] = None
    assert [each is not None for each in made(given, moved)] == [False, False, True, False, False, True, True, True]
    given = [views(mask, drawn=index == 2) for index, mask in enumerate(masks)]
    given[5] = Segmentation(np.full((1, 1), VOID, np.uint8), SIZE, 0.0)
    assert [each is not None for each in made(given, motions(8))] == [False] * 3 + [True] + [False] * 4


def test_another_clip_begins_without_the_last_ones_frames() -> None:
    maker, masks, moved = EvidenceMaker(), truth(4), motions(4)
    for mask, motion in zip(masks[:2], moved[:2], strict=True):
        maker.update(views(mask), motion)
    maker.reset()
    assert maker.update(views(masks[2]), moved[2]) is None


def test_labels_are_evidence_at_the_size_that_is_measured() -> None:
    label = np.zeros((20, 1280), np.uint8)
    label[:, 640:] = VOID
    evidence = Evidence.of_labels(label)
    assert evidence.classes.shape == (10, 640)
    assert (evidence.classes[:, 320:] == VOID).all()
    assert evidence.labelled
    assert evidence.possible is None
