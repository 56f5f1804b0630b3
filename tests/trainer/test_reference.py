"""The trainer gives bit for bit what the plain training of `tests.trainer.reference` gives."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState

from resources import MODELS
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.reference import reference
from trainer.job import Job, JobOwner, JobSpec, JobStopped
from trainer.loop import train
from trainer.recipe import parse_recipe, recipe_text
from trainer.weights.checkpoint import _read

SMALL = {
    "data": {"crop": [64, 64]},
    "train": {"epochs": 2, "batch": 4, "evaluate_every": 2},
    "model": {"input": {"short_side": 96, "multiple": 32}},
}
EVERYTHING = {
    "data": {"synthetic": {"share": 0.25, "streets": 1, "frames": 2, "size": [96, 64], "first_seed": 1000}},
    "train": {"precision": "no", "ema_decay": 0.5},
    "model": {"options": {"detail_channels": 16}},
    "loss": {"lovasz": 0.7, "auxiliary": 0.3, "class_weighting": "log"},
}


def derived(name: str, *changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A bundled recipe with the parts of `changes` in place of its own, and every default filled in."""
    recipe = parse_recipe(recipe_text(name), name).model_dump(mode="json", exclude_none=True)
    for part, fields in (item for each in changes for item in each.items()):
        recipe[part] = {**recipe[part], **fields}
    return recipe


def toml(recipe: dict[str, Any]) -> str:
    """The recipe as TOML text: dotted keys, JSON values."""
    lines: list[str] = []

    def write(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                write(f"{prefix}.{key}" if prefix else key, inner)
        elif value is not None:
            lines.append(f"{prefix} = {json.dumps(value)}")

    write("", recipe)
    return "\n".join(lines)


def run(job: Job, stop_at: int | None = None) -> None:
    """Train in this process; `stop_at` asks for a stop before that step."""
    spec = job.spec()
    with JobOwner(job) as owner:
        if stop_at is not None:
            obey, steps = owner.obey, iter(range(10_000))
            owner.obey = lambda: job.control("stop" if next(steps) >= stop_at else "run") or obey()  # type: ignore[method-assign,func-returns-value]
        train(owner, spec, parse_recipe(spec.recipe, "test"))


@pytest.fixture(autouse=True)
def _as_in_a_process_of_its_own() -> Any:
    """One thread, since sums over pixels depend on how many share them; accelerate keeps one precision a process."""
    before = torch.get_num_threads()
    AcceleratorState._reset_state(reset_partial_state=True)
    torch.set_num_threads(1)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("name", "changes", "start", "stop_at"),
    [
        ("street-base", (SMALL,), None, None),
        ("street-second", (SMALL,), None, 1),
        ("street-third", (SMALL,), MODELS / "street.safetensors", None),
        ("street-third", (SMALL, EVERYTHING), None, 3),
    ],
)
def test_it_gives_what_the_plain_training_gives(
    tmp_path: Path, name: str, changes: tuple[dict[str, Any], ...], start: Path | None, stop_at: int | None
) -> None:
    root = write_camvid(tmp_path / "data")
    recipe = derived(name, *changes)
    spec = JobSpec(recipe=toml(recipe), root=str(root), start=str(start or ""), threads=1, device="cpu")
    job = Job.create(tmp_path / "run", spec)
    if stop_at is not None:
        with pytest.raises(JobStopped):
            run(job, stop_at)
        job.control("run")
    run(job)
    expected = reference(root, recipe, start)
    tensors, counters = _read(job.checkpoints / "last.safetensors")
    assert counters["step"] == (10 // (3 if "synthetic" in recipe["data"] else 4)) * 2
    for part, prefix in (("network", "network/"), ("average", "average/module.")):
        for key, value in expected[part].items():
            if key.endswith("num_batches_tracked") and part == "average":
                continue  # a count, which torch averages like a weight and nothing reads
            assert torch.equal(tensors[prefix + key], value), f"{part} {key}"
    told = [event for event, _ in job.events() if "loss" in event]
    assert told[-1]["loss"] == pytest.approx(expected["losses"][-1]["total"], abs=2e-5)
