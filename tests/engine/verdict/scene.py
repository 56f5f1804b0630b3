"""A scene whose masks and motion are known exactly, and what people might put up as steadier masks of it.

Sky above road, a sign and a post that stand, and a car that drives to and fro and hops, in front of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion
from engine.measures.pair import to_size
from engine.models.classes import VOID, ClassSet, SegmentClass
from engine.segmentation import Segmentation
from engine.tasks.semantic import majority
from engine.verdict import Evidence, Judge, StreetScore, Verdict
from tests.engine.test_evaluation import Noisy

SIZE = (96, 64)
FRAMES = 72
SKY, ROAD, CAR, POST, SIGN = range(5)
NAMES = ("sky", "road", "car", "post", "sign")
TOY = ClassSet(name="toy", classes=tuple(SegmentClass(name=name, colour="#102030") for name in NAMES))

Mask = NDArray[np.uint8]


def _places(frames: int) -> list[tuple[int, int]]:
    """Where the car's corner is, (x, y), pixels."""
    hops = np.random.default_rng(4).integers(-2, 3, frames)
    return [(abs((2 * index + 70) % 140 - 70), 30 + int(hops[index])) for index in range(frames)]


def truth(frames: int = FRAMES) -> list[Mask]:
    """The right masks."""
    made = []
    for x, y in _places(frames):
        mask = np.full((SIZE[1], SIZE[0]), SKY, np.uint8)
        mask[36:] = ROAD
        mask[14:40, 46:50] = POST
        mask[4:14, 42:54] = SIGN
        mask[y : y + 16, x : x + 24] = CAR
        made.append(mask)
    return made


def motions(frames: int = FRAMES) -> list[Motion | None]:
    """Of every frame against the one before: that of the car, and nothing else moves."""
    masks, places = truth(frames), _places(frames)
    made: list[Motion | None] = [None]
    for index in range(1, frames):
        (x, y), (x0, y0) = places[index], places[index - 1]
        now, before = masks[index] == CAR, masks[index - 1] == CAR
        backward, forward = (np.zeros((SIZE[1], SIZE[0], 2), np.float32) for _ in range(2))
        backward[now] = (x0 - x, y0 - y)
        forward[before] = (x - x0, y - y0)
        made.append(Motion(backward, forward, now | ~before, "exact"))
    return made


def noisy(masks: Sequence[Mask], share: float, seed: int = 0) -> list[Mask]:
    """Masks with a share of the pixels of a random class, other ones each frame."""
    random = np.random.default_rng(seed)
    made = []
    for mask in masks:
        wrong = random.random(mask.shape) < share
        made.append(np.where(wrong, random.integers(0, len(NAMES), mask.shape), mask).astype(np.uint8))
    return made


def referee(masks: Sequence[Mask]) -> list[Mask | None]:
    """Of every other frame what there is evidence of, which is all but the picture's left edge."""
    made: list[Mask | None] = []
    for index, mask in enumerate(masks):
        said = mask.copy()
        said[:, :6] = VOID
        made.append(said if index % 2 else None)
    return made


def evidence(said: Mask | None) -> Evidence | None:
    """Of what a referee says, who takes nothing else for possible but where it says nothing."""
    if said is None:
        return None
    ids = np.arange(len(NAMES), dtype=np.uint8)[:, None, None]
    possible = ((said == ids) | (said == VOID)).astype(np.uint8) << ids
    return Evidence(said, possible.sum(axis=0, dtype=np.uint8)[None])


def verdict_on(
    baseline: Sequence[Mask],
    candidate: Sequence[Mask],
    *,
    said: Sequence[Mask | None] | None = None,
    moved: Sequence[Motion | None] | None = None,
    class_set: ClassSet = TOY,
    street: StreetScore | None = None,
) -> Verdict:
    """The verdict on masks of one clip; by default of the scene, with its referee."""
    judge = Judge(class_set)
    add_clip(judge, baseline, candidate, said=said, moved=moved)
    return judge.verdict(street)


def add_clip(
    judge: Judge,
    baseline: Sequence[Mask],
    candidate: Sequence[Mask],
    *,
    said: Sequence[Mask | None] | None = None,
    moved: Sequence[Motion | None] | None = None,
) -> None:
    """Show a judge masks of one clip."""
    judge.begin_clip()
    said = referee(truth(len(baseline))) if said is None else said
    moved = motions(len(baseline)) if moved is None else moved
    for before, after, motion, sure in zip(baseline, candidate, moved, said, strict=True):
        judge.update(segmented(before), segmented(after), motion)
        judge.weigh(evidence(sure))


class Sure(Noisy):
    """The model of test_evaluation, whose scores leave a probability of 0.97 where they are right."""

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        made = super().segment(rgb, scores=scores)
        return made if made.scores is None else replace(made, scores=2 * made.scores)


def segmented(mask: Mask) -> Segmentation:
    """The mask as a method gives it."""
    return Segmentation(mask, (mask.shape[1], mask.shape[0]), 1.0)


# ---- what is put up


def constant(masks: Sequence[Mask]) -> list[Mask]:
    return [np.full_like(mask, ROAD) for mask in masks]


def frozen(masks: Sequence[Mask]) -> list[Mask]:
    return [masks[0] for _ in masks]


def blurred(masks: Sequence[Mask]) -> list[Mask]:
    return [majority(mask, 31) for mask in masks]


def coarse(masks: Sequence[Mask]) -> list[Mask]:
    """Through a sixteenth of the size."""
    return [to_size(to_size(mask, SIZE[0] // 16, SIZE[1] // 16), *SIZE) for mask in masks]


def hold(n: int) -> Callable[[Sequence[Mask]], list[Mask]]:
    return lambda masks: [masks[index - index % n] for index in range(len(masks))]


def ema(alpha: float) -> Callable[[Sequence[Mask]], list[Mask]]:
    def smooth(masks: Sequence[Mask]) -> list[Mask]:
        made, mean = [], None
        for mask in masks:
            now = (mask == np.arange(len(NAMES))[:, None, None]).astype(np.float32)
            mean = now if mean is None else alpha * mean + (1 - alpha) * now
            made.append(mean.argmax(axis=0).astype(np.uint8))
        return made

    return smooth


def median(n: int) -> Callable[[Sequence[Mask]], list[Mask]]:
    def smooth(masks: Sequence[Mask]) -> list[Mask]:
        made = []
        for index in range(len(masks)):
            last = np.stack(masks[max(0, index - n + 1) : index + 1])
            votes = (last[:, None] == np.arange(len(NAMES))[:, None, None]).sum(axis=0)
            made.append(votes.argmax(axis=0).astype(np.uint8))
        return made

    return smooth


def painted(masks: Sequence[Mask]) -> list[Mask]:
    """With a small car in the sky, for ever."""
    made = [mask.copy() for mask in masks]
    for mask in made:
        mask[2:7, 80:86] = CAR
    return made


def late(masks: Sequence[Mask], frames: int = 1) -> list[Mask]:
    """What was right some frames ago."""
    return [masks[max(0, index - frames)] for index in range(len(masks))]


def without(class_id: int, instead: int) -> Callable[[Sequence[Mask]], list[Mask]]:
    return lambda masks: [np.where(mask == class_id, instead, mask).astype(np.uint8) for mask in masks]
