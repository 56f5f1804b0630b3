"""A whole steadying in small: a clip of a drawn street goes in, a student and a verdict come out."""

import json
import shutil
from pathlib import Path

import pytest

from engine.models.bundle import read_graph, read_peer_card, read_weights
from engine.models.keeping import keep_bundle
from engine.models.library import Library
from engine.segmenter import load_model
from tests.trainer.steady.small import drawn_clip, small_job, small_student
from trainer.job import Job, JobOwner, JobStopped
from trainer.recipe import parse_recipe
from trainer.steady import read_verdict
from trainer.steady.run import steady


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_clip(tmp_path_factory.mktemp("clips") / "drive")


def run(job: Job, stop_at: int | None = None) -> None:
    """Do it in this process; `stop_at`: a stop is asked for before that step."""
    spec = job.spec()
    with JobOwner(job) as owner:
        if stop_at is not None:
            obey = owner.obey

            def stopping() -> None:
                if sum(event["type"] == "metric" for event, _ in job.events()) >= stop_at:
                    job.control("stop")
                obey()

            owner.obey = stopping  # type: ignore[method-assign]
        steady(owner, spec, parse_recipe(spec.recipe, "job.toml"))


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_student(tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="module")
def done(clip: Path, student: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run that was stopped after its first epoch, and went on."""
    job = small_job(tmp_path_factory.mktemp("run") / "run", clip, student)
    with pytest.raises(JobStopped):
        run(job, stop_at=1)
    assert job.status() == "stopped"
    shutil.copytree(job.folder, job.folder.with_name("stopped"))
    job.refuse_foreign()
    run(job)
    return job


def test_it_leaves_a_student_and_a_verdict_whatever_that_is(done: Job, clip: Path, student: Path) -> None:
    assert done.status() == "done"
    document = read_verdict(done.folder)
    assert document["verdict"] in ("better", "not better", "worse")
    assert document["reason"] == document["reasons"][0]
    (judged,) = document["clips"]
    assert judged == {"clip": str(clip), "learnt": [[0, 13]], "chose": [14, 17], "judged": [18, 23]}
    assert document["frames"] == 6
    for side in ("baseline", "candidate"):
        assert 0 < document[side]["flicker"] < 1
        assert document[side]["latency_p50"] > 0
        assert set(document[side]["by_class"]["flicker"]) == set(read_peer_card(student).class_set.names)
    assert document["start_share"] in (0.0, 0.5)
    assert document["seconds"] > 0


def test_the_student_is_the_same_graph_with_other_weights(done: Job, student: Path) -> None:
    graph, card = read_graph(done.folder / "student.onnx")
    start, before = read_graph(student.with_suffix(".onnx"))
    assert [node.op_type for node in graph.graph.node] == [node.op_type for node in start.graph.node]
    assert card.name == "mine"
    assert card.parent == f"street {before.weights_hash}"
    assert card.teacher == f"street {before.weights_hash}"
    assert card.losses["temporal"] > 0
    assert card.parameters == before.parameters
    assert any("drive" in words for words in card.training_data)
    ours, theirs = read_weights(done.folder / "student.safetensors"), read_weights(student)
    assert any((ours[name] != theirs[name]).any() for name in ours)


def test_what_is_told_on_the_way(done: Job) -> None:
    events = [event for event, _ in done.events()]
    stages = [event.get("stage", "training") for event in events if event["type"] == "progress"]
    assert list(dict.fromkeys(stages)) == ["targets", "training", "judging"]
    asides = [event for event in events if "flicker_aside" in event]
    assert {event["step"] for event in asides} == {1, 2}
    assert asides[-1].keys() >= {"agreement_aside", "flicker_before_aside", "agreement_before_aside"}
    assert (done.folder / "preview.png").is_file()
    assert [event["verdict"] for event in events if event["type"] == "verdict"] == [
        read_verdict(done.folder)["verdict"]
    ]


def test_what_was_stopped_is_a_student_as_well(done: Job) -> None:
    stopped = done.folder.with_name("stopped")
    model = load_model(stopped / "student.onnx", device="cpu", threads=1)
    try:
        assert model.card.name == "mine"
    finally:
        model.close()
    assert not (stopped / "verdict.json").exists()


def test_it_is_kept_in_the_library_under_its_new_name(done: Job, tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        entry = keep_bundle(done.folder / "student.onnx", "mine-2", library)
        assert entry.card is not None
        assert (entry.name, entry.card.name, entry.origin) == ("mine-2", "mine-2", "own")
        assert [each.name for each in library.entries() if each.origin == "own"] == ["mine-2"]
    assert json.loads((done.folder / "verdict.json").read_text())["candidate"]["model"] == "mine"
