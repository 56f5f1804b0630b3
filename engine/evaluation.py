"""Accuracy and consistency of methods on datasets, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.datasets import Dataset, DatasetClip, LabelledFrame
from engine.datasets.classes import check_labels, why_not_comparable
from engine.datasets.occurring import Occurring, look_at_some
from engine.errors import DatasetError, ModelError
from engine.flow import SCORING_FLOW, Motion
from engine.measures import Interval, MattingScores
from engine.measures.foreground import ForegroundIou, squashed
from engine.measures.matting import MEASURES as OF_MATTES
from engine.measures.scores import Scores
from engine.measures.scoring import Scoring
from engine.methods import WRAPPERS, Method, MethodPool
from engine.models.bundle import read_graph, write_card
from engine.models.card import Measurement
from engine.progress import Progress

CONTROLS = tuple(f"{name}({{}})" for name in sorted(WRAPPERS, key=lambda name: not WRAPPERS[name].control))
"""What is put beside a method on request: all that is steady at the price of something else."""

LABELS = "labels"
"""Name of the row of the labels' own score, which is the ceiling."""


@dataclass(frozen=True)
class Row:
    """One method's line in the table.

    values: every measure by its name, None for what cannot be computed; scores 0..100, flicker 0..1, lag in frames,
    latency_p50 and latency_max in ms, fps in frames a second of the method alone, reading not counted. iou, and
    by_class with `boundary_f`, `tc` and `flicker`: by class name. intervals: 95 %, of `flicker`, `tc`, `miou`, and of
    what mattes are judged by where the set has a true alpha.
    against: the same of the difference to the first row. frames: how many images were judged; labelled: how many of
    them had a label. graph_hash: of the model inside.
    """

    method: str
    values: dict[str, float | None]
    iou: dict[str, float | None]
    by_class: dict[str, dict[str, float | None]]
    intervals: dict[str, Interval | None]
    against: dict[str, Interval | None]
    frames: int
    labelled: int
    graph_hash: str | None = None
    control: bool = False

    @property
    def miou(self) -> float | None:
        """Mean IoU, 0..100; None without labels."""
        return self.values["miou"]

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON values: `method`, every measure by its name, `iou` by class, and the rest."""
        return {
            "method": self.method,
            **self.values,
            "iou": self.iou,
            "by_class": self.by_class,
            "intervals": _plain(self.intervals),
            "difference_intervals": _plain(self.against),
            "frames": self.frames,
            "labelled": self.labelled,
            "control": self.control,
        }


@dataclass(frozen=True)
class Evaluation:
    """A table: one row a method in the order asked for, then the controls.

    flow, size: what the consistency was measured with, size (width, height) or None where nothing was.
    reference: whose masks agreement is with, on the frames without labels; None where all have some. note: why labels
    were left aside, or None. warnings: what the labels do not say, a sentence each.
    """

    dataset: str
    split: str
    clips: int
    flow: str | None
    size: tuple[int, int] | None
    reference: str | None
    rows: tuple[Row, ...]
    note: str | None = None
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The table as plain JSON values."""
        return {**vars(self), "rows": [row.as_json() for row in self.rows]}


