"""Tables of measures, for a terminal, a file or a page."""

import csv
import io
from collections.abc import Sequence
from typing import Literal

from rich.table import Table

from engine.evaluation import Evaluation

TableFormat = Literal["table", "json", "csv", "markdown"]

MEASURES = (
    *("miou", "boundary_f", "agreement", "tc", "tc_all", "tc_etc", "flicker", "flicker_static", "flicker_moving"),
    *("flicker_boundary", "vc8", "vc16", "vec8", "vec16", "lag", "latency_p50", "latency_max", "fps"),
)
_DIGITS = {"flicker": 4, "flicker_static": 4, "flicker_moving": 4, "flicker_boundary": 4}


def number(measure: str, value: float | None) -> str:
    """A measure as people read it; a dash where there is none."""
    return "–" if value is None else f"{value:.{_DIGITS.get(measure, 2 if measure != 'fps' else 1)}f}"


def columns(evaluation: Evaluation) -> list[str]:
    """The measures that at least one row has."""
    return [name for name in MEASURES if any(row.values.get(name) is not None for row in evaluation.rows)]


def rich_tables(evaluation: Evaluation) -> list[Table]:
    """The measures, and the IoU or the tc of every class, for a terminal."""
    shown = columns(evaluation)
    measures = Table("method", *shown, title=caption(evaluation))
    for row in evaluation.rows:
        measures.add_row(row.method, *(number(name, row.values[name]) for name in shown))
    kind = "iou" if any(row.miou is not None for row in evaluation.rows) else "tc"
    classes = Table(f"{kind} by class", *evaluation.rows[0].iou)
    for row in evaluation.rows:
        values = row.iou if kind == "iou" else row.by_class["tc"]
        classes.add_row(row.method, *(number(kind, value) for value in values.values()))
    return [measures, classes]


def caption(evaluation: Evaluation) -> str:
    """What was measured, on what, with which flow."""
    frames = evaluation.rows[0].frames
    parts = [f"{evaluation.dataset}/{evaluation.split}", f"{frames} frames in {evaluation.clips} clips"]
    if evaluation.flow is not None and evaluation.size is not None:
        parts.append(f"flow {evaluation.flow} at {evaluation.size[0]}×{evaluation.size[1]}")
    if evaluation.reference is not None:
        parts.append(f"agreement with {evaluation.reference}")
    return ", ".join(parts)


def markdown(evaluation: Evaluation) -> str:
    """The measures as a Markdown table, with intervals where there are some."""
    shown = columns(evaluation)
    lines = [
        [f"`{row.method}`", *(_with_interval(evaluation, place, name) for name in shown)]
        for place, row in enumerate(evaluation.rows)
    ]
    return _markdown([["method", *shown], *lines]) + f"\n{caption(evaluation)}. In brackets: 95 % intervals.\n"


def comma_separated(evaluation: Evaluation) -> str:
    """One line a method: every measure, its intervals, and IoU, tc and flicker by class."""
    out = io.StringIO()
    names = list(evaluation.rows[0].iou)
    bounds = [f"{name}_{end}" for name in evaluation.rows[0].intervals for end in ("low", "high")]
    writer = csv.writer(out, lineterminator="\n")
    kinds = ("iou", *evaluation.rows[0].by_class)
    writer.writerow(["method", *MEASURES, *bounds, "frames", *(f"{kind}:{name}" for kind in kinds for name in names)])
    for row in evaluation.rows:
        ends = [end for interval in row.intervals.values() for end in (interval.as_json() if interval else ["", ""])]
        by_class = [row.iou, *row.by_class.values()]
        values = [value for values in by_class for value in values.values()]
        writer.writerow([row.method, *(row.values.get(name) for name in MEASURES), *ends, row.frames, *values])
    return out.getvalue()


def _with_interval(evaluation: Evaluation, place: int, name: str) -> str:
    row = evaluation.rows[place]
    interval = row.intervals.get(name)
    text = number(name, row.values[name])
    return text if interval is None else f"{text} [{number(name, interval.low)}, {number(name, interval.high)}]"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |\n" for row in rows)
    return head + "|" + " --- |" + " ---: |" * (len(rows[0]) - 1) + "\n" + "".join(body)
