"""From what was measured of every row to the table in docs/results.md."""

import json
import statistics
import tomllib
from pathlib import Path
from typing import Any

from engine.atomic import write_text

CONTROL = "control"
UNLABELLED = ("seq0003", "road")
"""Judged clips without labels of our classes: there accuracy is agreement with the model that every row starts from."""

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"

_HEAD = (
    "| row | what is weighed | seeds | `val` tc | flicker % | miou | tc − control | `test` miou "
    "| `seq0003` flicker % | agreement | `road` flicker % | agreement |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
)

_COLUMNS = (
    ("val", "tc", 1),
    ("val", "flicker", 100),
    ("val", "miou", 1),
    ("test", "miou", 1),
    ("seq0003", "flicker", 100),
    ("seq0003", "agreement", 1),
    ("road", "flicker", 100),
    ("road", "agreement", 1),
)
"""Dataset, measure, factor."""

_CONTROLS_HEAD = """| method | tc | flicker % | miou | lag |
| --- | ---: | ---: | ---: | ---: |"""


def write_table(out: Path, document: Path) -> None:
    """Put the tables of what lies in `out` between the two marks of `document`; at its end where it has none yet.

    A row that no seed was run of yet says so.
    """
    text = document.read_text(encoding="utf-8")
    if BEGIN not in text:
        text += f"\n## Training for consistency\n\n{BEGIN}{END}\n"
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    tables = "\n\n".join((_rows(out), _controls(out)))
    write_text(document, f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}")


def _rows(out: Path) -> str:
    rows = tomllib.loads((Path(__file__).parent / "rows.toml").read_text(encoding="utf-8"))["row"]
    lines = [_HEAD, _line("start", "the bundled model that all start from", [_read(out / "start.json")])]
    for row in rows:
        kept = [out / f"{row['name']}-{seed}" / "row.json" for seed in row["seeds"]]
        found = [_read(path) for path in kept if path.is_file()]
        lines.append(_line(row["name"], row["what"], found) if found else _not_run(row["name"], row["what"]))
    return "\n".join(lines)


def _line(name: str, what: str, found: list[dict[str, Any]]) -> str:
    """One row: the mean over its seeds, and in brackets how far the seeds lie from it where there are several."""
    cells = [_cell([factor * each[data][measure] for each in found]) for data, measure, factor in _COLUMNS]
    cells.insert(3, _against(found))
    return " | ".join((f"| {name}", what, str(len(found)), *cells)) + " |"


def _not_run(name: str, what: str) -> str:
    return " | ".join((f"| {name}", f"{what} (not run yet)", "0", *("–" for _ in range(len(_COLUMNS) + 1)))) + " |"


def _cell(values: list[float]) -> str:
    mean = statistics.fmean(values)
    spread = max(abs(value - mean) for value in values)
    return f"{mean:.2f}" + (f" (±{spread:.2f})" if len(values) > 1 else "")


def _against(found: list[dict[str, Any]]) -> str:
    """The 95 % intervals of the tc difference to the first control, one a seed, and whether 0 lies in one of them."""
    intervals = [each["val"]["difference_intervals"].get("tc") for each in found]
    known = [each for each in intervals if each is not None]
    if not known:
        return "–"
    inside = any(low <= 0 <= high for low, high in known)
    return ", ".join(f"{low:+.2f} … {high:+.2f}" for low, high in known) + (" (noise)" if inside else "")


def _controls(out: Path) -> str:
    lines = [_CONTROLS_HEAD]
    for row in _read(out / "controls.json"):
        lag = "–" if row["lag"] is None else f"{row['lag']:.2f}"
        values = (row["tc"], 100 * row["flicker"], row["miou"])
        lines.append(" | ".join((f"| {row['method']}", *(f"{value:.2f}" for value in values), lag)) + " |")
    return "\n".join(lines)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
