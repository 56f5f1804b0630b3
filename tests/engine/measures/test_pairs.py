"""tc and flicker: exact where the truth is known, and never fooled."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from engine.datasets.street import SyntheticStreet
from engine.flow import Motion
from engine.measures import ConsistencyMeter, count_pair

CLASSES = 5
SIZE = (48, 32)

masks = arrays(np.uint8, (SIZE[1], SIZE[0]), elements=st.integers(0, CLASSES - 1))


def random_mask(seed: int, classes: int = CLASSES, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Blobs, so that there are insides and borders."""
    random = np.random.default_rng(seed)
    small = random.integers(0, classes, (size[1] // 8, size[0] // 8)).astype(np.uint8)
    return np.kron(small, np.ones((8, 8), np.uint8))


def shifted(mask: NDArray[np.uint8], dx: int, dy: int) -> tuple[NDArray[np.uint8], Motion]:
    """The mask moved by whole pixels, and its exact motion: what came in from the border is not visible."""
    height, width = mask.shape
    now = np.roll(mask, (dy, dx), (0, 1))
    backward = np.empty((height, width, 2), np.float32)
    backward[...] = (-dx, -dy)
    y, x = np.mgrid[:height, :width]
    visible = (x - dx >= 0) & (x - dx < width) & (y - dy >= 0) & (y - dy < height)
    return now, Motion(backward, -backward, visible, "exact")


def meter_of(masks: list[NDArray[np.uint8]], motions: list[Motion], **options: object) -> ConsistencyMeter:
    meter = ConsistencyMeter(CLASSES, **options)  # type: ignore[arg-type]
    for mask, motion in zip(masks, [None, *motions], strict=True):
        meter.update(mask, motion)
    return meter


@given(masks)
@settings(max_examples=30, deadline=None)
def test_equal_masks_and_no_motion_are_perfect(mask: NDArray[np.uint8]) -> None:
    meter = meter_of([mask] * 4, [Motion.still(SIZE)] * 3)
    assert meter.tc == meter.tc_all == 100
    assert meter.flicker == 0
    assert {value for value in meter.flicker_by_class if value is not None} == {0.0}


@given(masks, masks)
@settings(max_examples=40, deadline=None)
def test_ranges_and_symmetry(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> None:
    still = Motion.still(SIZE)
    there, back = count_pair(a, b, still, CLASSES), count_pair(b, a, still, CLASSES)
    for pair in (there, back):
        flicker, tc = pair.flicker(), pair.tc()
        assert flicker is not None
        assert tc is not None
        assert 0 <= flicker <= 1
        assert 0 <= tc <= 100
    assert there.flicker() == back.flicker()
    assert there.tc() == pytest.approx(back.tc())
    assert there.changed.mean() == there.flicker()
    parts = there.pairs(split="static") + there.pairs(split="moving")
    assert (parts == there.pairs()).all()


@given(masks, st.permutations(range(CLASSES)))
@settings(max_examples=25, deadline=None)
def test_renaming_the_classes_changes_nothing(mask: NDArray[np.uint8], order: list[int]) -> None:
    names = np.asarray(order, np.uint8)
    other = np.roll(mask, 3, axis=1)
    still = Motion.still(SIZE)
    plain, renamed = count_pair(mask, other, still, CLASSES), count_pair(names[mask], names[other], still, CLASSES)
    assert plain.flicker() == renamed.flicker()
    assert plain.tc() == pytest.approx(renamed.tc())


@pytest.mark.parametrize(("dx", "dy"), [(3, 0), (0, -2), (-5, 4)])
def test_a_shift_with_its_exact_flow_is_perfect_off_the_border(dx: int, dy: int) -> None:
    mask = random_mask(1)
    now, motion = shifted(mask, dx, dy)
    pair = count_pair(mask, now, motion, CLASSES)
    assert pair.flicker() == 0
    assert pair.tc() == 100
    tc_all = pair.tc(visible=False)
    assert tc_all is not None
    assert tc_all < 100, "what came in from the border is not the same"


def test_the_flow_the_wrong_way_round_scores_lower() -> None:
    mask = random_mask(2)
    now, motion = shifted(mask, 3, 1)
    swapped = Motion(motion.forward, motion.backward, motion.visible, "exact")
    right, wrong = (count_pair(mask, now, each, CLASSES) for each in (motion, swapped))
    assert (wrong.tc() or 0) < (right.tc() or 0)
    assert (wrong.flicker() or 0) > (right.flicker() or 0)


def test_alternating_masks_have_all_flicker_there_is() -> None:
    a = random_mask(3)
    b = ((a + 1) % CLASSES).astype(np.uint8)
    meter = meter_of([a, b, a, b], [Motion.still(SIZE)] * 3)
    assert meter.flicker == 1
    assert meter.tc == 0
    assert all(value == 1 for value in meter.flicker_by_class if value is not None)


@pytest.mark.parametrize("classes", [2, 19])
def test_what_a_constant_mask_scores_by_each_convention(classes: int) -> None:
    mask = np.full((SIZE[1], SIZE[0]), 1, np.uint8)
    for convention, expected in (("steadymask", 100.0), ("etc", 100 / classes)):
        meter = ConsistencyMeter(classes, convention=convention)  # type: ignore[arg-type]
        for motion in (None, Motion.still(SIZE), Motion.still(SIZE)):
            meter.update(mask, motion)
        assert meter.tc == pytest.approx(expected)
        assert meter.flicker == 0


def test_the_etc_convention_invents_classes_at_borders() -> None:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    mask[:, SIZE[0] // 2 :] = 4
    half = np.zeros((SIZE[1], SIZE[0], 2), np.float32)
    half[..., 0] = 0.5
    motion = Motion(-half, half, np.ones(mask.shape, bool), "exact")
    etc = meter_of([mask, mask], [motion], convention="etc")
    # The border column is fetched as (0 + 4) / 2 = 2, a class on neither side, and lost to class 0.
    half_width = SIZE[0] // 2
    assert etc.tc == pytest.approx(100 * ((half_width - 1) / half_width + 1) / CLASSES)


def test_tc_pools_the_clip_and_flicker_is_the_mean_of_the_pairs() -> None:
    chain = [random_mask(seed) for seed in (4, 4, 5, 5)]
    still = [Motion.still(SIZE)] * 3
    meter = meter_of(chain, still)
    pairs = [count_pair(a, b, still[0], CLASSES) for a, b in itertools.pairwise(chain)]
    flickers = [pair.flicker() for pair in pairs]
    assert meter.flicker == pytest.approx(np.mean([value for value in flickers if value is not None]))
    ious = []
    for class_id in range(CLASSES):
        both = sum(int(((a == class_id) & (b == class_id)).sum()) for a, b in itertools.pairwise(chain))
        either = sum(int(((a == class_id) | (b == class_id)).sum()) for a, b in itertools.pairwise(chain))
        if either:
            ious.append(both / either)
    assert meter.tc == pytest.approx(100 * np.mean(ious))


def test_ids_outside_the_set_flicker_and_score_for_no_class() -> None:
    mask = random_mask(6)
    other = mask.copy()
    other[:8, :8] = 200
    pair = count_pair(mask, other, Motion.still(SIZE), CLASSES)
    assert pair.flicker() == pytest.approx(64 / mask.size)
    alone = np.full_like(mask, 200)
    assert count_pair(alone, alone, Motion.still(SIZE), CLASSES).tc() is None


def test_void_is_unseen_in_labels() -> None:
    label = random_mask(7)
    other = label.copy()
    other[:8] = 255
    seen = count_pair(label, other, Motion.still(SIZE), CLASSES, void_is_unseen=True)
    assert seen.flicker() == 0
    assert seen.tc() == 100
    assert not seen.changed.any()
    assert count_pair(label, other, Motion.still(SIZE), CLASSES).flicker() == pytest.approx(8 / SIZE[1])


def test_nothing_visible_gives_nothing() -> None:
    blind = Motion(*(np.zeros((SIZE[1], SIZE[0], 2), np.float32),) * 2, np.zeros((SIZE[1], SIZE[0]), bool), "none")
    meter = meter_of([random_mask(8)] * 3, [blind] * 2)
    assert meter.flicker is None
    assert meter.tc is None
    assert meter.tc_all == 100


def test_splits_by_motion_and_border() -> None:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    mask[:, 24:] = 1
    other = mask.copy()
    other[:, 24:26] = 0  # the border flickers
    flow = np.zeros((SIZE[1], SIZE[0], 2), np.float32)
    moving = Motion(flow, flow, np.ones(mask.shape, bool), "none")
    pair = count_pair(mask, other, moving, CLASSES)
    assert pair.flicker("moving") is None
    assert pair.flicker("static") == pair.flicker() == pytest.approx(2 / SIZE[0])
    # The band is 3 pixels around either border: columns 21 to 28.
    assert pair.flicker("boundary") == pytest.approx(2 / 8)


def test_the_labels_of_the_street_are_the_ceiling() -> None:
    street = SyntheticStreet(1234, frames=12, size=(640, 360))
    meter, wrong = ConsistencyMeter(11), ConsistencyMeter(11)
    for frame in street:
        motion = still = None
        if frame.flow is not None:
            assert frame.visible is not None
            assert frame.flow_forward is not None
            motion = Motion(frame.flow, frame.flow_forward, frame.visible, "exact")
            still = Motion.still((640, 360))
        meter.update(frame.labels, motion)
        wrong.update(frame.labels, still)
    assert (meter.tc or 0) >= 99.5
    assert (meter.flicker or 0) <= 0.001
    assert (wrong.tc or 0) < 97, "without the flow it is not"
