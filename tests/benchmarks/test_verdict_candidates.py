"""What is put up against the verdict: masks of the right kind, each with its own name, each harm a harm."""

import numpy as np
import pytest

from benchmarks.verdict_candidates import HONEST_METHODS, METHODS_OF_HARM, VIEWS, Candidate, Shown, candidates, smallest
from engine.models.classes import VOID, bundled_class_set

NAMES = bundled_class_set("camvid").names
CAR, SIGN = NAMES.index("car"), NAMES.index("sign")


def shown() -> Shown:
    masks = []
    for index in range(4):
        mask = np.zeros((120, 160), np.uint8)
        mask[60:] = NAMES.index("road")
        for class_id in range(len(NAMES)):
            mask[10 + index : 34 + index, 14 * class_id : 14 * class_id + 5] = class_id
        mask[80:100, 20 + index : 60 + index] = CAR
        masks.append(mask)
    others = (*VIEWS, *(each.format("street") for each in (*METHODS_OF_HARM, *HONEST_METHODS)))
    return Shown(masks, dict.fromkeys(others, masks), NAMES)


ALL = candidates(NAMES, "street")


def test_there_are_about_a_hundred_harmful_ones_and_each_has_its_name() -> None:
    assert len({each.name for each in ALL}) == len(ALL)
    assert sum(not each.honest for each in ALL) > 95
    assert sum(each.honest for each in ALL) >= 8


@pytest.mark.parametrize("candidate", ALL, ids=[each.name for each in ALL])
def test_each_makes_masks_of_the_classes_that_there_are(candidate: Candidate) -> None:
    given = shown()
    made = candidate.make(given)
    assert len(made) == 4
    for mask, before in zip(made, given.baseline, strict=True):
        assert mask.dtype == np.uint8
        assert mask.shape == before.shape
        assert ((mask < len(NAMES)) | (mask == VOID)).all()
    if candidate.name not in given.others and not candidate.honest and "1/2" not in candidate.name:
        changed = any((mask != before).any() for mask, before in zip(made, given.baseline, strict=True))
        assert changed or "under" in candidate.name or "smallest" in candidate.name


def test_the_smallest_pieces_go_first() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[2:4, 2:4] = mask[8:12, 8:12] = mask[20:30, 20:30] = SIGN
    gone = smallest(mask, SIGN, 0.15)
    assert gone[3, 3]
    assert not gone[10, 10]
    assert not gone[25, 25]
