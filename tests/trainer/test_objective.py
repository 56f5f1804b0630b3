"""Named terms and their weighted sum, the means that are told, and what chooses the checkpoint."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from engine.models.classes import VOID
from tests.trainer.small import RECIPE, small_job
from trainer import criterion
from trainer.criterion import CRITERIA, Criterion
from trainer.data.window import Batch, BatchMotion
from trainer.job import JobOwner, JobSpec
from trainer.loop import train
from trainer.losses.cross_entropy import cross_entropy, log_weights
from trainer.losses.lovasz import lovasz_softmax
from trainer.objective import Objective, Predictions, TermMeans
from trainer.recipe import LossPart, RecipeError, parse_recipe

CPU = torch.device("cpu")


def no_shares() -> Any:
    raise AssertionError("nobody weighs classes")


@pytest.fixture
def batch() -> Batch:
    """Two windows of three frames; the middle ones alone have labels."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.full((2, 3, 16, 24), VOID)
    labels[:, 1] = torch.randint(0, 4, (2, 16, 24), generator=generator)
    frames, pts_s = torch.zeros((2, 3, 3, 16, 24), dtype=torch.uint8), torch.zeros(2, 3, dtype=torch.float64)
    return Batch(frames, pts_s, labels, None)


@pytest.fixture
def predictions() -> Predictions:
    generator = torch.Generator().manual_seed(2)
    logits, auxiliary = torch.randn(6, 4, 8, 12, generator=generator), torch.randn(6, 4, 4, 6, generator=generator)
    return Predictions(logits.requires_grad_(), auxiliary)


def test_terms_are_named_and_their_weighted_sum_is_the_total(batch: Batch, predictions: Predictions) -> None:
    part = LossPart(cross_entropy=0.5, stride=2, lovasz=2.0, auxiliary=0.25, auxiliary_stride=4, class_weighting="log")
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    terms = Objective(part, lambda: shares, CPU)(predictions, batch)
    assert list(terms) == ["cross_entropy", "lovasz", "auxiliary", "total"]
    labels, weights = batch.labels[:, 1], log_weights(shares)
    middle = predictions.logits[1::3]
    assert terms["cross_entropy"].item() == pytest.approx(cross_entropy(middle, labels, weights, stride=2).item())
    assert terms["lovasz"].item() == pytest.approx(lovasz_softmax(middle, labels).item())
    assert terms["auxiliary"].item() == pytest.approx(
        cross_entropy(predictions.auxiliary[1::3], labels, weights, stride=4).item()
    )
    expected = 0.5 * terms["cross_entropy"] + 2 * terms["lovasz"] + 0.25 * terms["auxiliary"]
    assert torch.equal(terms["total"], expected)
    terms["total"].backward()
    gradient = predictions.logits.grad
    assert gradient is not None
    assert gradient[1::3].any()
    assert not gradient[0::3].any()
    assert not gradient[2::3].any()


@pytest.mark.parametrize("ohem", [0.0, 0.7])
def test_where_nothing_is_labelled_the_temporal_term_alone_moves_the_network(
    batch: Batch, predictions: Predictions, ohem: float
) -> None:
    flow, visible = torch.zeros(2, 2, 2, 16, 24), torch.ones(2, 2, 16, 24, dtype=torch.bool)
    motion = BatchMotion(flow, flow, visible, torch.zeros(2, 2, dtype=torch.bool))
    unlabelled = replace(batch, labels=torch.full_like(batch.labels, VOID), motion=motion)
    part = LossPart(lovasz=2.0, auxiliary=0.25, class_weighting="log", ohem=ohem, temporal=3.0)
    predictions.auxiliary.requires_grad_()
    terms = Objective(part, lambda: np.array([0.1, 0.2, 0.3, 0.4]), CPU)(predictions, unlabelled)
    assert [terms[name].item() for name in ("cross_entropy", "lovasz", "auxiliary")] == [0, 0, 0]
    assert terms["total"].item() == pytest.approx(3 * terms["temporal"].item())
    (moved,) = torch.autograd.grad(3 * terms["temporal"], predictions.logits, retain_graph=True)
    terms["total"].backward()
    assert moved.any()
    assert predictions.logits.grad is not None
    assert torch.equal(predictions.logits.grad, moved)
    assert predictions.auxiliary.grad is not None
    assert not predictions.auxiliary.grad.any()


def test_classes_weigh_what_the_recipe_says(batch: Batch, predictions: Predictions) -> None:
    given = (0.5, 1.0, 2.0, 4.0)
    terms = Objective(LossPart(class_weighting=given), no_shares, CPU)(predictions, batch)
    expected = cross_entropy(predictions.logits[1::3], batch.labels[:, 1], torch.tensor(given))
    assert terms["cross_entropy"].item() == pytest.approx(expected.item())
    with pytest.raises(RecipeError, match=r"class_weighting .* 3 weights and the dataset has 4 classes"):
        Objective(LossPart(class_weighting=given[:3]), no_shares, CPU)(predictions, batch)


