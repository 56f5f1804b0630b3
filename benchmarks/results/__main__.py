"""The table that shows what training for consistency gives:

    python -m benchmarks.results [--data DATA] [--out FOLDER] [--start MODEL] [--row NAME …] [--at-once ROWS]

Every row starts from the same weights and takes the same steps on the same data; `base.toml` is what they have in
common, `rows.toml` what differs. Each is trained by `steadymask train`, then judged on what nothing was trained on,
along another flow than the one trained with. What is done is not done again: a run that was stopped goes on where it
was. The table is written after every row; what is not run yet says so. A processor trains a row on each of its cores.

The teacher is the bundled `street-large`. DATA holds `camvid` (train, val, test, in the layout of the SegNet tutorial),
`cityscapes_aachen` (seq0000 …, each with `images`) and `clips`. Writes FOLDER/NAME-SEED/row.json, and the table between
two marks of docs/results.md.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w
import torch

from benchmarks.results.judging import controls, judge
from benchmarks.results.table import CONTROL, write_table
from engine.atomic import write_text
from engine.backends.base import Device
from engine.models.bundle import read_card
from engine.models.library import find_model
from trainer.recipe.part import laid_over

HERE = Path(__file__).parent
STUDENT = Path("job", "student.onnx")
"""In the folder of a run."""

FIRST_CONTROL = f"{CONTROL}-1"

START = "street"
"""What every row starts from, unless another is named: the name of a model, or the path of one."""


@dataclass(frozen=True)
class Run:
    """One row with one seed."""

    name: str
    seed: int
    recipe: dict[str, Any]

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return f"{self.name}-{self.seed}"


def runs(only: list[str]) -> list[Run]:
    """All runs in the order of the table, one seed of every row first."""
    base = tomllib.loads((HERE / "base.toml").read_text(encoding="utf-8"))
    rows = tomllib.loads((HERE / "rows.toml").read_text(encoding="utf-8"))["row"]
    found = [
        Run(row["name"], seed, without_false(laid_over(base, {**row["recipe"], "seed": seed})))
        for row in rows
        for seed in row["seeds"]
        if not only or row["name"] in only
    ]
    return sorted(found, key=lambda run: run.seed)


def without_false(table: dict[str, Any]) -> dict[str, Any]:
    """A table without the keys that are false: what a row leaves out of what all have in common."""
    kept = {key: value for key, value in table.items() if value is not False}
    return {key: without_false(value) if isinstance(value, dict) else value for key, value in kept.items()}


class Rows:
    """Trains and judges runs, several at a time."""

    def __init__(self, start: Path, data: Path, out: Path, device: Device, at_once: int) -> None:
        """at_once: runs; each has its share of the cores."""
        self._start, self._data, self._out, self._device = start, data, out, device
        self._at_once = at_once
        self._threads = max(1, (os.cpu_count() or 1) // at_once)
        self._telling = threading.Lock()

    def make(self, runs: Sequence[Run]) -> None:
        """Make what is not there yet, and write the table after each. Raises CalledProcessError of a training."""
        made: list[Future[None]] = []
        with ThreadPoolExecutor(self._at_once) as pool:
            for run in runs:
                first = made[0] if made and runs[0].folder == FIRST_CONTROL else None
                made.append(pool.submit(self._make, run, first))
        for each in made:
            each.result()

    def _make(self, run: Run, first: "Future[None] | None") -> None:
        """first: what makes the control that differences are against; it differs by the temporal weights alone."""
        began = time.monotonic()
        folder = self._out / run.folder
        if not (folder / "row.json").is_file():
            student = self._train(run)
            if first is not None:
                first.result()
            control = self._out / FIRST_CONTROL / STUDENT
            beside = control if control.is_file() else None
            keep(folder / "row.json", judge(self._start, student, beside, self._data, self._device, self._threads))
        with self._telling:
            print(f"{run.folder}: {time.monotonic() - began:.0f} s", flush=True)
            write_table(self._out, HERE.parents[1] / "docs" / "results.md")

    def _train(self, run: Run) -> Path:
        """Train the run, or what is left of it, and return its student."""
        folder = self._out / run.folder
        student = folder / STUDENT
        if student.is_file():
            return student
        folder.mkdir(exist_ok=True)
        recipe = folder / "recipe.toml"
        recipe.write_text(tomli_w.dumps(run.recipe), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "app", "train", "--recipe", str(recipe)]
        command += ["--root", str(self._data / "camvid"), "--start", str(self._start.with_suffix(".safetensors"))]
        command += ["--out", str(student.parent), "--threads", str(self._threads), "--device", self._device, "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return student


def on_gpu(device: Device) -> bool:
    """Whether trainings run on a GPU, which has no room for several at once."""
    return device == "cuda" or (device == "auto" and torch.cuda.is_available())


def keep(path: Path, found: object) -> None:
    """Write what was measured, whole or not at all."""
    write_text(path, json.dumps(found, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("STEADYMASK_DATA", ".")))
    parser.add_argument("--out", type=Path, default=Path("build/results"))
    parser.add_argument("--start", default=START, help="a model's name, or the path of its .onnx")
    parser.add_argument("--row", action="append", default=[], help="these rows alone; repeat for more")
    parser.add_argument("--at-once", type=int, help="so many rows at a time; on a processor one a core, else one")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    arguments = parser.parse_args()
    data, out = arguments.data.resolve(), arguments.out.resolve()
    if not (data / "camvid" / "train").is_dir():
        print(
            f"expected camvid/train in {data}, found none; give the folder that holds it with --data", file=sys.stderr
        )
        return 2
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    start = find_model(arguments.start).resolve()
    weights = read_card(start).weights_hash
    if not (out / "start.json").is_file():
        keep(out / "start.json", {"weights": weights, **judge(start, start, None, data, arguments.device, None)})
    started = json.loads((out / "start.json").read_text(encoding="utf-8"))["weights"]
    if started != weights:
        print(f"the rows in {out} start from {started}; {start} is {weights}: give another --out", file=sys.stderr)
        return 2
    if not (out / "controls.json").is_file():
        keep(out / "controls.json", controls(start, data, arguments.device))
    at_once = arguments.at_once or (1 if on_gpu(arguments.device) else os.cpu_count() or 1)
    Rows(start, data, out, arguments.device, at_once).make(runs(arguments.row))
    print(f"{time.monotonic() - began:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
