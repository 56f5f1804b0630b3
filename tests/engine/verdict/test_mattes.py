"""Two mattes: what is steadier and right is better, and what only looks steadier is not."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.flow import Motion
from engine.segmentation import Segmentation
from engine.tasks.matting import of_alpha
from engine.verdict import EvidenceMaker, HeardFrame, Hearing, Verdict, Views
from engine.verdict.referee import Referee
from engine.verdict.views import settle
from tests.engine.mattes import PERSON, FakeMatte, disc

SIZE, FRAMES, STEP = (128, 80), 40, 0.7
Alpha = NDArray[np.float32]


def truth(frame: int, grown: float = 0.0) -> Alpha:
    """A head that moves to the right and, from the middle on, back: its edge is four pixels wide."""
    at = 40 + STEP * (frame if frame <= FRAMES // 2 else FRAMES - frame)
    return disc(SIZE, (at, 40), 22 + grown, soft=4)


def shaky(frame: int) -> Alpha:
    """The baseline: the right head, whose edge jumps in and out."""
    random = np.random.default_rng(frame)
    grown = cv2.resize(random.normal(0, 0.8, (5, 8)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    at = 40 + STEP * (frame if frame <= FRAMES // 2 else FRAMES - frame)
    return np.clip((22 + grown - np.hypot(y - 40, x - at)) / 4 + 0.5, 0, 1).astype(np.float32)


BASELINE = [shaky(frame) for frame in range(FRAMES)]


def mixed(share: float) -> list[Alpha]:
    made = [BASELINE[0]]
    for alpha in BASELINE[1:]:
        made.append(share * made[-1] + (1 - share) * alpha)
    return made


def each(change: Callable[[Alpha], Alpha]) -> list[Alpha]:
    return [np.asarray(change(truth(frame)), np.float32) for frame in range(FRAMES)]


DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
HARMFUL = {
    "frozen": ([BASELINE[0]] * FRAMES, "edges"),
    "constant": ([np.zeros(SIZE[::-1], np.float32)] * FRAMES, "objects"),
    "blurred": (each(lambda alpha: cv2.blur(alpha, (9, 9))), "edges"),
    "eroded": (each(lambda alpha: cv2.erode(alpha, DISC)), "edges"),
    "dilated": (each(lambda alpha: cv2.dilate(alpha, DISC)), "edges"),
    "mixed with the past": (mixed(0.5), "lag"),
    "mixed much": (mixed(0.7), "lag"),
    "two frames late": ([truth(max(0, frame - 2)) for frame in range(FRAMES)], "lag"),
}


def judged(candidate: list[Alpha], folder: Path | None = None) -> Verdict:
    """folder: where the hearing is kept, None for memory."""
    hearing, maker = Hearing(PERSON, "six views", folder), EvidenceMaker()
    before: tuple[Segmentation, Motion | None] | None = None
    for frame, baseline in enumerate(BASELINE):
        motion = None
        if frame:
            went = STEP if frame <= FRAMES // 2 else -STEP
            flow = np.zeros((*SIZE[::-1], 2), np.float32)
            flow[..., 0] = went
            motion = Motion(-flow, flow, np.ones(SIZE[::-1], bool), "exact")
        alpha = truth(frame)
        classes, sure, possible = settle(np.stack([1 - alpha, alpha]), SIZE)
        views = Views(classes, SIZE, 0.0, alpha=alpha, sure=sure, possible=possible, drawn=True)
        evidence = maker.update(views, motion)
        if before is not None:
            hearing.add(HeardFrame(*before, evidence))
        before = seg(baseline), motion
    assert before is not None
    hearing.add(HeardFrame(*before, None))
    return hearing.judge(seg(alpha) for alpha in candidate).verdict()


def seg(alpha: Alpha) -> Segmentation:
    return Segmentation.of(of_alpha(alpha), SIZE, 1.0)


def test_the_right_mattes_are_better() -> None:
    verdict = judged([truth(frame) for frame in range(FRAMES)])
    assert verdict.outcome == "better", verdict.reasons
    assert verdict.condition("flicker").says.startswith("Soft flicker is down")
    assert verdict.condition("lag").values["moved"] == pytest.approx(1, abs=0.1)


def test_half_way_there_is_better_too() -> None:
    verdict = judged([(truth(frame) + BASELINE[frame]) / 2 for frame in range(FRAMES)])
    assert verdict.outcome == "better", verdict.reasons


def test_the_baseline_is_not_better_than_itself() -> None:
    assert judged(BASELINE).outcome == "not better"


@pytest.mark.parametrize("harm", HARMFUL)
def test_what_only_looks_steadier_is_not(harm: str) -> None:
    candidate, condition = HARMFUL[harm]
    verdict = judged(candidate)
    assert verdict.outcome == "worse"
    assert verdict.condition(condition).passed is False, [one.says for one in verdict.conditions]


def test_what_is_heard_may_lie_on_the_disk(tmp_path: Path) -> None:
    candidate = [truth(frame) for frame in range(FRAMES)]
    there, here = judged(candidate, tmp_path), judged(candidate)
    assert there.outcome == here.outcome == "better"
    for name in ("edges", "area", "lag", "flicker"):
        assert there.condition(name).values == pytest.approx(here.condition(name).values)


def test_the_referee_votes_softly() -> None:
    alpha = disc((64, 48), (32, 24), 14, soft=9)
    referee = Referee(FakeMatte([alpha]), 2, 10)
    views = referee.ask(np.zeros((48, 64, 3), np.uint8))
    assert views.alpha is not None
    assert ((views.alpha > 0.2) & (views.alpha < 0.8)).mean() > 0.02
    assert np.array_equal(views.classes, views.alpha >= 0.5) or (views.classes != (views.alpha >= 0.5)).mean() < 0.01
