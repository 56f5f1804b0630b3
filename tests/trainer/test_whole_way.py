"""The method end to end, in small: learn a street, be killed, go on, export, load in the engine, be judged."""

import os
import re
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.backends.torch import TorchSession
from engine.comparison import compare
from engine.datasets import open_dataset
from engine.evaluation import evaluate
from engine.methods import make_pool
from engine.models.bundle import read_weights
from engine.networks import build_network
from engine.segmenter import Segmenter, load_model
from engine.video import open_video
from resources import MODELS
from tests.streets import drawn
from tests.trainer.small import RECIPE
from trainer.data.split import split_held_out
from trainer.job import Job, JobSpec
from trainer.recipe import parse_recipe, recipe_text
from trainer.weights.checkpoint import _read, start_from

pytestmark = pytest.mark.timeout(600)
EPOCHS = 6
PATIENCE_S = 240.0
CLASSES = 11
START = MODELS / "street.safetensors"
TERMS = "temporal = 20.0\n[data.virtual]\nshift = 0.05\nlight = { brightness = 0.2 }\n"
"""Much, so that few steps show what it does, and what it costs."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`data`, eight labelled pictures of one street, and `clip`, the first frames of another."""
    folder = tmp_path_factory.mktemp("way")
    for kind in ("data/train/images", "data/train/labels", "clip"):
        (folder / kind).mkdir(parents=True)
    for frame in drawn(5, frames=8):
        Image.fromarray(frame.rgb).save(folder / "data/train/images" / f"{frame.index:02d}.png")
        Image.fromarray(frame.labels).save(folder / "data/train/labels" / f"{frame.index:02d}.png")
    for frame in drawn(1_000_200)[:12]:
        Image.fromarray(frame.rgb).save(folder / "clip" / f"{frame.index:02d}.png")
    return folder


def make_job(folder: Path) -> Job:
    """A job that goes on from the bundled model; its criterion is asked at the end alone."""
    recipe = RECIPE.replace("EPOCHS", f"{EPOCHS}\nevaluate_every = {EPOCHS}")
    for key in ("family", "options"):
        recipe = re.sub(
            rf"^{key} = .*$", re.search(rf"^{key} = .*$", recipe_text("street"), re.M)[0], recipe, flags=re.M
        )
    spec = JobSpec(recipe=recipe + TERMS, root=str(folder / "data"), start=str(START), threads=1, device="cpu")
    return Job.create(folder / "steadied", spec)


@pytest.fixture(scope="module")
def steadied(folder: Path) -> Path:
    """The student of a child that was killed in the middle, and went on.

    A user's own `engine` or `torch` in its working directory must not be imported in place of ours.
    """
    job = make_job(folder)
    for name in ("engine", "trainer", "torch"):
        (job.folder / name).mkdir()
        (job.folder / name / "__init__.py").write_text("raise SystemExit('shadowed')")
    child = job.launch()
    last, deadline = job.checkpoints / "last.safetensors", time.monotonic() + PATIENCE_S
    while not last.exists():
        assert child.poll() is None, (job.folder / "log.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert job.status() == "interrupted"
    assert 0 < _read(last)[1]["step"] < EPOCHS * 2
    assert job.launch().wait(PATIENCE_S) == 0, (job.folder / "log.txt").read_text()
    assert job.status() == "done"
    assert (job.folder / "student.safetensors").exists()
    assert any("resumed at step" in event.get("message", "") for event, _ in job.events())
    return job.folder / "student.onnx"


def test_a_temporal_term_makes_it_steadier_and_the_verdict_sees_what_that_cost(folder: Path, steadied: Path) -> None:
    student = load_model(str(steadied), device="cpu", threads=1)
    assert student.card.losses["temporal"] == 20.0
    # What it started from, at the size that it was trained for.
    start = build_network(student.card.family, CLASSES, **student.card.options)
    start_from(START, start)
    before = Segmenter(START, student.card, TorchSession(start.eval(), student.card, device="cpu", threads=1))
    with open_video(str(folder / "clip")) as source:
        found = compare(source, "clip", before, student, verdict=True)
    steady, steadier = found.measures_a["tc"], found.measures_b["tc"]
    assert steady is not None
    assert steadier is not None
    assert steadier > steady
    # A dozen steps that look at little else make a student that says less: steadier, and no bargain.
    assert found.verdict is not None
    assert found.verdict.outcome != "better"
    assert any(condition.refuses for condition in found.verdict.conditions)


def test_the_student_does_at_work_what_chose_its_checkpoint(folder: Path, steadied: Path) -> None:
    """Its export was refused below 99.9 % of the pixels that torch gives."""
    job = Job(steadied.parent)
    recipe = parse_recipe(job.spec().recipe, "test")
    dataset = open_dataset("camvid", folder / "data", "train")
    aside = split_held_out(dataset, every=recipe.data.keep_aside_every).held_out
    scores = [event["miou_aside"] for event, _ in job.events() if "miou_aside" in event]
    pool = make_pool(device="cpu")
    judged = evaluate(replace(dataset, clips=aside), [str(steadied)], pool).rows[0].miou
    assert judged == pytest.approx(max(scores), abs=0.5)
    model = load_model(str(steadied), device="cpu")
    assert model.card.name == "tiny"
    result = model.segment(np.zeros((120, 200, 3), np.uint8), scores=True)
    model.close()
    assert result.classes.shape == (96, 160)
    assert result.scores is not None
    assert result.scores.shape == (CLASSES, 24, 40)
    assert set(read_weights(steadied.with_suffix(".safetensors")))
