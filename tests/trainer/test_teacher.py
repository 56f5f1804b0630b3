"""A student learns from a frozen teacher, by recipe: who can teach, what is told, and that a resume changes nothing."""

from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from torch import Tensor

from engine.errors import ModelError, UnknownNameError
from engine.models.bundle import read_peer_card, write_bundle
from engine.models.card import InputPolicy, ModelCard, Normalisation
from engine.models.classes import ClassSet, bundled_class_set
from engine.networks import build_network
from engine.networks.normalise import PIXEL_MEAN, PIXEL_STD
from resources import MODELS
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.small import RECIPE, ended_alike, small_job
from trainer.export import card_of, export_student
from trainer.job import Job, JobOwner, JobSpec, JobStopped, training_spec
from trainer.loop import train
from trainer.losses.multi_frame import CLIP
from trainer.recipe import RecipeError, TeacherPart, parse_recipe
from trainer.teachers import TeacherError, find_teacher
from trainer.teachers.frozen import FrozenTeacher
from trainer.weights.checkpoint import _read

CPU = torch.device("cpu")
TERMS = ("single_frame", "self_similarity", "pair_wise_frames", "multi_frame")
WEIGHTS = (0.5, 0.25, 0.125, 0.0625)


def write_teacher(stem: Path, class_set: ClassSet | None = None, *, seed: int = 5, **changes: Any) -> Path:
    """A bundle of an untrained network that is wider than the student's; returns its `.safetensors`."""
    class_set = class_set or bundled_class_set("camvid")
    options = {"detail_channels": 24}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network("tiny", len(class_set), **options)
    card = ModelCard(
        name="tutor",
        version="1",
        task="semantic",
        class_set=class_set,
        input=InputPolicy(short_side=96, multiple=32),
        normalisation=Normalisation(mean=PIXEL_MEAN, std=PIXEL_STD),
        family="tiny",
        options=options,
        parameters=1,
        licence="Apache-2.0",
    ).model_copy(update=changes)
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_bundle(stem, onnx.ModelProto(), {k: v.numpy() for k, v in network.state_dict().items()}, card)
    return stem.with_name(f"{stem.name}.safetensors")


def taught(teacher: Path | str, *, window: int = 2, epochs: int = 2, weights: str | None = None) -> str:
    """The small recipe with a teacher and all of its terms."""
    keys = "".join(f"{name} = {weight}\n" for name, weight in zip(TERMS, WEIGHTS, strict=True))
    weights = weights or f"temperature = 2.0\n{keys}"
    text = RECIPE.replace("EPOCHS", str(epochs)).replace("[data]", f'[data]\nsplit = "val"\nwindow = {window}')
    return f'{text}{weights}\n[teacher]\nbundle = "{teacher}"\n'


def job_of(folder: Path, recipe: str, number: int = 0) -> Job:
    root = folder / "data"
    if not root.exists():
        write_camvid(root, "val")
    return Job.create(folder / f"run{number}", JobSpec(recipe=recipe, root=str(root), threads=1, device="cpu"))


def run(job: Job, stop_at: int | None = None) -> None:
    """Train in this process; `stop_at` asks for a stop before that step."""
    spec = job.spec()
    with JobOwner(job) as owner:
        if stop_at is not None:
            obey, steps = owner.obey, iter(range(10_000))
            owner.obey = lambda: job.control("stop" if next(steps) >= stop_at else "run") or obey()  # type: ignore[method-assign,func-returns-value]
        train(owner, spec, parse_recipe(spec.recipe, "test"))


def test_a_student_learns_from_a_teacher_and_a_resume_equals_an_uninterrupted_run(tmp_path: Path) -> None:
    recipe = taught(write_teacher(tmp_path / "tutor"))
    whole, parts = job_of(tmp_path, recipe), job_of(tmp_path, recipe, 1)
    run(whole)
    with pytest.raises(JobStopped):
        run(parts, stop_at=3)
    parts.control("run")
    run(parts)
    ended_alike(whole, parts)
    means = [event for event, _ in whole.events() if "loss" in event]
    assert len(means) == 2
    for event in means:
        assert all(event[name] > 0 for name in TERMS)
        told = sum(event[name] * weight for name, weight in zip(TERMS, WEIGHTS, strict=True))
        assert event["loss"] == pytest.approx(event["cross_entropy"] + 0.4 * event["auxiliary"] + told, abs=3e-5)


