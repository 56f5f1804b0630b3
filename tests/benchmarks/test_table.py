"""The table of results: what was measured stands in it, what was not says so."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.results.table import BEGIN, END, write_table


def measured(tc: float, flicker: float, interval: tuple[float, float] | None) -> dict[str, Any]:
    """What is kept of a run."""
    one = {"tc": tc, "flicker": flicker, "miou": 60.0, "agreement": 90.0, "difference_intervals": {"tc": interval}}
    return dict.fromkeys(("val", "test", "seq0003", "road"), one)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    runs = {
        "control-1": measured(80.0, 0.03, None),
        "control-2": measured(82.0, 0.03, (-0.5, 0.5)),
        "temporal-1": measured(83.0, 0.02, (0.5, 1.5)),
    }
    for name, found in runs.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "row.json").write_text(json.dumps(found))
    (folder / "start.json").write_text(json.dumps({"weights": "sha256:1", **measured(79.0, 0.04, None)}))
    (folder / "controls.json").write_text(
        json.dumps([{"method": "m", "tc": 1, "flicker": 0.5, "miou": 2, "lag": None}])
    )
    return folder


def rows(text: str) -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    return {line[0]: line for line in cells}


def test_means_spreads_and_noise_are_told_and_what_is_not_run(out: Path, tmp_path: Path) -> None:
    document = tmp_path / "results.md"
    document.write_text(f"before\n{BEGIN}old{END}\nafter\n", encoding="utf-8")
    write_table(out, document)
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    found = rows(text)
    assert found["start"][2:5] == ["1", "79.00", "4.00"]
    assert found["control"][2:4] == ["2", "81.00 (±1.00)"]
    assert found["control"][6] == "-0.50 … +0.50 (noise)"
    assert found["temporal"][6] == "+0.50 … +1.50"
    assert found["all-online"][1].endswith("(not run yet)")
    assert set(found["all-online"][3:]) == {"–"}
    assert len({len(line) for name, line in found.items() if name not in ("m", "method", "---")}) == 1


def test_a_document_without_a_place_for_it_gets_one(out: Path, tmp_path: Path) -> None:
    document = tmp_path / "results.md"
    document.write_text("# Results\n", encoding="utf-8")
    write_table(out, document)
    write_table(out, document)
    assert document.read_text(encoding="utf-8").count(BEGIN) == 1
