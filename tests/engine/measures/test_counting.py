"""Pair counts and visibility against the plainest way to get them, for any motion and any number of classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from engine.flow import Motion, visible_pixels
from engine.measures import VideoConsistency, count_pair
from engine.measures.pair import BOUNDARY_PX

HEIGHT, WIDTH = 14, 18
CLASSES = 4

masks = arrays(np.uint8, (HEIGHT, WIDTH), elements=st.sampled_from([*range(CLASSES), 255]))
steps = arrays(np.int8, (HEIGHT, WIDTH, 2), elements=st.integers(-4, 4))
seen = arrays(bool, (HEIGHT, WIDTH))


def fetched(mask: NDArray[np.uint8], step: NDArray[np.int8]) -> NDArray[np.uint8]:
    """`mask` along whole steps, pixel by pixel; beyond the border the nearest pixel of the border."""
    out = np.empty_like(mask)
    for y, x in np.ndindex(mask.shape):
        dx, dy = (int(value) for value in step[y, x])
        out[y, x] = mask[min(max(y + dy, 0), mask.shape[0] - 1), min(max(x + dx, 0), mask.shape[1] - 1)]
    return out


def near_border(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where not all of the pixels around are of one class."""
    out = np.zeros(mask.shape, bool)
    for y, x in np.ndindex(mask.shape):
        rows = slice(max(0, y - BOUNDARY_PX), y + BOUNDARY_PX + 1)
        around = mask[rows, max(0, x - BOUNDARY_PX) : x + BOUNDARY_PX + 1]
        out[y, x] = bool((around != mask[y, x]).any())
    return out


def motion_of(step: NDArray[np.int8], visible: NDArray[np.bool_]) -> Motion:
    flow = step.astype(np.float32)
    return Motion(flow, -flow, visible, "made up")


def count_one_by_one(
    before: NDArray[np.uint8], now: NDArray[np.uint8], motion: Motion, classes: int
) -> NDArray[np.int64]:
    then = fetched(before, motion.backward.astype(np.int8))
    band = near_border(then) | near_border(now)
    counts = np.zeros((8, classes + 1, classes + 1), np.int64)
    for y, x in np.ndindex(now.shape):
        moves = np.hypot(*motion.backward[y, x]) >= 1
        region = 1 * moves + 2 * band[y, x] + 4 * motion.visible[y, x]
        counts[region, min(int(then[y, x]), classes), min(int(now[y, x]), classes)] += 1
    return counts


@given(masks, masks, steps, seen)
@settings(max_examples=25, deadline=None)
def test_counts_are_those_of_counting_one_by_one(
    before: NDArray[np.uint8], now: NDArray[np.uint8], step: NDArray[np.int8], visible: NDArray[np.bool_]
) -> None:
    motion = motion_of(step, visible)
    pair = count_pair(before, now, motion, CLASSES)
    assert (pair.counts == count_one_by_one(before, now, motion, CLASSES)).all()
    assert (pair.changed == (visible & (fetched(before, step) != now))).all()


@pytest.mark.parametrize("classes", [2, 89, 90, 255])
def test_any_number_of_classes_is_counted(classes: int) -> None:
    random = np.random.default_rng(classes)
    before, now = random.integers(0, classes, (2, HEIGHT, WIDTH)).astype(np.uint8)
    motion = motion_of(random.integers(-3, 4, (HEIGHT, WIDTH, 2)).astype(np.int8), random.random((HEIGHT, WIDTH)) < 0.7)
    now[0, 0] = 255
    assert (count_pair(before, now, motion, classes).counts == count_one_by_one(before, now, motion, classes)).all()


@given(masks, masks, steps, seen)
@settings(max_examples=40, deadline=None)
def test_ranges_hold_for_any_motion(
    before: NDArray[np.uint8], now: NDArray[np.uint8], step: NDArray[np.int8], visible: NDArray[np.bool_]
) -> None:
    pair = count_pair(before, now, motion_of(step, visible), CLASSES)
    for split in (None, "static", "moving", "boundary"):
        flicker, tc = pair.flicker(split), pair.tc(split=split)
        assert flicker is None or 0 <= flicker <= 1
        assert tc is None or 0 <= tc <= 100
    assert (pair.flicker() is None) == (not visible.any())
    if visible.any():
        assert pair.flicker() == pytest.approx(pair.changed.sum() / visible.sum())
    assert pair.pairs(visible=False).sum() == now.size
    assert (pair.pairs(split="static") + pair.pairs(split="moving") == pair.pairs()).all()


@given(steps, st.integers(0, CLASSES - 1), seen)
@settings(max_examples=20, deadline=None)
def test_a_constant_mask_is_perfect_whatever_moves(
    step: NDArray[np.int8], class_id: int, visible: NDArray[np.bool_]
) -> None:
    mask = np.full((HEIGHT, WIDTH), class_id, np.uint8)
    pair = count_pair(mask, mask, motion_of(step, visible), CLASSES)
    assert pair.tc(visible=False) == 100
    assert pair.flicker() == (0 if visible.any() else None)


@given(steps, steps)
@settings(max_examples=30, deadline=None)
def test_visibility_is_its_formula(forth: NDArray[np.int8], back: NDArray[np.int8]) -> None:
    # Whole steps, so that the flow back is fetched between no pixels.
    flow = np.asarray(forth // 2, np.float32)
    other = np.asarray(back / 2, np.float32)
    found = visible_pixels(flow, other)
    for y, x in np.ndindex(found.shape):
        dx, dy = flow[y, x].astype(int)
        inside = 0 <= x + dx < WIDTH and 0 <= y + dy < HEIGHT
        expected = False
        if inside:
            f, b = flow[y, x].astype(float), other[y + dy, x + dx].astype(float)
            expected = bool(((f + b) ** 2).sum() < 0.01 * ((f**2).sum() + (b**2).sum()) + 0.5)
        assert found[y, x] == expected, (y, x)


@given(st.lists(st.tuples(masks, masks), min_size=4, max_size=6))
@settings(max_examples=20, deadline=None)
def test_vc_and_vec_stay_in_range_and_vec_is_symmetric(clip: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> None:
    there, back = VideoConsistency(CLASSES, 2), VideoConsistency(CLASSES, 2)
    for mask, label in clip:
        mask, label = np.minimum(mask, CLASSES - 1), np.minimum(label, CLASSES - 1)  # void is only of labels
        there.update(mask, label)
        back.update(label, mask)
    for measure in (there, back):
        for value in (measure.vc, measure.vec):
            assert value is None or 0 <= value <= 100
    assert there.vec == pytest.approx(back.vec)