def test_what_a_term_learns_itself_is_trained_within_its_bounds_and_stored(tmp_path: Path) -> None:
    recipe = taught(write_teacher(tmp_path / "tutor"), epochs=1)
    learnt = []
    for number, stop_at in enumerate((1, None)):
        job = job_of(tmp_path, recipe, number)
        if stop_at is None:
            run(job)
        else:
            with pytest.raises(JobStopped):
                run(job, stop_at)
        learnt.append(_read(job.checkpoints / "last.safetensors")[0]["objective/multi_frame.embed.gates.weight"])
    assert not torch.equal(learnt[0], learnt[1])
    assert max(weight.abs().max() for weight in learnt) <= CLIP


def test_a_training_does_not_go_on_with_another_teacher(tmp_path: Path) -> None:
    weights = write_teacher(tmp_path / "tutor")
    job = job_of(tmp_path, taught(weights))
    with pytest.raises(JobStopped):
        run(job, stop_at=1)
    job.control("run")
    began = read_peer_card(weights).weights_hash
    write_teacher(tmp_path / "tutor", seed=6)
    with pytest.raises(TeacherError, match=f"began with the teacher tutor {began}, and {weights} holds"):
        run(job)


def test_a_student_comes_nearer_to_its_teacher(tmp_path: Path) -> None:
    weights = "cross_entropy = 0.0\nsingle_frame = 1.0\nself_similarity = 1.0\n"
    recipe = taught(write_teacher(tmp_path / "tutor"), window=1, epochs=12, weights=weights)
    job = job_of(tmp_path, recipe.replace("auxiliary = 0.4\n", "").replace("flip = 0.5", "flip = 0.0"))
    run(job)
    losses = [event for event, _ in job.events() if "loss" in event]
    assert set(losses[0]) & {"cross_entropy", "auxiliary", *TERMS} == {"single_frame", "self_similarity"}
    assert losses[-1]["loss"] < 0.7 * losses[0]["loss"]


def test_a_teacher_changes_neither_itself_nor_where_the_student_starts(tmp_path: Path) -> None:
    weights = write_teacher(tmp_path / "tutor")
    before = torch.get_rng_state()
    teacher = FrozenTeacher(TeacherPart(bundle=str(weights)), bundled_class_set("camvid"), CPU)
    assert torch.equal(torch.get_rng_state(), before)
    frames = torch.randn(2, 3, 64, 96, requires_grad=True)
    first, again = teacher(frames), teacher(frames)
    assert first.logits.shape == (2, 11, 16, 24)
    assert first.features.shape == (2, 24, 16, 24)
    assert first.auxiliary is None
    for one, other in ((first.logits, again.logits), (first.features, again.features)):
        assert not one.requires_grad
        assert torch.equal(one, other)  # no dropout, and no batch that moves its statistics
    alone: Tensor = teacher(frames[:1]).logits
    assert torch.allclose(alone, first.logits[:1], atol=1e-5)


def test_a_teacher_is_found_by_name_and_by_either_file(tmp_path: Path) -> None:
    weights = write_teacher(tmp_path / "tutor.v2")
    for path in (weights, tmp_path / "tutor.v2.onnx"):
        found, card = find_teacher(TeacherPart(bundle=str(path)))
        assert (found, card.name) == (weights, "tutor")
    assert find_teacher(TeacherPart(bundle="street"))[0] == MODELS / "street.safetensors"
    with pytest.raises(UnknownNameError, match=r"there is no model 'nobody'; known models: .*street"):
        find_teacher(TeacherPart(bundle="nobody"))
    with pytest.raises(TeacherError, match=rf"there is no file {tmp_path}/gone.safetensors.*bundle under \[teacher\]"):
        find_teacher(TeacherPart(bundle=str(tmp_path / "gone.safetensors")))
    (tmp_path / "text.safetensors").write_text("nothing")
    with pytest.raises(ModelError, match=r"text.safetensors cannot be read"):
        find_teacher(TeacherPart(bundle=str(tmp_path / "text.safetensors")))


