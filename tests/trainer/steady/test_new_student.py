"""A model that is only ONNX: a new student learns what it says, whatever it says, and is compared with it."""

import re
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pytest

from engine.errors import ModelError
from engine.models.bundle import read_card, read_weights
from engine.models.card import InputPolicy
from engine.segmenter import load_model
from tests.trainer.steady.lone import write_lone
from tests.trainer.steady.small import SMALL, drawn_clip
from tests.trainer.steady.test_run import run
from trainer.job import Job, JobStopped
from trainer.recipe.teacher import TeacherPart, ViewsPart
from trainer.steady import NEW, NEW_MATTE, ClipSpan, begin, plan_steadying, read_verdict
from trainer.steady.estimate import estimated_s
from trainer.teachers import TeacherError, find_teacher
from trainer.teachers.graphs import MOST_CELLS, AskedGraph

TINY: dict[str, Any] = {**SMALL, "steady": {"shares": [0.0]}}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_clip(tmp_path_factory.mktemp("clips") / "drive")


def make(folder: Path, clip: Path, model: Path, **how: Any) -> Job:
    plan = plan_steadying([ClipSpan(clip)], model, threads=1, device="cpu", changes=TINY, **how)
    return Job.create(folder, plan.spec)


@pytest.mark.parametrize("output", ["sigmoid", "classes"])
def test_from_a_graph_to_a_verdict(tmp_path: Path, clip: Path, output: Literal["sigmoid", "classes"]) -> None:
    model = write_lone(tmp_path / "theirs", output=output)
    job = make(tmp_path / "run", clip, model.with_suffix(".safetensors"))
    assert job.spec().start == str(NEW)
    if output == "sigmoid":  # it is resumed like any other
        with pytest.raises(JobStopped):
            run(job, stop_at=1)
        stopped = read_card(job.folder / "student.onnx")
        assert stopped.class_set == read_card(model).class_set
        job.refuse_foreign()
    run(job)
    document = read_verdict(job.folder)
    assert document["baseline"]["model"] == "theirs"
    assert document["candidate"]["model"] == "theirs-steady"
    assert document["new_student"]["family"] == "fast_scnn"
    assert document["new_student"]["taught_by"] == f"theirs {read_card(model).graph_hash}"
    assert document["candidate"]["latency_p50"] > 0
    assert "theirs itself" in document["referee"]
    theirs, ours = read_card(model), read_card(job.folder / "student.onnx")
    assert ours.class_set == theirs.class_set
    assert ours.parent == f"street {read_card(NEW.with_suffix('.onnx')).weights_hash}"
    assert ours.licence == "research use, non-commercial / MIT"
    weights, before = read_weights(job.folder / "student.safetensors"), read_weights(NEW)
    assert weights["classify.1.weight"].shape[0] == len(theirs.class_set)
    drift = max(np.abs(weights[name] - before[name]).max() for name in weights if name.startswith("stem.0"))
    assert 0 < drift < 0.1, "its body is the bundled student's"
    student = load_model(job.folder / "student.onnx", device="cpu", threads=1)
    try:
        made = student.segment(np.zeros((96, 160, 3), np.uint8), scores=True)
        assert made.scores is not None
        assert made.scores.shape[0] == len(theirs.class_set)
    finally:
        student.close()


def test_a_graph_of_mattes_teaches_a_new_student_of_mattes(tmp_path: Path, clip: Path) -> None:
    model = write_lone(tmp_path / "theirs", task="matting")
    job = make(tmp_path / "run", clip, model)
    assert job.spec().start == str(NEW_MATTE)
    run(job)
    document = read_verdict(job.folder)
    assert document["baseline"]["model"] == "theirs"
    assert document["baseline"]["soft_flicker"] is not None
    assert document["candidate"]["soft_flicker"] is not None
    ours = read_card(job.folder / "student.onnx")
    assert (ours.task, ours.family) == ("matting", "fast_scnn")
    weights, before = read_weights(job.folder / "student.safetensors"), read_weights(NEW_MATTE)
    drift = max(np.abs(weights[name] - before[name]).max() for name in weights if name.startswith("classify"))
    assert 0 < drift < 0.1, "it begins as a model that knows people, heads and all"
    student = load_model(job.folder / "student.onnx", device="cpu", threads=1)
    assert student.segment(np.zeros((96, 160, 3), np.uint8)).alpha is not None
    student.close()


