"""tc as the script released with the ETC paper counts it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.flow.warp import warp
from engine.measures import ConsistencyMeter, EtcConsistency
from engine.measures import consistency as meter
from engine.measures.scores import Scores

CLASSES, SIZE = 5, (64, 48)


def scene() -> tuple[list[NDArray[np.uint8]], list[Motion | None]]:
    """Masks with ids outside the class set too, and motions along which they are fetched between pixels."""
    random = np.random.default_rng(7)
    ids = np.asarray([0, 1, 2, 4, CLASSES, 255], np.uint8)
    masks = [ids[random.integers(0, len(ids), (SIZE[1] // 8, SIZE[0] // 8))].repeat(8, 0).repeat(8, 1) for _ in "1234"]
    shape = (SIZE[1], SIZE[0])
    flows = [random.normal(0, 1.5, (2, *shape, 2)).astype(np.float32) for _ in "123"]
    return masks, [None, *(Motion(forward, back, random.random(shape) < 0.9, "exact") for forward, back in flows)]


def test_it_is_what_the_script_counts() -> None:
    masks, motions = scene()
    etc, both, either = EtcConsistency(CLASSES), np.zeros(CLASSES), np.zeros(CLASSES)
    assert etc.tc is None
    for index, (mask, motion) in enumerate(zip(masks, motions, strict=True)):
        etc.update(mask, motion)
        if motion is not None:
            fetched = warp(mask.astype(np.float32), motion.forward, linear=True).astype(np.uint8)
            for each in range(CLASSES):
                one, other = fetched == each, masks[index - 1] == each
                both[each] += (one & other).sum()
                either[each] += (one | other).sum()
    assert etc.tc == 100 * (both / (either + 1e-10)).mean()
    as_convention = ConsistencyMeter(CLASSES, convention="etc")
    for mask, motion in zip(masks, motions, strict=True):
        as_convention.update(mask, motion)
    assert as_convention.tc == as_convention.tc_all == etc.tc


def test_nothing_is_compared_over_a_reset() -> None:
    masks, motions = scene()
    meters = (EtcConsistency(CLASSES), ConsistencyMeter(CLASSES, convention="etc"))
    for each in meters:
        each.update(masks[0], None)
        each.reset()
        each.update(masks[1], motions[1])
        assert each.tc is None


def test_scores_compare_each_pair_once_for_all_conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Motion] = []
    count = meter.count_pair

    def counting(before: NDArray[np.uint8], now: NDArray[np.uint8], motion: Motion, *args: Any, **options: Any) -> Any:
        counted.append(motion)
        return count(before, now, motion, *args, **options)

    monkeypatch.setattr(meter, "count_pair", counting)
    masks, motions = scene()
    scores, etc = Scores(CLASSES), EtcConsistency(CLASSES)
    scores.begin_clip()
    for mask, motion in zip(masks, motions, strict=True):
        scores.update(mask, motion)
        etc.update(mask, motion)
    assert counted == motions[1:]
    assert scores.values()["tc_etc"] == etc.tc
