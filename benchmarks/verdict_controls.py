"""The verdict on what only looks steadier and on what is, clip by clip, as Markdown:

    python -m benchmarks.verdict_controls [--cache FOLDER] [--frames N] [--details] CLIP …

CLIP: a video file; `street`, the synthetic street; or `LAYOUT:ROOT[:SPLIT]`, such as `camvid:data/camvid:val`; `#2`
behind it is its third clip. Of each the first N frames (default 28) are judged. FOLDER keeps what models were asked and
what was counted, so that another threshold costs nothing. The baseline is `street`; the candidates are those of
`benchmarks/verdict_candidates.py`, but for those that change nothing on a clip, as there is nothing that they could
drop. Where every frame has a label, the table also tells what each does to the truth.
"""

import argparse
import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.verdict_candidates import HONEST_METHODS, METHODS_OF_HARM, VIEWS, Candidate, Masks, Shown, candidates
from engine import open_video
from engine.datasets import DATASETS, LabelledFrame, open_dataset
from engine.datasets.synthetic import StreetClip
from engine.flow import SCORING_FLOW, MotionEstimator, make_flow, measure_size
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.pair import to_size
from engine.methods import MethodPool, make_pool
from engine.segmentation import Segmentation
from engine.tasks.semantic import softmax
from engine.verdict import EvidenceMaker, HeardFrame, Hearing, Judge, Verdict, Views
from engine.verdict.objects import objects_of
from engine.verdict.views import VIEWS as ALL_VIEWS
from engine.verdict.views import laid_back, settle, shown

BASELINE = "street"


METHODS = tuple(each.format(BASELINE) for each in (*METHODS_OF_HARM, *HONEST_METHODS))


@dataclass
class Span:
    """One clip with all that models had to be asked. labels: of every frame, or none at all."""

    hearing: Hearing
    shown: Shown
    labels: list[NDArray[np.uint8]]


@dataclass
class Counted:
    """One candidate on one span. truth: true miou and objects found, of the baseline and of it; None without labels."""

    judge: Judge
    truth: tuple[tuple[float, int], tuple[float, int]] | None


def frames_of(clip: str, count: int) -> Iterator[LabelledFrame]:
    """The first frames of a clip as it is written."""
    if clip == "street":
        yield from StreetClip(1_000_000, count).frames()
    elif clip.partition(":")[0] in DATASETS:
        layout, root, *rest = clip.partition("#")[0].split(":")
        dataset = open_dataset(layout, Path(root), rest[0] if rest else None)
        yield from islice(dataset.clips[int(clip.partition("#")[2] or 0)].frames(), count)
    else:
        with open_video(clip) as source:
            yield from (LabelledFrame(frame.index, frame.rgb) for frame in islice(source.frames(), count))


def ask(pool: MethodPool, frames: list[LabelledFrame]) -> Span:
    """All that a span needs: each view of each frame once, and every method."""
    model = pool.make(BASELINE)
    class_set = model.card.class_set
    methods = {name: pool.make(name) for name in METHODS}
    masks: dict[str, Masks] = {name: [] for name in (*VIEWS, *METHODS)}
    hearing = Hearing(class_set, f"{BASELINE} itself")
    motions, maker, before = MotionEstimator(make_flow(SCORING_FLOW)), EvidenceMaker(), None
    for frame in frames:
        size = (frame.rgb.shape[1], frame.rgb.shape[0])
        made = model.segment(frame.rgb, scores=True)
        planes = [softmax(made.scores)]
        planes += [
            laid_back(softmax(model.segment(shown(frame.rgb, *view), scores=True).scores), *view)
            for view in ALL_VIEWS[1:]
        ]
        network = made.classes.shape[::-1]
        for name, views in VIEWS.items():
            masks[name].append(settle(np.mean([planes[view] for view in views], axis=0), network)[0])
        for name, method in methods.items():
            masks[name].append(method.segment(frame.rgb).classes)
        classes, sure, possible = settle(np.mean(planes, axis=0), measure_size(*size))
        motion = frame.motion or motions.update(frame.rgb)
        evidence = maker.update(Views(classes, size, 0.0, sure=sure, possible=possible, drawn=True), motion)
        if before is not None:
            hearing.add(HeardFrame(*before, evidence))
        before = Segmentation(made.classes, size, 0.0), motion
    hearing.add(HeardFrame(*before, None))
    baseline = [frame.baseline.classes for frame in hearing]
    # Labels of other classes, as Cityscapes has them, say nothing about these.
    labels = [
        frame.labels for frame in frames if frame.labels is not None and frame.labels[frame.labels < 255].max() < 11
    ]
    return Span(hearing, Shown(baseline, masks, class_set.names), labels if len(labels) == len(frames) else [])


def count(span: Span, candidate: Candidate) -> Counted:
    """What a candidate's masks come to on a span."""
    masks = candidate.make(span.shown)
    made = [
        Segmentation(mask, frame.baseline.source_size, 0.0) for mask, frame in zip(masks, span.hearing, strict=True)
    ]
    return Counted(span.hearing.judge(made), truth(span, masks) if span.labels else None)


