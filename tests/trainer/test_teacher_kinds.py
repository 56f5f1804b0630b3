"""Teachers that change with the training or answered before it: what they do, and that a resume changes nothing."""

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.models.bundle import read_peer_card
from tests.trainer.small import ended_alike
from tests.trainer.test_teacher import job_of, run, taught, write_teacher
from trainer.data.sources import ClipWindows
from trainer.data.split import open_training_data
from trainer.export import card_of
from trainer.job import Job, JobStopped
from trainer.objective import TERMS
from trainer.recipe import RecipeError, parse_recipe
from trainer.recipe.teacher import TAUGHT
from trainer.teachers.ema import AverageTeacher
from trainer.weights.checkpoint import _read

CPU = torch.device("cpu")
SINGLE = "temperature = 2.0\nsingle_frame = 0.5\n"


def recipe_of(teacher: str, *, window: int = 2, epochs: int = 2, weights: str = SINGLE) -> str:
    """The small recipe with the lines `teacher` under [teacher]."""
    text = taught("/somewhere/tutor.safetensors", window=window, epochs=epochs, weights=weights)
    return text.replace('bundle = "/somewhere/tutor.safetensors"', teacher)


ALONG = 'kind = "along"\nfamily = "tiny"\noptions = { detail_channels = 24 }\nrate = 0.5'
KINDS = {
    "ema": 'kind = "ema"\ndecay = 0.9',
    "along": ALONG,
    "along from a bundle": 'kind = "along"\nbundle = "TUTOR"',
    "offline": 'kind = "offline"\nbundle = "TUTOR"\nreach = 2\nviews = { flip = true }',
    "offline, what it starts from": 'kind = "offline"\nbundle = "start"\nreach = 1',
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_resume_equals_an_uninterrupted_run(tmp_path: Path, kind: str) -> None:
    tutor = write_teacher(tmp_path / "tutor")
    recipe = recipe_of(KINDS[kind].replace("TUTOR", str(tutor)))
    if "start" in KINDS[kind]:
        recipe = recipe.replace("detail_channels = 16", "detail_channels = 24")
    spec = job_of(tmp_path, recipe).spec().model_copy(update={"start": str(tutor) if "start" in KINDS[kind] else ""})
    whole, parts = (Job.create(tmp_path / name, spec) for name in ("whole", "parts"))
    run(whole)
    with pytest.raises(JobStopped):
        run(parts, stop_at=_before_the_fourth_step(parts))
    parts.control("run")
    run(parts)
    weights, counters = ended_alike(whole, parts)
    assert any(name.startswith("teacher/") for name in weights) == ("offline" not in kind)
    assert all(event["single_frame"] > 0 for event, _ in whole.events() if "loss" in event)
    assert not whole.cache.exists()
    if "bundle" in KINDS[kind]:
        assert counters["teacher"].startswith(f"tutor {read_peer_card(tutor).weights_hash}")


def _before_the_fourth_step(job: Job) -> int:
    """How often the job is asked before its fourth step: an offline teacher asks before every view, too."""
    part = parse_recipe(job.spec().recipe, "test").teacher
    assert part is not None
    if part.live:
        return 3
    return 3 + len(wanted_of(job)) * (2 if part.views.flip else 1)


def wanted_of(job: Job) -> list[str]:
    """The names of the frames that its windows may show."""
    spec = job.spec()
    recipe = parse_recipe(spec.recipe, "test")
    clips = open_training_data(Path(spec.root), recipe.data).learn
    footage = ClipWindows(clips, length=recipe.data.window).footage()
    return [clip.keys[place] for clip in footage for place in clip.wanted]


# ---- a moving average


def test_the_average_follows_the_student_as_the_formula_says() -> None:
    student = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1), torch.nn.BatchNorm2d(2))
    teacher = AverageTeacher(student, 0.5, CPU)
    expected: dict[str, torch.Tensor] = {}
    for step in range(30):
        with torch.no_grad():
            for parameter in student.parameters():
                parameter.add_(torch.randn_like(parameter))
        student.train()(torch.randn(4, 3, 5, 5))
        teacher.after_step(student)
        decay = min(0.5, (1 + step) / (10 + step))
        for name, value in student.state_dict().items():
            if value.is_floating_point():
                before = expected.get(name, value)
                expected[name] = before.clone() if step == 0 else decay * before + (1 - decay) * value
    average = teacher.state.module.state_dict()  # type: ignore[union-attr]
    assert {"1.running_mean", "1.running_var", "0.weight"} <= set(expected)
    for name, value in expected.items():
        assert torch.allclose(average[name], value, atol=1e-5), name
        assert not torch.allclose(student.state_dict()[name], value), name


