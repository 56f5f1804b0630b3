"""What `steadymask evaluate` prints, in each of its forms."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from app.report.tables import MEASURES, caption, columns, comma_separated, markdown, rich_tables
from engine.evaluation import Evaluation, Row
from engine.measures import Interval
from tests.app.cli.test_program import steadymask
from tests.engine.datasets.published import CITYSCAPES, write_clip

NOTE = "the labels of elsewhere are left aside"


def row(method: str) -> Row:
    names = ("sky", "a class whose name has no end and goes on")
    by_class: dict[str, dict[str, float | None]] = {
        "boundary_f": dict.fromkeys(names),
        "tc": dict.fromkeys(names, 60.0),
        "flicker": dict.fromkeys(names),
    }
    values: dict[str, float | None] = dict.fromkeys(MEASURES, 12.345)
    return Row(
        method=method,
        values=values | {"lag": None, "flicker": 0.0123},
        iou=dict.fromkeys(names, 50.0),
        by_class=by_class,
        intervals={"flicker": Interval(0.01, 0.02), "tc": None, "miou": None},
        against={},
        frames=30,
        labelled=10,
    )


def table(*methods: str) -> Evaluation:
    rows = tuple(row(method) for method in methods)
    return Evaluation("scenes", "test", 1, "farneback", (640, 360), methods[0], rows, NOTE)


def printed(evaluation: Evaluation, width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width)
    for part in rich_tables(evaluation):
        console.print(part)
    return out.getvalue()


def test_nothing_is_cut_off_in_a_narrow_terminal() -> None:
    methods = ("street", "ema(street, alpha=0.7)", "propagate(street, every=5)", "a", "b", "c", "d")
    text = printed(table(*methods), 80)
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    for name in columns(table(*methods)):
        assert name in text
    assert "lag" not in columns(table(*methods))
    assert text.count("12.3") == len(methods) * (len(MEASURES) - 2), "all but the lag and the flicker"
    assert "0.0100–0.0200" in text
    assert "10 with labels" in text
    assert " ".join(text.split()).endswith(f"Note: {NOTE}.")


def test_the_caption_counts_in_words_that_fit() -> None:
    one = table("street")
    assert caption(one).startswith("scenes/test, 30 frames (10 with labels) in 1 clip, flow farneback at 640×360")
    assert "with labels" not in caption(replace(one, rows=(replace(one.rows[0], labelled=30),)))
    assert "in 3 clips" in caption(replace(one, clips=3))


def test_markdown_and_commas_hold_the_same() -> None:
    text = markdown(table("street"))
    head, line, cells = (each.split("|") for each in text.splitlines()[:3])
    assert len(head) == len(line) == len(cells)
    assert text.endswith(f"\nNote: {NOTE}.\n")
    assert "Note" not in markdown(replace(table("street"), note=None))
    (record,) = csv.DictReader(io.StringIO(comma_separated(table("street"))))
    assert float(record["miou"]) == pytest.approx(12.345)
    assert record["lag"] == ""


def test_labels_of_other_classes_on_the_command_line(tmp_path: Path) -> None:
    write_clip(tmp_path / "c" / "images", tmp_path / "c" / "labels", CITYSCAPES, ["f0", "f1"])
    words = ("evaluate", "cityscapes", "--root", tmp_path, "--device", "cpu", "--format")
    document = json.loads(steadymask(*words, "json").stdout)
    assert "left aside" in document["note"]
    assert document["rows"][0]["miou"] is None
    done = steadymask(*words, "csv")
    assert "left aside" in done.stderr
    assert "left aside" not in done.stdout