def evaluate(
    dataset: Dataset,
    methods: Sequence[str],
    pool: MethodPool,
    *,
    flow: str = SCORING_FLOW,
    controls: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Judge `methods`, as they are written, on every frame of `dataset`, each frame read once.

    Full images, no test-time augmentation.

    Labelled frames give accuracy: void ignored, IoU pooled over the set, predictions compared at the labels' size.
    Clips give consistency, at their own size but at most 640 wide; the synthetic street and composites with their exact
    flow, all others with `flow`. Frames without labels are compared with the first method's masks (`agreement`). Frames
    with a true alpha judge mattes by it; a mask is a matte of 0 and 1. Single images of a person are judged once more
    at 224 × 224 (`fg_iou`).
    controls: also judge the usual remedies and the degenerate methods around the first method, and the labels.
    Labels of other classes than the methods' are left aside, and `note` says so.
    Raises DatasetError when the methods' classes differ and for labels of two classes that hold 0 and 255 alone,
    UnknownNameError for a method or a flow, and what loading a model raises.
    """
    wanted = [*methods, *(each.format(methods[0]) for each in CONTROLS if controls)]
    ready = [pool.make(each) for each in wanted]
    try:
        names = _class_names(ready)
        note = why_not_comparable(dataset, names)
        if note is None:
            look_at_some(dataset, names)
        table = _Table(ready, len(names), flow, people=dataset.binary and note is None)
        total = _total(dataset.clips)
        for clip in dataset.clips:
            table.begin(clip)
            for frame in clip.frames():
                if note is not None:
                    frame = replace(frame, labels=None, alpha=None)
                check_labels(frame, clip.name, names)
                table.update(frame)
                if progress is not None:
                    progress(table.frames, total)
    finally:
        for method in ready:
            method.close()
    table.occurring.refuse_zero_and_void(dataset.name, names)
    rows = table.rows(names, len(methods), ceiling=controls)
    measured = table.motion
    return Evaluation(
        dataset=dataset.name,
        split=dataset.split,
        clips=len(dataset.clips),
        flow=measured.flow if measured else None,
        size=measured.size if measured else None,
        reference=rows[0].method if table.labelled < table.frames else None,
        rows=tuple(rows),
        note=note,
        warnings=table.occurring.warnings(names),
    )


class _Table:
    """All methods over all clips, a frame at a time, and the labels themselves."""

    def __init__(self, methods: Sequence[Method], classes: int, flow: str, *, people: bool) -> None:
        """people: whether class 1 is a person, or another one object, before class 0."""
        self._methods = methods
        self._scoring = Scoring(methods, classes, flow)
        self._people = people
        self._mattes = tuple(MattingScores() for _ in methods)
        self._images = tuple(ForegroundIou() for _ in methods)
        self._ceiling = Scores(classes, labels_themselves=True)
        self._consecutive = False
        self._before_labelled = False
        self.occurring = Occurring()
        self.labelled = 0
        self.frames = 0

    @property
    def motion(self) -> Motion | None:
        """What was measured along; None where nothing was."""
        return self._scoring.motion

    def begin(self, clip: DatasetClip) -> None:
        """Take up a clip."""
        self._consecutive, self._before_labelled = clip.consecutive, False
        self._scoring.begin_clip(consecutive=clip.consecutive)
        self._ceiling.begin_clip()
        for mattes in self._mattes:
            mattes.begin_clip()

    def update(self, frame: LabelledFrame) -> None:
        """Judge every method on this frame."""
        self.frames += 1
        labels = frame.labels
        made = self._scoring.ask(frame.rgb)
        reference = made[0].mask if labels is None else None
        motion, _ = self._scoring.add(
            frame.rgb, made, references=[reference] * len(self._methods), labels=labels, motion=frame.motion
        )
        if labels is not None:
            self.labelled += 1
            self.occurring.add(labels)
            # The motion is against the frame before, so labels are a pair only where that one has one.
            between = motion if self._before_labelled else None
            self._ceiling.update(labels, between, labels=labels, consecutive=self._consecutive)
        else:
            self._ceiling.skip()
        self._before_labelled = labels is not None
        if frame.alpha is not None:
            for mattes, each in zip(self._mattes, made, strict=False):
                mattes.update(each.matte, frame.alpha, consecutive=self._consecutive)
        elif self._people and not self._consecutive and labels is not None:
            small = squashed(frame.rgb)
            for images, method in zip(self._images, self._methods, strict=True):
                method.reset()
                images.update(method.segment(small).mask, labels)

    def rows(self, names: tuple[str, ...], asked: int, *, ceiling: bool) -> list[Row]:
        """The table so far: `asked` methods, their controls, and as `ceiling` the labels where there were any."""
        of_methods = self._scoring.scores
        judged: list[tuple[str, Scores, str | None]] = [
            (method.name, scores, method.card.graph_hash)
            for method, scores in zip(self._methods, of_methods, strict=True)
        ]
        if ceiling and self.labelled:
            judged.append((LABELS, self._ceiling, None))
        # A difference is between values of the same frames, and labels may be on some of them only.
        alike = [*of_methods[1:], *([self._ceiling] if self.labelled == self.frames else [])]
        first = of_methods[0]
        rows = [
            _row(name, scores, names, first if scores in alike else None, self.labelled, hash_, place >= asked)
            for place, (name, scores, hash_) in enumerate(judged)
        ]
        return [self._of_people(place, row) for place, row in enumerate(rows)]

    def _of_people(self, place: int, row: Row) -> Row:
        """The row with what mattes and single images of people are judged by; the labels' own has none of it."""
        values: dict[str, float | None] = dict.fromkeys(("fg_iou", *OF_MATTES))
        first = self._mattes[0]
        intervals: dict[str, Interval | None] = dict.fromkeys(OF_MATTES if first.frames else ())
        against = row.against
        if place < len(self._methods):
            mattes = self._mattes[place]
            values |= {"fg_iou": self._images[place].mean, **mattes.values()}
            if first.frames:
                intervals |= mattes.intervals()
                against = against | first.intervals(mattes) if place else against
        return replace(row, values=row.values | values, intervals=row.intervals | intervals, against=against)


def _row(
    name: str,
    scores: Scores,
    names: tuple[str, ...],
    first: Scores | None,
    labelled: int,
    graph_hash: str | None,
    control: bool,
) -> Row:
    by_class = {measure: dict(zip(names, values, strict=True)) for measure, values in scores.by_class().items()}
    return Row(
        method=name,
        values={**scores.values(), **scores.latency()},
        iou=by_class.pop("iou"),
        by_class=by_class,
        intervals=scores.intervals(),
        against={} if first is None else first.intervals(scores),
        frames=scores.frames,
        labelled=labelled,
        graph_hash=graph_hash,
        control=control,
    )


def _class_names(methods: Sequence[Method]) -> tuple[str, ...]:
    first = methods[0]
    for method in methods:
        if method.card.class_set.names != first.card.class_set.names:
            theirs, ours = (", ".join(each.card.class_set.names) for each in (method, first))
            raise DatasetError(
                f"{method.name} knows the classes {theirs}; {first.name} knows {ours}; "
                "only methods of one class set stand in one table"
            )
    return first.card.class_set.names


def _total(clips: Sequence[DatasetClip]) -> int | None:
    counts = [clip.frame_count for clip in clips]
    return None if None in counts else sum(count for count in counts if count is not None)


def _plain(intervals: dict[str, Interval | None]) -> dict[str, list[float] | None]:
    return {name: None if interval is None else interval.as_json() for name, interval in intervals.items()}


def record(dataset: Dataset, path: Path, row: Row) -> None:
    """Write the row's miou into the card in both files of the bundle at `path`, its `.onnx`.

    Raises ModelError when the file has changed since it was measured: a value never stands beside other weights.
    """
    _, card = read_graph(path)
    if card.graph_hash != row.graph_hash or card.graph_hash is None or row.miou is None:
        raise ModelError(f"{path} is not the model that was measured; measure it again")
    new = Measurement(
        measure="miou",
        value=round(row.miou, 2),
        unit="0..100",
        data=f"{dataset.name}/{dataset.split}, {row.labelled} images",
        command=f"steadymask evaluate {dataset.name} --root ROOT --split {dataset.split} --method {row.method}",
        graph_hash=card.graph_hash,
        by_class={name: None if value is None else round(value, 2) for name, value in row.iou.items()},
    )
    write_card(path.with_suffix(""), card.measured(new))