def test_all_terms_learn_from_an_average_and_the_card_names_it(tmp_path: Path, monkeypatch: Any) -> None:
    weights = "".join(f"{name} = 0.1\n" for name in TAUGHT)
    cards = []
    monkeypatch.setattr("trainer.loop.card_of", lambda *given: cards.append(card_of(*given)) or cards[-1])
    job = job_of(tmp_path, recipe_of(KINDS["ema"], epochs=1, weights=weights))
    run(job)
    (card,) = cards
    assert card.teacher == "moving average of the student, decay 0.9"
    (metric,) = [event for event, _ in job.events() if "loss" in event]
    assert all(metric[name] > 0 for name in TAUGHT)
    assert "teacher_loss" not in metric
    tensors, _ = _read(job.checkpoints / "last.safetensors")
    weight = "classify.1.weight"
    assert not torch.equal(tensors[f"teacher/module.{weight}"], tensors[f"network/{weight}"])
    assert not any("teacher" in name for name in tensors if name.startswith("optimiser/"))


# ---- a network that learns along


def test_a_teacher_that_learns_along_learns_and_the_student_with_it(tmp_path: Path) -> None:
    weights = "cross_entropy = 1.0\nsingle_frame = 1.0\n"
    recipe = recipe_of(ALONG.replace("0.5", "1.0"), window=1, epochs=12, weights=weights)
    job = job_of(tmp_path, recipe.replace("flip = 0.5", "flip = 0.0"))
    run(job)
    told = [event for event, _ in job.events() if "loss" in event]
    assert told[-1]["teacher_loss"] < 0.8 * told[0]["teacher_loss"]
    assert told[-1]["loss"] < 0.8 * told[0]["loss"]


def test_what_is_taught_moves_no_teacher_and_a_student_starts_as_without_one(tmp_path: Path) -> None:
    """Whatever the student's loss weighs, the teacher that learns along becomes the same."""
    began, became = [], []
    for number, weight in enumerate((0.5, 50.0)):
        recipe = recipe_of(ALONG, epochs=1, weights=f"cross_entropy = 1.0\nsingle_frame = {weight}\n")
        job = job_of(tmp_path, recipe, number)
        with pytest.raises(JobStopped):
            run(job, stop_at=0)
        began.append(_read(job.checkpoints / "last.safetensors")[0])
        job.control("run")
        run(job)
        became.append(_read(job.checkpoints / "last.safetensors")[0])
    plain = job_of(tmp_path, recipe_of(KINDS["ema"]), 2)
    with pytest.raises(JobStopped):
        run(plain, stop_at=0)
    alone = _read(plain.checkpoints / "last.safetensors")[0]
    assert all(torch.equal(began[0][name], alone[name]) for name in alone if name.startswith("network/"))
    taught_by = [name for name in began[0] if name.startswith("teacher/")]
    for name in taught_by:
        assert torch.equal(became[0][name], became[1][name]), name
    assert any(not torch.equal(began[0][name], became[0][name]) for name in taught_by)
    assert not torch.equal(became[0]["network/classify.1.weight"], became[1]["network/classify.1.weight"])


# ---- recipes


@pytest.mark.parametrize(
    ("teacher", "weights", "told"),
    [
        ("", SINGLE, "a teacher of kind frozen is a bundle and there is none; name one by bundle"),
        ('kind = "offline"', SINGLE, "a teacher of kind offline is a bundle"),
        ('bundle = "start"', SINGLE, 'bundle = "start" is for a teacher of kind offline'),
        (
            'bundle = "street"\nreach = 4',
            SINGLE,
            "reach is for a teacher of kind offline and this",
        ),
        ('kind = "ema"\nbundle = "street"', SINGLE, "bundle is for a teacher of kind frozen or offline or along"),
        ('kind = "along"', SINGLE, "give one of family and bundle"),
        ('kind = "along"\nfamily = "fast_scnn"\nbundle = "street"', SINGLE, "give one of family and bundle"),
        (
            'kind = "along"\nbundle = "street"\nencoder = "efficientnet-lite0"',
            SINGLE,
            "options and encoder are for",
        ),
        ('kind = "along"\nfamily = "huge"', SINGLE, "no network family 'huge'; known: fast_scnn"),
        (ALONG, f"cross_entropy = 0.0\n{SINGLE}", "learns from labels, and nothing under .loss. does"),
        ('kind = "offline"\nbundle = "street"', "self_similarity = 1.0\n", 'self_similarity under .*kind = "frozen"'),
        ('kind = "offline"\nbundle = "street"\nreach = 9', SINGLE, "less than or equal to 8"),
        ('kind = "loud"', SINGLE, "Input should be 'frozen', 'offline', 'ema' or 'along'"),
    ],
)
def test_a_teacher_that_cannot_be_is_refused_in_plain_words(teacher: str, weights: str, told: str) -> None:
    recipe = recipe_of(teacher, weights=weights).replace("auxiliary = 0.4\n", "")
    with pytest.raises(RecipeError, match=told):
        parse_recipe(recipe, "test")


def test_every_term_that_is_taught_is_a_term() -> None:
    assert set(TAUGHT) < set(TERMS)
