"""The method end to end, in small: learn a street, be killed, go on, export, load in the engine, be judged."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from PIL import Image

from engine.backends.torch import TorchSession
from engine.comparison import Comparison, compare
from engine.datasets.street import SyntheticStreet
from engine.networks import build_network
from engine.networks.base import SegmentationNetwork
from engine.segmenter import Segmenter, load_model
from engine.video import open_video
from resources import MODELS
from tests.trainer.small import RECIPE
from trainer.job import Job, JobOwner, JobSpec
from trainer.loop import train
from trainer.recipe import parse_recipe, recipe_text
from trainer.weights.checkpoint import _read, load_weights

SIZE = (160, 96)
EPOCHS = 6
CLASSES = 11
TEMPORAL = "temporal = 20.0\n[data.virtual]\nshift = 0.05\nlight = { brightness = 0.2 }\n"
"""Much, so that few steps show what it does, and what it costs."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`data`, eight labelled pictures of one street, and `clip`, the first frames of another."""
    folder = tmp_path_factory.mktemp("way")
    for kind in ("data/train/images", "data/train/labels", "clip"):
        (folder / kind).mkdir(parents=True)
    for frame in SyntheticStreet(5, size=SIZE, frames=8, truth=True):
        Image.fromarray(frame.rgb).save(folder / "data/train/images" / f"{frame.index:02d}.png")
        Image.fromarray(frame.labels).save(folder / "data/train/labels" / f"{frame.index:02d}.png")
    for frame in SyntheticStreet(1_000_200, size=SIZE, frames=12, truth=False):
        Image.fromarray(frame.rgb).save(folder / "clip" / f"{frame.index:02d}.png")
    return folder


def make_job(folder: Path, name: str, terms: str) -> Job:
    """A job that goes on from the bundled model; its criterion is asked at the end alone."""
    recipe = RECIPE.replace("EPOCHS", f"{EPOCHS}\nevaluate_every = {EPOCHS}")
    for key in ("family", "options"):
        recipe = re.sub(
            rf"^{key} = .*$", re.search(rf"^{key} = .*$", recipe_text("street"), re.M)[0], recipe, flags=re.M
        )
    start = str(MODELS / "street.safetensors")
    spec = JobSpec(recipe=recipe + terms, root=str(folder / "data"), start=start, threads=1, device="cpu")
    return Job.create(folder / name, spec)


@pytest.fixture(scope="module")
def control(folder: Path) -> SegmentationNetwork:
    """What the same steps make without a temporal term, trained here."""
    job = make_job(folder, "control", TEMPORAL.replace("20.0", "0.0"))
    recipe = parse_recipe(job.spec().recipe, "here")
    with JobOwner(job) as owner:
        train(owner, job.spec(), recipe)
    network = build_network(recipe.model.family, CLASSES, **recipe.model.options)
    load_weights(job.checkpoints / "best.safetensors", network, averaged=True)
    return network.eval()


@pytest.fixture(scope="module")
def steadied(folder: Path) -> Path:
    """The student of a child that was killed in the middle, and went on."""
    job = make_job(folder, "steadied", TEMPORAL)
    child = job.launch()
    last, deadline = job.checkpoints / "last.safetensors", time.monotonic() + 120
    while not last.exists():
        assert child.poll() is None, (job.folder / "log.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert job.status() == "interrupted"
    assert 0 < _read(last)[1]["step"] < EPOCHS * 2
    assert job.launch().wait(120) == 0, (job.folder / "log.txt").read_text()
    assert job.status() == "done"
    assert any("resumed at step" in event.get("message", "") for event, _ in job.events())
    return job.folder / "student.onnx"


def judge(folder: Path, before: SegmentationNetwork, after: Segmenter) -> Comparison:
    a = Segmenter(Path("control"), after.card, TorchSession(before, after.card, device="cpu", threads=1))
    with open_video(str(folder / "clip")) as source:
        return compare(source, "clip", a, after, verdict=True)


def test_a_temporal_term_makes_it_steadier_and_the_verdict_sees_what_that_cost(
    folder: Path, control: SegmentationNetwork, steadied: Path
) -> None:
    student = load_model(str(steadied), device="cpu", threads=1)
    found = judge(folder, control, student)
    before, after = found.measures_a["tc"], found.measures_b["tc"]
    assert before is not None
    assert after is not None
    assert after > before
    # A dozen steps that look at little else make a student that says less: steadier, and no bargain.
    assert found.verdict is not None
    assert found.verdict.outcome != "better"
    assert any(condition.refuses for condition in found.verdict.conditions)
    assert student.card.losses["temporal"] == 20.0