def test_hard_pixels_count_in_the_cross_entropy_alone(batch: Batch, predictions: Predictions) -> None:
    part = LossPart(ohem=0.3, ohem_least=0.2, auxiliary=1.0)
    terms = Objective(part, no_shares, CPU)(predictions, batch)
    middle, labels = predictions.logits[1::3], batch.labels[:, 1]
    expected = cross_entropy(middle, labels, threshold=0.3, least=0.2).item()
    assert terms["cross_entropy"].item() == pytest.approx(expected)
    assert expected > 1.1 * cross_entropy(middle, labels).item()
    assert terms["auxiliary"].item() == pytest.approx(cross_entropy(predictions.auxiliary[1::3], labels).item())


def test_a_term_that_weighs_nothing_is_not_worked_out(batch: Batch, predictions: Predictions) -> None:
    terms = Objective(LossPart(lovasz=1.0, cross_entropy=0.0), no_shares, CPU)(predictions, batch)
    assert list(terms) == ["lovasz", "total"]
    assert torch.equal(terms["total"], terms["lovasz"])
    with pytest.raises(RecipeError, match=r"every weight under \[loss\] is 0"):
        Objective(LossPart(cross_entropy=0.0), no_shares, CPU)


def test_means_are_those_of_the_interval() -> None:
    means = TermMeans()
    for value in (1.0, 2.0, 6.0):
        means.add({"a": torch.tensor(value), "total": torch.tensor(2 * value)})
    assert len(means) == 3
    assert means.take() == {"a": 3.0, "total": 6.0}
    assert means.take() == {}
    means.add({"a": torch.tensor(4.0), "total": torch.tensor(5.0)})
    assert means.take() == {"a": 4.0, "total": 5.0}


@pytest.mark.parametrize("higher", [True, False])
def test_the_criterion_of_the_recipe_keeps_the_checkpoint_and_every_term_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, higher: bool
) -> None:
    values = iter([3.0, 1.0, 2.0])
    seen: list[int] = []

    def measure(model: Any, clips: Any) -> float:
        seen.append(sum(1 for clip in clips for frame in clip.frames()))
        return next(values)

    monkeypatch.setitem(CRITERIA, "luck", Criterion(measure, higher_is_better=higher))
    job = small_job(tmp_path)
    recipe = parse_recipe(job.spec().recipe.replace("[train]", '[train]\ncriterion = "luck"'), "test")
    kept = []
    monkeypatch.setattr(
        "trainer.stepping.keeper.save_checkpoint",
        lambda path, counters, **_: kept.append((path.stem, counters["step"], counters["best"])),
    )
    with JobOwner(job) as owner:
        train(owner, job.spec(), recipe)
    assert seen == [3, 3, 3]
    expected = [("best", 2, 3.0)] if higher else [("best", 2, 3.0), ("best", 4, 1.0)]
    assert [each for each in kept if each[0] == "best"] == expected
    events = [event for event, _ in job.events() if event["type"] == "metric"]
    assert [event["luck_aside"] for event in events if "luck_aside" in event] == [3.0, 1.0, 2.0]
    means = [event for event in events if "loss" in event]
    assert len(means) == 3
    logs = EventAccumulator(str(job.folder / "tensorboard"))
    logs.Reload()
    steps = [scalar.value for scalar in logs.Scalars("loss")]
    for number, event in enumerate(means):
        assert event["loss"] == pytest.approx(event["cross_entropy"] + 0.4 * event["auxiliary"], abs=2e-5)
        assert event["loss"] == pytest.approx(np.mean(steps[2 * number : 2 * number + 2]), abs=2e-5)
    for name in ("cross_entropy", "auxiliary"):
        told = [(scalar.step, round(scalar.value, 4)) for scalar in logs.Scalars(f"terms/{name}")]
        assert told == [(event["step"], pytest.approx(event[name], abs=1e-4)) for event in means]
    assert len(logs.Scalars("luck_aside")) == 3


def test_the_table_of_criteria_has_directions() -> None:
    best = criterion.CRITERIA["miou"]
    assert best.prefers(0.0, None)
    assert best.prefers(2.0, 1.0)
    assert not best.prefers(1.0, 1.0)
    lower = Criterion(best.measure, higher_is_better=False)
    assert lower.prefers(0.5, 1.0)
    assert not lower.prefers(1.0, 1.0)


def test_video_trains_in_windows_with_a_span_kept_aside(tmp_path: Path) -> None:
    job = small_job(tmp_path, epochs=1, split="val")
    text = RECIPE.replace("EPOCHS", "1").replace("[data]", '[data]\nsplit = "val"\nwindow = 2\nspacing = [1, 2]')
    spec = JobSpec(recipe=text, root=job.spec().root, threads=1, device="cpu")
    with JobOwner(job) as owner:
        train(owner, spec, parse_recipe(text, "test"))
    (aside,) = [event["miou_aside"] for event, _ in job.events() if "miou_aside" in event]
    assert 0 <= aside <= 100
