"""A small student learns mattes from composites of its dataset's people."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.datasets import open_dataset
from engine.errors import DatasetError
from engine.networks import build_network
from trainer.data.composites import composites_of
from trainer.data.window import collate
from trainer.export import card_of
from trainer.job import Job, JobOwner, JobSpec
from trainer.loop import train
from trainer.recipe import Recipe, RecipeError, parse_recipe
from trainer.stepping.course import labelled_course
from trainer.weights.checkpoint import load_weights

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pymatting") is None, reason="the extra `matting` is not installed"
)

RECIPE = """
seed = 3
[model]
task = "matting"
name = "small-portrait"
family = "fast_scnn"
options = { half_channels = 8, guided = true }
licence = "test"
input = { short_side = 64, multiple = 32 }
[data]
dataset = "portraits"
keep_aside_every = 4
crop = [64, 64]
[data.virtual]
[data.composites]
share = 0.5
streets = 1
size = [96, 96]
[augment]
flip = 0.5
[train]
epochs = 1
epoch_steps = 3
batch = 2
learning_rate = 1e-3
[loss]
auxiliary = 0.2
alpha_difference = 1.0
alpha_pyramid = 1.0
alpha_change = 5.0
temporal = 1.0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Eight people, discs over bars, whose photographs end well outside them."""
    root = tmp_path / "data"
    for kind in ("images", "masks"):
        (root / "eg1800" / "train" / kind).mkdir(parents=True)
    y, x = np.mgrid[:120, :96]
    for number in range(8):
        person = np.hypot(y - 60, x - 48) < 20 + number
        rgb = np.where(person[..., None], (200, 120, 90), ((x // 6 + number) % 2 * 120)[..., None]).astype(np.uint8)
        cv2.imwrite(str(root / f"eg1800/train/images/{number}.png"), rgb[..., ::-1])
        cv2.imwrite(str(root / f"eg1800/train/masks/{number}.png"), person.astype(np.uint8))
    return root


def recipe(**changes: str) -> Recipe:
    text = RECIPE
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse_recipe(text, "test")


def test_a_composite_has_its_matte_and_its_motion(root: Path) -> None:
    dataset = open_dataset("portraits", root)
    part = recipe().data.composites
    assert part is not None
    asked: list[int] = []
    assert dataset.class_set is not None
    windows = composites_of(part, dataset.clips, dataset.class_set, root, 2, lambda: asked.append(1))  # type: ignore[arg-type]
    assert len(asked) >= 8, "whoever waits must be able to stop it"
    batch = collate([windows.window(seed, np.random.default_rng(0)) for seed in range(3)])
    assert batch.mattes is not None
    assert batch.motion is not None
    assert batch.mattes.known.all()
    assert batch.motion.exact.all()
    alpha, labels = batch.mattes.alpha, batch.labels
    assert ((alpha > 0.1) & (alpha < 0.9)).any()
    assert (labels[(alpha > 0.1) & (alpha < 0.9)] == 255).all()
    assert (labels[alpha > 0.99] == 1).all()
    assert (labels[alpha < 0.01] == 0).all()
    assert (alpha[:, 1] - alpha[:, 0]).abs().max() > 0.1, "people move"


def test_a_student_learns_them(root: Path, tmp_path: Path) -> None:
    spec = JobSpec(recipe=RECIPE, root=str(root), threads=1, device="cpu")
    job = Job.create(tmp_path / "run", spec)
    with JobOwner(job) as owner:
        train(owner, spec, recipe())
    told = [event for event, _ in job.events() if event["type"] == "metric" and "alpha_change" in event]
    assert all(told[0][name] > 0 for name in ("alpha_difference", "alpha_pyramid", "alpha_change", "temporal"))
    network = build_network("fast_scnn", 2, **recipe().model.options)
    load_weights(job.checkpoints / "last.safetensors", network, averaged=False)
    card = card_of(job, spec, recipe(), network, labelled_course(spec, recipe()).learnt, None)
    assert card.task == "matting"
    assert card.class_set.names == ("background", "foreground")
    assert "composites of these people before 1 synthetic streets, 50% of every batch" in card.training_data
    assert card.losses["alpha_change"] == 5.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"[data.composites]\nshare = 0.5\nstreets = 1\nsize = [96, 96]": ""}, "composites alone have"),
        ({"streets = 1": "streets = 0"}, "neither backgrounds nor streets"),
        ({"share = 0.5": "share = 0.1"}, "no sample of a batch of 2"),
        ({"share = 0.5": "share = 1.0"}, "leave none of a batch"),
        ({"streets = 1": "streets = 1\nfirst_seed = 1000000"}, "kept for judging"),
    ],
)
def test_a_recipe_that_cannot_be_says_why(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(RecipeError, match=reason):
        recipe(**changes)


def test_the_dataset_of_portraits_is_checked(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="eg1800/ and celebamask/"):
        open_dataset("portraits", tmp_path)
    with pytest.raises(DatasetError, match="nothing is judged by it"):
        open_dataset("portraits", tmp_path, "test")
