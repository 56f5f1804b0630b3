"""The supervised loop: it learns, it stops, and a resume equals an uninterrupted run."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from engine.datasets import open_dataset
from engine.datasets.base import ImageClip
from engine.errors import DatasetError
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.small import small_job
from trainer.data.split import check_sizes
from trainer.job import Job, JobOwner, JobStopped
from trainer.loop import train
from trainer.recipe import parse_recipe
from trainer.weights.checkpoint import _read


def run(job: Job, stop_at: int | None = None) -> None:
    """Train in this process; `stop_at` asks for a stop before that step."""
    spec = job.spec()
    with JobOwner(job) as owner:
        if stop_at is not None:
            steps = iter(range(10_000))
            obey = owner.obey
            owner.obey = lambda: job.control("stop") or obey() if next(steps) == stop_at else obey()  # type: ignore[method-assign,func-returns-value]
        train(owner, spec, parse_recipe(spec.recipe, "test"))


def events(job: Job, kind: str) -> list[dict[str, Any]]:
    return [event for event, _ in job.events() if event["type"] == kind]


def last(job: Job) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    return _read(job.checkpoints / "last.safetensors")


@pytest.fixture(scope="module")
def whole_small(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A small job that was trained without an interruption; nobody changes it."""
    job = small_job(tmp_path_factory.mktemp("whole"))
    run(job)
    return job


@pytest.mark.parametrize("stop_at", [1, 3, 4])
def test_a_resume_equals_an_uninterrupted_run(tmp_path: Path, whole_small: Job, stop_at: int) -> None:
    parts = small_job(tmp_path)
    with pytest.raises(JobStopped):
        run(parts, stop_at=stop_at)
    assert parts.status() == "stopped"
    assert last(parts)[1]["step"] == stop_at
    parts.control("run")
    run(parts)
    expected, counters = last(whole_small)
    actual, resumed = last(parts)
    assert counters == resumed
    assert expected.keys() == actual.keys()
    for name, value in expected.items():
        assert torch.equal(value, actual[name]), name


VIDEO = {"[data]": '[data]\nsplit = "val"\nwindow = 3\nspacing = [1, 2]'}
VIEWS = {
    "[augment]": "synthetic = { share = 0.25, streets = 1, frames = 2, size = [96, 64] }\n"
    "virtual = { views = 2, light = { brightness = 0.2 }, noise = 4 }\n[augment]"
}
ETC = {"[loss]": '[loss]\ntemporal_mode = "etc"'}


@pytest.mark.parametrize(
    ("split", "changes", "stop_at"), [("val", VIDEO, 1), ("train", VIEWS, 3), ("train", VIEWS | ETC, 3)]
)
def test_frames_that_are_compared_are_learnt_from_and_told(
    tmp_path: Path, split: str, changes: dict[str, str], stop_at: int
) -> None:
    def job() -> Job:
        made = small_job(tmp_path, epochs=2, split=split)
        text = made.spec().recipe + "temporal = 0.5\n"
        for old, new in changes.items():
            text = text.replace(old, new)
        spec = made.spec().model_copy(update={"recipe": text})
        return Job.create(tmp_path / f"consistent{len(list(tmp_path.glob('consistent*')))}", spec)

    whole, parts = job(), job()
    run(whole)
    told = [event for event in events(whole, "metric") if "loss" in event]
    for event in told:
        expected = event["cross_entropy"] + 0.4 * event["auxiliary"] + 0.5 * event["temporal"]
        assert event["loss"] == pytest.approx(expected, abs=3e-5)
        assert event["temporal"] > 0
    with pytest.raises(JobStopped):
        run(parts, stop_at=stop_at)
    parts.control("run")
    run(parts)
    (expected_tensors, counters), (actual, resumed) = last(whole), last(parts)
    assert counters == resumed
    for name, value in expected_tensors.items():
        assert torch.equal(value, actual[name]), name


def test_it_learns(tmp_path: Path) -> None:
    spec = small_job(tmp_path, epochs=25).spec()
    seldom = spec.recipe.replace("[train]", "[train]\nevaluate_every = 5")
    job = Job.create(tmp_path / "learning", spec.model_copy(update={"recipe": seldom}))
    run(job)
    losses = [event["loss"] for event in events(job, "metric") if "loss" in event]
    assert losses[-1] < 0.6 * losses[0]
    scores = [event["miou_aside"] for event in events(job, "metric") if "miou_aside" in event]
    assert max(scores) > 30
    assert list((job.folder / "tensorboard").iterdir())


@pytest.mark.parametrize(
    ("dataset", "labels", "told"),
    [
        ("folder", True, "does not say which classes its labels hold"),
        ("folder", False, "has 0 labelled images; expected one to learn from and one to hold out"),
        ("street-synthetic", True, "no split 'train'"),
    ],
)
def test_a_training_without_labelled_classes_is_refused(tmp_path: Path, dataset: str, labels: bool, told: str) -> None:
    job = small_job(tmp_path)
    if not labels:
        shutil.rmtree(Path(job.spec().root) / "train" / "labels")
    recipe = job.spec().recipe.replace('"camvid"', f'"{dataset}"')
    spec = job.spec().model_copy(update={"recipe": recipe})
    with JobOwner(job) as owner, pytest.raises(DatasetError, match=told):
        train(owner, spec, parse_recipe(recipe, "test"))
    assert not list(job.checkpoints.glob("*"))


def test_a_label_that_has_not_its_images_size_is_not_trained_on(tmp_path: Path) -> None:
    dataset = open_dataset("camvid", write_camvid(tmp_path, count=2), "train")
    clip = dataset.clips[0]
    assert isinstance(clip, ImageClip)
    label = clip.samples[1].label
    assert label is not None
    Image.new("L", (64, 48)).save(label)
    with pytest.raises(DatasetError, match="expected 128×96 like its image, found 64×48"):
        check_sizes([clip])


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_best_weights_are_kept_or_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str) -> None:
    """On what is held out they are worse with every epoch."""
    scores = iter(range(100, 0, -1))
    monkeypatch.setattr("trainer.loop.measure", lambda *_: float(next(scores)))
    job = small_job(tmp_path)
    spec = job.spec()
    asked = spec.model_copy(update={"recipe": spec.recipe.replace("[train]", f'[train]\nkeep = "{keep}"')})
    job = Job.create(tmp_path / keep, asked)
    run(job)
    _, counters = _read(job.checkpoints / "best.safetensors")
    measured = [event["step"] for event in events(job, "metric") if "miou_aside" in event]
    assert len(measured) > 1
    assert counters["step"] == measured[0 if keep == "best" else -1]
