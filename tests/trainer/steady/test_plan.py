"""From clips and a preset to a job: what will happen is known before it does, and what cannot happen is said."""

import re
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import DatasetError, ModelError, UnknownNameError
from engine.models.bundle import read_graph, read_weights, write_bundle
from resources import MODELS
from trainer.job import Job
from trainer.recipe import RecipeError, parse_recipe
from trainer.steady import PRESET_NAMES, ClipSpan, plan_steadying, trainable
from trainer.steady.estimate import estimated_s

START = MODELS / "street.safetensors"


def clip(folder: Path, count: int = 40) -> Path:
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:03d}.png"), np.roll(noise, number, axis=1))
    return folder


def test_the_job_holds_all_that_it_does(tmp_path: Path) -> None:
    where = clip(tmp_path / "drive")
    plan = plan_steadying([ClipSpan(where)], START, name="mine", seed=5, threads=1, device="cpu")
    job = Job.create(tmp_path / "run", plan.spec)
    spec = job.spec()
    recipe = parse_recipe(spec.recipe, "job.toml")
    assert (spec.verb, spec.start, spec.threads, spec.device) == ("steady", str(START), 1, "cpu")
    assert (recipe.seed, recipe.model.name, recipe.model.family) == (5, "mine", "fast_scnn")
    assert recipe == plan.recipe
    assert recipe.steady is not None
    (one,) = recipe.steady.clips
    assert (one.path, one.learn, one.choose, one.judge) == (str(where), ((0, 24),), (24, 29), (29, 40))
    assert recipe.data.unlabelled is not None
    assert recipe.data.unlabelled.clips == (str(where),)
    assert recipe.data.unlabelled.learnt(0, 40) == range(24)


def test_samples_are_whole_frames_as_the_student_sees_them(tmp_path: Path) -> None:
    plan = plan_steadying([ClipSpan(clip(tmp_path / "drive"))], START)
    data = plan.recipe.data
    assert (data.crop[1], data.crop[0]) == plan.student.input.size_for(64, 48) == (480, 352)
    assert data.unlabelled is not None
    assert data.unlabelled.as_seen
    assert data.synthetic is not None
    assert data.synthetic.size == (480, 352)
    parts = plan_steadying([ClipSpan(tmp_path / "drive")], START, changes={"data": {"crop": [256, 448]}}).recipe.data
    assert parts.crop == (256, 448)
    assert parts.unlabelled is not None
    assert not parts.unlabelled.as_seen


def test_what_is_learnt_keeps_to_the_range(tmp_path: Path) -> None:
    plan = plan_steadying([ClipSpan(clip(tmp_path / "drive"), (10, 39))], START)
    (_, spans), *_ = plan.clips
    assert spans.learn == (range(10, 28),)
    assert spans.judge.stop == 40


def test_it_is_named_after_its_student(tmp_path: Path) -> None:
    plan = plan_steadying([ClipSpan(clip(tmp_path / "drive"))], START)
    assert plan.recipe.model.name == "street-steady"
    assert plan.recipe.model.summary == "street, steadied on drive."


@pytest.mark.parametrize(
    ("range_", "error", "words"),
    [
        ((0, 40), DatasetError, "frames 0 to 39; 0 to 40 is no range"),
        ((30, 20), DatasetError, "30 to 20 is no range"),
        ((0, 12), DatasetError, r"13 frames to work with.*longer clip"),
    ],
)
def test_a_range_that_cannot_be_is_refused(
    tmp_path: Path, range_: tuple[int, int], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        plan_steadying([ClipSpan(clip(tmp_path / "drive"), range_)], START)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    where = clip(tmp_path / "drive")
    with pytest.raises(DatasetError, match=re.escape(f"there is no clip {tmp_path / 'gone.mp4'}")):
        plan_steadying([ClipSpan(tmp_path / "gone.mp4")], START)
    with pytest.raises(DatasetError, match="no clip to learn from"):
        plan_steadying([], START)
    with pytest.raises(UnknownNameError, match=r"no preset 'slow'; known: quick"):
        plan_steadying([ClipSpan(where)], START, preset="slow")
    with pytest.raises(RecipeError, match="teacher"):
        plan_steadying([ClipSpan(where)], START, teacher="sub/folder")


def test_a_graph_alone_cannot_be_trained(tmp_path: Path) -> None:
    lone = tmp_path / "lone.onnx"
    lone.write_bytes((MODELS / "street.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"lone\.onnx has no lone\.safetensors beside it"):
        trainable(lone.with_suffix(".safetensors"))
    assert trainable(START).name == "street"


def test_what_was_exported_to_int8_cannot_be_trained(tmp_path: Path) -> None:
    graph, card = read_graph(MODELS / "street.onnx")
    less = card.model_copy(update={"precision": "int8", "parent": "street sha256:1"})
    write_bundle(tmp_path / "less", graph, read_weights(START), less)
    with pytest.raises(ModelError, match="beside a graph of int8, which cannot be trained; take what it was exported"):
        trainable(tmp_path / "less.safetensors")


def test_more_work_takes_longer(tmp_path: Path) -> None:
    where = clip(tmp_path / "drive")
    short = plan_steadying([ClipSpan(where)], START, changes={"train": {"epochs": 1}})
    long = plan_steadying([ClipSpan(where)], START, changes={"train": {"epochs": 9}})
    assert estimated_s(short, 20) < estimated_s(long, 20) < estimated_s(long, 40)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": {"cross_entropy": 1.0}}, "cross_entropy under .loss. learns from labels and there is no dataset"),
        ({"loss": {"single_frame": 0.0}}, "nothing under .loss. learns from the teacher|offline teacher"),
        ({"data": {"synthetic": {"replay": False}}}, "set replay = true"),
        ({"data": {"synthetic": {"share": 0.0}}}, "leave 1 of a batch of 3 for a dataset and there is none"),
    ],
)
def test_a_recipe_without_labels_says_what_it_lacks(tmp_path: Path, changes: dict, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        plan_steadying([ClipSpan(clip(tmp_path / "drive"))], START, changes=changes)


def test_a_judging_frame_is_never_a_learning_one(tmp_path: Path) -> None:
    plan = plan_steadying([ClipSpan(clip(tmp_path / "drive"))], START)
    raw = tomllib.loads(plan.spec.recipe)
    raw["steady"]["clips"][0]["judge"] = [20, 40]
    import tomli_w

    with pytest.raises(RecipeError, match="each must begin where the one before has ended"):
        parse_recipe(tomli_w.dumps(raw), "job.toml")


def test_longer_presets_learn_longer_of_more_views_and_nothing_else(tmp_path: Path) -> None:
    where = clip(tmp_path / "drive")
    quick, standard, thorough = (plan_steadying([ClipSpan(where)], START, preset=name).recipe for name in PRESET_NAMES)
    assert quick.train.epochs < standard.train.epochs < thorough.train.epochs
    for longer in (standard, thorough):
        assert longer.loss == quick.loss
        assert longer.teacher is not None
        assert quick.teacher is not None
        assert longer.teacher.model_copy(update={"views": quick.teacher.views}) == quick.teacher
        assert len(longer.teacher.views.all) >= len(quick.teacher.views.all)
        assert longer.train.model_copy(update={"epochs": quick.train.epochs}) == quick.train
