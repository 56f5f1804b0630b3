"""Images that people have labelled, beside the clips: does a candidate know them as well as its baseline does?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.base import DatasetClip
from engine.errors import Cancelled, DatasetError
from engine.measures import Interval, resample
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.iou import ious, listed, mean_ious, overlaps
from engine.measures.pair import to_size
from engine.methods import Method
from engine.progress import CancelCheck, never
from engine.verdict.result import Condition
from engine.verdict.words import signed

MOST_DOWN = 0.5
"""Points by which miou on labelled images may be down, where that is no chance."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """The baseline's and the candidate's accuracy, 0..100, on so many `images`.

    miou: pooled over the images. by_class: IoU of each class, None for one that is nowhere. interval: of the difference
    of miou, by resampling images; None for fewer than three.
    """

    miou: tuple[float, float]
    by_class: tuple[tuple[float | None, float | None], ...]
    interval: Interval | None
    images: int

    def as_json(self, names: Sequence[str]) -> dict[str, Any]:
        """Plain JSON values. names: of the classes."""
        before, after = self.miou
        return {
            "miou_before": round(before, 3),
            "miou_after": round(after, 3),
            "interval": None if self.interval is None else self.interval.as_json(),
            "by_class": {
                name: [None if each is None else round(each, 3) for each in both]
                for name, both in zip(names, self.by_class, strict=True)
                if both != (None, None)
            },
            "images": self.images,
        }


def score_labelled(
    baseline: Method, candidate: Method, clips: Iterable[DatasetClip], *, cancelled: CancelCheck = never
) -> LabelScore:
    """Ask both about every frame of `clips` that has a label, of the classes that both know.

    cancelled: asked after every frame; Cancelled is raised then. Raises DatasetError for a label that cannot be read,
    and where there is none; BackendError when a runtime fails.
    """
    classes = len(baseline.card.class_set)
    counted: tuple[list[NDArray], list[NDArray]] = ([], [])
    for clip in clips:
        for frame in clip.frames():
            if frame.labels is None:
                continue
            height, width = frame.labels.shape
            for method, rows in zip((baseline, candidate), counted, strict=True):
                matrix = ConfusionMatrix(classes)
                matrix.update(to_size(method.segment(frame.rgb).mask, width, height), frame.labels)
                rows.append(np.concatenate([part.ravel() for part in overlaps(matrix.counts)]))
            if cancelled():
                raise Cancelled
    if not counted[0]:
        raise DatasetError("no image has a label to be accurate by; give labelled ones")
    before, after = (np.stack(rows).astype(np.float64) for rows in counted)
    miou = [float(_miou(rows.sum(axis=0)[None])[0]) for rows in (before, after)]
    by_class = [listed(ious(*np.split(rows.sum(axis=0), 3), full=100)) for rows in (before, after)]
    return LabelScore(
        (miou[0], miou[1]),
        tuple(zip(*by_class, strict=True)),
        resample(before, _miou, after),
        len(before),
    )


def condition_of(score: LabelScore) -> Condition:
    """`labelled`: what people say decides, whatever the referee thinks."""
    before, after = score.miou
    interval = score.interval
    passed = None if interval is None else not (after < before - MOST_DOWN and interval.high < 0)
    change = "is within noise"
    if interval is None:
        change = "cannot be told from noise: an interval takes three images"
    elif not interval.holds_zero:
        change = "is up for certain" if interval.low > 0 else "is down for certain"
    bounds = f", interval of the difference {signed(interval.low)} to {signed(interval.high)}" if interval else ""
    says = f"On {score.images} labelled images that it did not learn from, miou {change}: {before:.1f} to {after:.1f}"
    return Condition(
        "labelled",
        f"The miou on labelled images is not down by more than {MOST_DOWN:g} points, beyond noise",
        passed,
        f"{says}{bounds}.",
        harms=True,
        values={"miou_baseline": before, "miou_candidate": after},
        thresholds={"most_down": MOST_DOWN},
        interval=interval,
    )


def _miou(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3 C): of each class what is right, what is labelled, what is predicted. Gives (n,), 0..100."""
    return mean_ious(*np.split(sums, 3, axis=1))
