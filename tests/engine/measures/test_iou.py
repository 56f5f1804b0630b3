"""IoU from counts: one class, many at once, and what is in neither mask."""

import numpy as np
import pytest

from engine.measures.iou import ious, listed, mean_iou, mean_ious, mean_of_known, overlaps

SAME, ONE, OTHER = np.array([2, 0, 0, 5]), np.array([3, 4, 0, 5]), np.array([4, 2, 0, 5])


def test_a_class_in_neither_mask_has_no_value() -> None:
    assert listed(ious(SAME, ONE, OTHER)) == [0.4, 0.0, None, 1.0]
    assert listed(ious(SAME, ONE, OTHER, full=100)) == [40.0, 0.0, None, 100.0]


def test_means_are_over_the_classes_that_occur() -> None:
    assert mean_iou(SAME, ONE, OTHER) == pytest.approx(1.4 / 3)
    assert mean_iou(*np.zeros((3, 4), int)) is None
    many = mean_ious(*(np.stack([counts, counts * 0]) for counts in (SAME, ONE, OTHER)))
    np.testing.assert_allclose(many, [140 / 3, np.nan])
    assert mean_of_known([1.0, None, float("nan"), 4.0]) == 2.5
    assert mean_of_known([None]) is None


@pytest.mark.parametrize("rows", [3, 4], ids=["labels", "masks"])
def test_joint_counts_leave_out_ids_of_no_class(rows: int) -> None:
    joint = np.random.default_rng(0).integers(0, 9, (2, rows, 4))
    same, one, other = overlaps(joint)
    for place in range(3):
        assert same[:, place].tolist() == [each[place, place] for each in joint]
        assert one[:, place].tolist() == [each[place].sum() for each in joint]
        assert other[:, place].tolist() == [each[:, place].sum() for each in joint]
