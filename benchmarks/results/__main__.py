"""The table that shows what training for consistency gives:

    python -m benchmarks.results [--data DATA] [--out FOLDER] [--start MODEL] [--row NAME …]


Every row starts from the same weights and takes the same steps on the same data; `base.toml` is what they have in
common, `rows.toml` what differs. Each is trained by `steadymask train`, then judged on what nothing was trained on,
along another flow than the one trained with. What is done is not done again: a run that was stopped goes on where it
was. The table is written after every row; what is not run yet says so.

The teacher is the bundled `street-large`. DATA holds `camvid` (train, val, test, in the layout of the SegNet tutorial),
`cityscapes_aachen` (seq0000 …, each with `images`) and `clips`. Writes FOLDER/NAME-SEED/row.json, and the table between
two marks of docs/results.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from benchmarks.results.table import CONTROL, UNLABELLED, write_table
from engine.atomic import write_text
from engine.backends.base import Device
from engine.datasets import open_dataset
from engine.datasets.base import Dataset
from engine.datasets.folder import VideoClip
from engine.evaluation import evaluate
from engine.methods import make_pool
from engine.models.bundle import read_card
from engine.models.library import find_model
from trainer.recipe.part import laid_over

HERE = Path(__file__).parent
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


def train(run: Run, folder: Path, start: Path, camvid: Path, threads: int, device: Device) -> Path:
    """Train the run, or what is left of it, and return its student."""
    student = folder / "job" / "student.onnx"
    if student.is_file():
        return student
    recipe = folder / "recipe.toml"
    recipe.write_text(tomli_w.dumps(run.recipe), encoding="utf-8")
    command = [sys.executable, "-P", "-m", "app", "train", "--recipe", str(recipe), "--root", str(camvid)]
    command += ["--start", str(start.with_suffix(".safetensors")), "--out", str(folder / "job")]
    command += ["--threads", str(threads), "--device", device, "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return student


def judged_on(data: Path) -> dict[str, Dataset]:
    """What is judged on, and never trained on: name in the table → dataset."""
    road = VideoClip(data / "clips" / "road_white_line.mp4")
    sequence = VideoClip(data / "cityscapes_aachen" / "seq0003" / "images")  # its labels are of other classes
    return {
        "val": open_dataset("camvid", data / "camvid", "val"),
        "test": open_dataset("camvid", data / "camvid", "test"),
        "seq0003": Dataset("clips", "seq0003", None, (sequence,)),
        "road": Dataset("clips", "road_white_line", None, (road,)),
    }


def judge(start: Path, method: Path, control: Path | None, data: Path, device: Device) -> dict[str, Any]:
    """Every measure of `method` on every dataset.

    Where there are labels, intervals are of the difference to `control`; where there are none, to `start`, whose masks
    `agreement` is with.
    """
    pool = make_pool(device=device)
    found = {}
    for name, dataset in judged_on(data).items():
        beside = start if name in UNLABELLED else control
        methods = [str(each) for each in dict.fromkeys((beside, method)) if each is not None]
        table = evaluate(dataset, methods, pool)
        found[name] = {**table.rows[-1].as_json(), "flow": table.flow, "size": table.size}
    return found


def controls(start: Path, data: Path, device: Device) -> list[dict[str, Any]]:
    """What is steady at the price of something else, around the model that every row starts from, on `val`."""
    return [
        row.as_json()
        for row in evaluate(judged_on(data)["val"], [str(start)], make_pool(device=device), controls=True).rows
    ]


def keep(path: Path, found: object) -> None:
    """Write what was measured, whole or not at all."""
    write_text(path, json.dumps(found, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("STEADYMASK_DATA", ".")))
    parser.add_argument("--out", type=Path, default=Path("build/results"))
    parser.add_argument("--start", default=START, help="a model's name, or the path of its .onnx")
    parser.add_argument("--row", action="append", default=[], help="these rows alone; repeat for more")
    parser.add_argument("--threads", type=int, default=0, help="of the training, 0 for all cores")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    arguments = parser.parse_args()
    data, out = arguments.data.resolve(), arguments.out.resolve()
    if not (data / "camvid" / "train").is_dir():
        print(
            f"expected camvid/train in {data}, found none; give the folder that holds it with --data", file=sys.stderr
        )
        return 2
    out.mkdir(parents=True, exist_ok=True)
    start = find_model(arguments.start).resolve()
    weights = read_card(start).weights_hash
    if not (out / "start.json").is_file():
        keep(out / "start.json", {"weights": weights, **judge(start, start, None, data, arguments.device)})
    started = json.loads((out / "start.json").read_text(encoding="utf-8"))["weights"]
    if started != weights:
        print(f"the rows in {out} start from {started}; {start} is {weights}: give another --out", file=sys.stderr)
        return 2
    if not (out / "controls.json").is_file():
        keep(out / "controls.json", controls(start, data, arguments.device))
    for run in runs(arguments.row):
        folder = out / run.folder
        folder.mkdir(exist_ok=True)
        began = time.monotonic()
        student = train(run, folder, start, data / "camvid", arguments.threads, arguments.device)
        # The very first control is what differences are against: it differs by the temporal weights alone.
        control = out / f"{CONTROL}-1" / "job" / "student.onnx"
        if not (folder / "row.json").is_file():
            keep(
                folder / "row.json",
                judge(start, student, control if control.is_file() else None, data, arguments.device),
            )
        print(f"{run.folder}: {time.monotonic() - began:.0f} s", flush=True)
        write_table(out, HERE.parents[1] / "docs" / "results.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