def truth(span: Span, masks: Masks) -> tuple[tuple[float, int], tuple[float, int]]:
    """True miou, and objects of the labels that are found: of the baseline's masks and of these."""
    classes, found = len(span.shown.names), []
    matrices = ConfusionMatrix(classes), ConfusionMatrix(classes)
    for label, *both in zip(span.labels, span.shown.baseline, masks, strict=True):
        size = label.shape[::-1]
        sized = tuple(to_size(mask, *size) for mask in both)
        for matrix, mask in zip(matrices, sized, strict=True):
            matrix.update(mask, label)
        objects = objects_of(label, classes)
        found.append([objects.found(mask == label, classes).sum() for mask in sized])
    total = np.sum(found, axis=0)
    return tuple((matrix.miou() or 0.0, int(n)) for matrix, n in zip(matrices, total, strict=True))


def is_worse(before: tuple[float, int], now: tuple[float, int]) -> bool:
    """Whether labels show a loss: half a point of miou, or 3 % of the objects."""
    return now[0] < before[0] - 0.5 or now[1] < 0.97 * before[1]


def kept_in(folder: Path | None, name: str, make):
    """What `make` gives, from `folder` where it was made before."""
    path = None if folder is None else folder / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.pickle"
    if path is not None and path.exists():
        return pickle.loads(path.read_bytes())
    made = make()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(made))
    return made


def passes(verdict: Verdict) -> bool:
    """Whether nothing of the clip refuses it."""
    return not any(each.refuses for each in verdict.conditions if each.name != "street")


def main() -> None:
    """Print both tables."""
    asked = argparse.ArgumentParser()
    asked.add_argument("clips", nargs="+")
    asked.add_argument("--cache", type=Path)
    asked.add_argument("--frames", type=int, default=28)
    asked.add_argument("--details", action="store_true", help="also one table a clip, with every candidate")
    told = asked.parse_args()
    pool = make_pool(device="cpu", threads=1)
    tables: dict[str, dict[str, tuple[Candidate, Counted, Verdict]]] = {}
    for clip in told.clips:
        key = f"{clip} {told.frames}"
        span = kept_in(told.cache, key, lambda clip=clip: ask(pool, list(frames_of(clip, told.frames))))
        rows = {}
        for each in candidates(span.shown.names, BASELINE):
            if not kept_in(told.cache, f"{key} {each.name} acts", lambda span=span, each=each: each.acts(span.shown)):
                continue
            counted = kept_in(told.cache, f"{key} {each.name}", lambda span=span, each=each: count(span, each))
            rows[each.name] = (each, counted, counted.judge.verdict())
        tables[clip] = rows
    print("| clip | harmful that pass | of those worse by the labels | honest that pass |")
    print("| --- | --- | --- | --- |")
    for clip, rows in tables.items():
        print("|", " | ".join([f"`{clip}`", *_summary(list(rows.values()))]), "|")
    if told.details:
        for clip, rows in tables.items():
            print(f"\n{clip}\n")
            _details(rows)


def _summary(rows: list[tuple[Candidate, Counted, Verdict]]) -> list[str]:
    harmful, honest = ([row for row in rows if row[0].honest is side] for side in (False, True))
    through, right = ([row for row in side if passes(row[2])] for side in (harmful, honest))
    truths = [counted.truth for _, counted, _ in rows if counted.truth is not None]
    worse = sum(is_worse(*counted.truth) for _, counted, _ in through if counted.truth is not None)
    return [
        f"{len(through)} of {len(harmful)}",
        str(worse) if truths else "–",
        f"{len(right)} of {len(honest)}",
    ]


def _details(rows: dict[str, tuple[Candidate, Counted, Verdict]]) -> None:
    print("| candidate | honest | passes | flicker, % | agreement | true miou | true objects | refused by |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, (each, counted, verdict) in rows.items():
        flicker, agreement = verdict.condition("flicker").values, verdict.condition("agreement").values
        cells = [
            name,
            "yes" if each.honest else "",
            "**yes**" if passes(verdict) else "",
            _change(flicker["flicker_baseline"], flicker["flicker_candidate"], 100, 2),
            _change(agreement["agreement_baseline"], agreement["agreement_candidate"], 1, 1),
            "–" if counted.truth is None else f"{counted.truth[0][0]:.1f} → {counted.truth[1][0]:.1f}",
            "–" if counted.truth is None else f"{counted.truth[0][1]} → {counted.truth[1][1]}",
            " ".join(verdict.reasons) if not passes(verdict) else " ".join(verdict.sightings),
        ]
        print("|", " | ".join(cells), "|")


def _change(before: float | None, now: float | None, times: float, digits: int) -> str:
    return "–" if before is None or now is None else f"{times * before:.{digits}f} → {times * now:.{digits}f}"


if __name__ == "__main__":
    main()