def test_the_student_sees_no_finer_than_its_teacher(tmp_path: Path) -> None:
    model = write_lone(tmp_path)
    assert read_card(model).input.fixed == (48, 32)
    assert begin(model).card.input == InputPolicy(short_side=192, multiple=32)
    assert begin(model).teacher == model
    own = begin(NEW)
    assert (own.weights, own.teacher, own.card.input.short_side) == (NEW, None, 352)
    with pytest.raises(ModelError, match="a graph alone cannot be trained"):
        begin(tmp_path / "gone.onnx")


def test_it_learns_longer_and_its_time_counts_both_models(tmp_path: Path, clip: Path) -> None:
    new = plan_steadying([ClipSpan(clip)], write_lone(tmp_path))
    usual = plan_steadying([ClipSpan(clip)], NEW)
    assert new.recipe.train.epochs > usual.recipe.train.epochs
    assert new.recipe.steady is not None
    assert new.recipe.steady.shares == (0.0,), "it begins as a model of other classes"
    assert new.recipe.teacher is not None
    assert new.recipe.teacher.bundle == str(tmp_path / "theirs.onnx")
    assert estimated_s(new, 20, 20) < estimated_s(new, 20, 80) < estimated_s(new, 40, 80)


def test_a_teacher_of_other_classes_is_refused(tmp_path: Path, clip: Path) -> None:
    job = make(tmp_path / "run", clip, write_lone(tmp_path / "theirs"), teacher="street")
    with pytest.raises(TeacherError, match="street"):
        run(job)


def test_a_graph_teaches_offline_alone(tmp_path: Path) -> None:
    model = write_lone(tmp_path)
    assert find_teacher(TeacherPart(kind="offline", bundle=str(model)))[0] == model
    with pytest.raises(TeacherError, match=re.escape('kind = "offline" alone')):
        find_teacher(TeacherPart(kind="frozen", bundle=str(model)))


@pytest.mark.parametrize("output", ["logits", "sigmoid", "classes"])
def test_what_a_graph_says_of_a_frame(tmp_path: Path, output: Literal["logits", "sigmoid", "classes"]) -> None:
    model = load_model(write_lone(tmp_path, output=output), device="cpu", threads=1)
    frame = cv2.resize(np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8), (96, 64))
    asked: list[None] = []
    try:
        plain = AskedGraph(model, ViewsPart(), lambda: asked.append(None))(frame)
        viewed = AskedGraph(model, ViewsPart(flip=True, scales=(0.85,)), lambda: asked.append(None))(frame)
        mirrored = AskedGraph(model, ViewsPart(flip=True), lambda: None)(np.ascontiguousarray(frame[:, ::-1]))
        classes = model.segment(frame).classes
    finally:
        model.close()
    assert len(asked) == 5
    for said in (plain, viewed):
        assert said.shape == (32, 48, 3 if output != "sigmoid" else 2)
        np.testing.assert_allclose(said.sum(axis=-1), 1, atol=1e-5)
    assert (plain.argmax(axis=-1) == classes).mean() > 0.98
    assert (viewed.argmax(axis=-1) == classes).mean() > 0.9
    assert plain.shape[0] * plain.shape[1] <= MOST_CELLS
    assert (mirrored[:, ::-1].argmax(axis=-1) == classes).mean() > 0.9
    if output == "classes":
        assert set(np.unique(plain)) <= {0.0, 1.0}
