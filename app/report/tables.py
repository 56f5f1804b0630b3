"""Tables of measures, for a terminal, a file or a page."""

import csv
import io
from collections.abc import Sequence
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from engine.evaluation import Evaluation, Row

TableFormat = Literal["table", "json", "csv", "markdown"]

_GROUPS = {
    "accuracy": ("miou", "fg_iou", "boundary_f", "agreement"),
    "mattes": ("mad", "mse", "grad", "conn", "dtssd"),
    "consistency": ("tc", "tc_all", "tc_etc", "flicker"),
    "consistency of mattes": ("soft_flicker", "soft_change"),
    "where it flickers": ("flicker_static", "flicker_moving", "flicker_boundary"),
    "consistency by labels": ("vc8", "vc16", "vec8", "vec16"),
    "cost": ("lag", "latency_p50", "latency_max", "fps"),
}
MEASURES = tuple(name for names in _GROUPS.values() for name in names)
_WIDTH = 120
"""Characters a line of a table in a file."""
_ABREAST = 5
"""How many methods stand beside one another in the table of the classes."""

_DIGITS = {
    "flicker": 4,
    "flicker_static": 4,
    "flicker_moving": 4,
    "flicker_boundary": 4,
    "soft_flicker": 5,
    "soft_change": 5,
}


def number(measure: str, value: float | None) -> str:
    """A measure as people read it; a dash where there is none."""
    return "–" if value is None else f"{value:.{_DIGITS.get(measure, 2 if measure != 'fps' else 1)}f}"


def columns(evaluation: Evaluation) -> list[str]:
    """The measures that at least one row has."""
    return [name for name in MEASURES if any(row.values.get(name) is not None for row in evaluation.rows)]


def rich_tables(evaluation: Evaluation) -> list[RenderableType]:
    """What was measured, then accuracy, consistency, cost and every class, each narrow enough for a terminal."""
    shown = columns(evaluation)
    parts: list[RenderableType] = [Text(caption(evaluation), style="bold")]
    parts += [Text(f"Warning: {each}.", style="yellow") for each in evaluation.warnings]
    for title, names in _GROUPS.items():
        present = [name for name in names if name in shown]
        if present:
            parts.append(_group(evaluation, title, present))
    rows = evaluation.rows
    parts += [_by_class(evaluation, rows[at : at + _ABREAST]) for at in range(0, len(rows), _ABREAST)]
    if any(interval for row in evaluation.rows for interval in row.intervals.values()):
        parts.append(Text("Below a value: its 95 % interval."))
    if evaluation.note is not None:
        parts.append(Text(f"Note: {evaluation.note}.", style="yellow"))
    return parts


def text_of(evaluation: Evaluation, shape: Literal["table", "csv", "markdown"]) -> str:
    """The whole table as plain text."""
    if shape == "csv":
        return comma_separated(evaluation)
    if shape == "markdown":
        return markdown(evaluation)
    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, color_system=None)
    for part in rich_tables(evaluation):
        console.print(part)
    return out.getvalue()


def _group(evaluation: Evaluation, title: str, names: Sequence[str]) -> Table:
    """One row a method."""
    table = Table(title, box=SIMPLE_HEAD)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row in evaluation.rows:
        table.add_row(Text(row.method), *(_cell(row, name) for name in names))
    return table


def _cell(row: Row, name: str) -> str:
    interval = row.intervals.get(name)
    text = number(name, row.values[name])
    return text if interval is None else f"{text}\n{number(name, interval.low)}–{number(name, interval.high)}"


def _by_class(evaluation: Evaluation, rows: Sequence[Row]) -> Table:
    """One row a class, since there may be a hundred: the IoU, or the tc where nothing is labelled."""
    kind = "iou" if any(row.miou is not None for row in evaluation.rows) else "tc"
    table = Table(f"{kind} by class", box=SIMPLE_HEAD)
    for row in rows:
        header = row.method.replace("(", "(\n").replace(", ", ",\n")
        table.add_column(Text(header), justify="right", overflow="fold")
    values = [row.iou if kind == "iou" else row.by_class["tc"] for row in rows]
    for name in evaluation.rows[0].iou:
        table.add_row(Text(name), *(number(kind, each[name]) for each in values))
    return table


def caption(evaluation: Evaluation) -> str:
    """What was measured, on what, with which flow."""
    frames, labelled = evaluation.rows[0].frames, evaluation.rows[0].labelled
    of_them = f" ({labelled} with labels)" if 0 < labelled < frames else ""
    clips = f"{evaluation.clips} clip{'s' * (evaluation.clips != 1)}"
    parts = [f"{evaluation.dataset}/{evaluation.split}", f"{frames} frames{of_them} in {clips}"]
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
    note = f"\nNote: {evaluation.note}.\n" if evaluation.note is not None else ""
    warnings = "".join(f"Warning: {each}.\n\n" for each in evaluation.warnings)
    table = _markdown([["method", *shown], *lines])
    return f"{warnings}{table}\n{caption(evaluation)}. In brackets: 95 % intervals.\n{note}"


def comma_separated(evaluation: Evaluation) -> str:
    """One line a method: every measure, its intervals, and IoU, tc and flicker by class."""
    out = io.StringIO()
    names = list(evaluation.rows[0].iou)
    sure = list(dict.fromkeys(name for row in evaluation.rows for name in row.intervals))
    bounds = [f"{name}_{end}" for name in sure for end in ("low", "high")]
    writer = csv.writer(out, lineterminator="\n")
    kinds = ("iou", *evaluation.rows[0].by_class)
    writer.writerow(["method", *MEASURES, *bounds, "frames", *(f"{kind}:{name}" for kind in kinds for name in names)])
    for row in evaluation.rows:
        known = [row.intervals.get(name) for name in sure]
        ends = [end for interval in known for end in (interval.as_json() if interval else ["", ""])]
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
