"""The paper's recipes in miniature, and video of every layout that has it: sizes are overridden, nothing else."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.models.bundle import read_card, read_peer_card
from engine.networks.resnet import ResNet
from engine.video.images import DEFAULT_RATE
from tests.engine.datasets.layouts import write_camvid, write_cityscapes, write_vspw
from tests.trainer.small import RECIPE
from tests.trainer.test_encoder import _resnet_names
from tests.trainer.test_reference import derived, toml
from trainer.data.sources import ClipWindows
from trainer.data.split import open_training_data
from trainer.job import Job, JobOwner, JobSpec
from trainer.loop import train
from trainer.recipe import parse_recipe, recipe_text
from trainer.recipe.teacher import TeacherPart
from trainer.student import train_student

SMALL = {
    "data": {"crop": [32, 32], "keep_aside_every": 2},
    "train": {"epochs": 1, "batch": 2},
    "model": {"input": {"fixed": [48, 32]}},
}
"""Of frames of one size, for which an export is far quicker."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ResNet-18 where torchvision puts it, and Cityscapes' training snippets under `data`."""
    folder = tmp_path_factory.mktemp("home")
    torch.manual_seed(0)
    encoder = ResNet(18)
    own = encoder.state_dict()
    weights = folder / ".cache" / "torch" / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    weights.parent.mkdir(parents=True)
    torch.save({name: own[encoder.own_name(name) or ""] for name in _resnet_names(18)}, weights)
    write_cityscapes(folder / "data")
    return folder


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))


def made(folder: Path, root: Path, text: str) -> tuple[Job, JobSpec]:
    spec = JobSpec(recipe=text, root=str(root), threads=1, device="cpu")
    return Job.create(folder, spec), spec


def terms(job: Job) -> dict[str, float]:
    """What the last interval told."""
    return [event for event, _ in job.events() if "loss" in event][-1]


@pytest.mark.usefixtures("operators_read_once")
def test_the_papers_recipes_make_a_student_with_a_card_and_one_that_is_taught(home: Path, tmp_path: Path) -> None:
    root = home / "data"
    job, spec = made(tmp_path / "student", root, toml(derived("cityscapes-pspnet18", SMALL)))
    with JobOwner(job) as owner:
        train_student(owner, spec, parse_recipe(spec.recipe, "test"))
    card = read_card(job.folder / "student.onnx")
    assert read_peer_card(job.folder / "student.safetensors").weights_hash == card.weights_hash
    assert (card.name, card.family, card.licence) == (
        "cityscapes-pspnet18",
        "pspnet18",
        "research use, non-commercial",
    )
    assert card.class_set.name == "cityscapes"
    assert card.losses is not None
    assert card.losses["temporal"] == 0.1
    assert "encoder weights of resnet18-f37072fd.pth" in card.training_data
    told = terms(job)
    assert told["temporal"] > 0
    expected = told["cross_entropy"] + 0.4 * told["auxiliary"] + 0.1 * told["temporal"]
    assert told["loss"] == pytest.approx(expected, abs=3e-4)

    # The student stands for the teacher, which the recipe takes from the library.
    teacher = {"teacher": {"bundle": str(job.folder / "student.safetensors")}}
    taught, spec = made(tmp_path / "taught", root, toml(derived("cityscapes-pspnet18-distilled", SMALL, teacher)))
    with JobOwner(taught) as owner:
        train(owner, spec, parse_recipe(spec.recipe, "test"))
    assert {"temporal", "single_frame", "self_similarity", "pair_wise_frames", "multi_frame"} <= set(terms(taught))


def test_the_papers_recipes_differ_in_nothing_but_what_their_names_say() -> None:
    student, teacher, taught = (
        parse_recipe(recipe_text(name), name).model_dump()
        for name in ("cityscapes-pspnet18", "cityscapes-pspnet101", "cityscapes-pspnet18-distilled")
    )
    assert taught["teacher"] == TeacherPart(bundle=teacher["model"]["name"]).model_dump()
    for other in (teacher, taught):
        assert {key for key in student if student[key] != other[key]} <= {"model", "teacher", "loss"}
    assert student["loss"] == teacher["loss"]
    assert student["model"]["encoder"] == taught["model"]["encoder"]


def test_a_snippet_gives_triplets_around_its_labelled_frame(home: Path) -> None:
    part = parse_recipe(recipe_text("cityscapes-pspnet18"), "test").data
    part = part.model_copy(update={"keep_aside_every": 2})
    data = open_training_data(home / "data", part)
    assert [len(clip.samples) for clip in data.held_out] == [1, 1]
    windows = ClipWindows(data.learn, length=part.window, spacing=part.spacing)
    assert len(windows) == 2
    spacings, places = set(), set()
    for seed in range(20):
        window = windows.window(seed % 2, np.random.default_rng(seed))
        (labelled,) = [place for place, label in enumerate(window.labels) if label is not None]
        frames = np.array(window.pts_s) * float(DEFAULT_RATE)
        (spacing,) = set(np.diff(frames).round().astype(int).tolist())
        assert round(frames[labelled]) == 19
        spacings.add(spacing)
        places.add(labelled)
    assert (spacings, places) == ({1, 2}, {0, 1, 2})


VIDEO = {
    "camvid": lambda root: write_camvid(root, "val"),
    "vspw": write_vspw,
    "cityscapes": write_cityscapes,
}
SPLIT = {"camvid": "val", "vspw": "train", "cityscapes": "train"}
HELD_OUT = {"camvid": "auto", "vspw": "auto", "cityscapes": "every"}


@pytest.mark.parametrize("dataset", VIDEO)
def test_video_of_every_layout_is_trained_on_in_windows(dataset: str, tmp_path: Path) -> None:
    root = VIDEO[dataset](tmp_path / "data")
    text = RECIPE.replace("EPOCHS", "1").replace("batch = 4", "batch = 2").replace("[64, 96]", "[32, 32]")
    text = text.replace("keep_aside_every = 4", f'keep_aside_every = 2\nkeep_aside = "{HELD_OUT[dataset]}"\nwindow = 3')
    text = text.replace('"camvid"', f'"{dataset}"\nsplit = "{SPLIT[dataset]}"\nspacing = [1, 2]') + "temporal = 1.0\n"
    job, spec = made(tmp_path / "run", root, text)
    with JobOwner(job) as owner:
        train(owner, spec, parse_recipe(text, "test"))
    assert terms(job)["temporal"] > 0
    assert [event for event, _ in job.events() if "miou_aside" in event]