def test_a_training_is_refused_before_it_has_a_folder_where_its_teacher_is_missing(tmp_path: Path) -> None:
    recipe = tmp_path / "taught.toml"
    recipe.write_text(taught(tmp_path / "gone.safetensors"))
    with pytest.raises(TeacherError, match="there is no file"):
        training_spec(str(recipe), tmp_path)
    recipe.write_text(taught(write_teacher(tmp_path / "tutor")))
    assert training_spec(str(recipe), tmp_path).recipe == recipe.read_text()


def test_a_teacher_must_know_the_same_classes_and_see_the_same_frames(tmp_path: Path) -> None:
    camvid, cityscapes = bundled_class_set("camvid"), bundled_class_set("cityscapes")
    swapped = camvid.model_copy(update={"classes": (camvid.classes[1], camvid.classes[0], *camvid.classes[2:])})
    fewer = camvid.model_copy(update={"classes": camvid.classes[:-1]})
    cases = (
        (cityscapes, f"calls class 0 {cityscapes.names[0]} and the dataset calls it {camvid.names[0]}"),
        (swapped, f"calls class 0 {camvid.names[1]} and the dataset calls it {camvid.names[0]}"),
        (fewer, f"calls class 10 nothing and the dataset calls it {camvid.names[10]}"),
    )
    for number, (class_set, told) in enumerate(cases):
        weights = write_teacher(tmp_path / f"tutor{number}", class_set)
        with pytest.raises(TeacherError, match=told):
            FrozenTeacher(TeacherPart(bundle=str(weights)), camvid, CPU)
    other = Normalisation(mean=(0, 0, 0), std=(255, 255, 255))
    weights = write_teacher(tmp_path / "other", normalisation=other)
    with pytest.raises(TeacherError, match="normalised"):
        FrozenTeacher(TeacherPart(bundle=str(weights)), camvid, CPU)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[: text.index("[teacher]")], r"self_similarity.* there is none; name one by bundle"),
        (lambda text: text.replace("window = 2", "window = 1"), r"window is 1; under \[data\] set window = 2 or more"),
        (
            lambda text: "\n".join(line for line in text.splitlines() if not line.startswith(TERMS)),
            r"nothing under \[loss\] learns from the teacher",
        ),
        (lambda text: text.replace("/somewhere/", "somewhere/"), r"neither a model's name nor the whole path"),
        (lambda text: text.replace("/somewhere/tutor.safetensors", "/somewhere/tutor.pth"), r"nor the whole path"),
        (lambda text: text.replace("temperature = 2.0", "temperature = 0.0"), r"greater than 0"),
    ],
)
def test_what_cannot_be_taught_is_refused_with_the_remedy(change: Any, told: str) -> None:
    text = taught("/somewhere/tutor.safetensors")
    parse_recipe(text, "test")
    with pytest.raises(RecipeError, match=told):
        parse_recipe(change(text), "test")


def test_the_students_card_names_its_teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = write_teacher(tmp_path / "tutor")
    job = job_of(tmp_path, taught(weights))
    cards = []
    for module in ("loop", "export"):
        monkeypatch.setattr(f"trainer.{module}.card_of", lambda *given: cards.append(card_of(*given)) or cards[-1])
    run(job)
    taught_by = f"tutor {read_peer_card(weights).weights_hash}"
    write_teacher(tmp_path / "tutor", seed=6)  # the export says who taught it, not who could today
    monkeypatch.setattr("trainer.export.export_bundle", lambda network, card, *_: card)
    with JobOwner(job) as owner:
        export_student(owner, job.spec(), parse_recipe(job.spec().recipe, "test"))
    card, exported = cards
    assert card.teacher == exported.teacher == taught_by
    assert {name: card.losses[name] for name in TERMS} == dict(zip(TERMS, WEIGHTS, strict=True))
    plain = small_job(tmp_path / "plain", epochs=1)
    run(plain)
    assert cards[-1].teacher is None
