"""What is judged and exported is a mean of what was learnt and of what the training started from."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.models.bundle import read_weights
from engine.networks import build_network
from engine.networks.blocks import SeparableResidual
from tests.engine.datasets.layouts import write_camvid
from tests.trainer.small import RECIPE
from trainer.export import export_student
from trainer.job import Job, JobError, JobOwner, JobSpec, training_spec
from trainer.loop import train
from trainer.recipe import parse_recipe
from trainer.weights.checkpoint import load_weights, start_from
from trainer.weights.mixing import mixed_with_start

START = Path("resources/models/street.safetensors")
OPTIONS = "options = { detail_channels = 64, blocks4 = 1, blocks8 = 2, refine_blocks = 3, detail_blocks = 1 }"
MIXED = RECIPE.replace("options = { detail_channels = 16 }", OPTIONS).replace("EPOCHS", "1") + "\n"
MIXED = MIXED.replace('family = "tiny"', 'family = "fast_scnn"')
MIXED = MIXED.replace("[train]\n", "[train]\nstart_share = 0.75\n")


def test_each_weight_and_statistic_is_between_the_two() -> None:
    network = build_network("fast_scnn", 11, **parse_recipe(MIXED, "test").model.options)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    mixed, theirs = mixed_with_start(network, START, 0.75).state_dict(), read_weights(START)
    assert len(mixed) == len(before)
    for name, ours in before.items():
        assert torch.equal(network.state_dict()[name], ours)
        if not ours.is_floating_point() or name not in theirs:
            assert torch.equal(mixed[name], ours)
        else:
            expected = 0.25 * ours.double() + 0.75 * torch.from_numpy(theirs[name]).double()
            assert torch.allclose(mixed[name].double(), expected, rtol=1e-5, atol=1e-6)


def test_what_the_start_has_not_stays_as_it_was_learnt() -> None:
    options = parse_recipe(MIXED, "test").model.options | {"context_blocks": 1}
    network = build_network("fast_scnn", 11, **options)
    start_from(START, network)
    assert isinstance(network.deepen_context[0], SeparableResidual)
    nn.init.ones_(network.deepen_context[0].body[1][1].weight)
    mixed = mixed_with_start(network, START, 0.5)
    assert torch.equal(mixed.deepen_context[0].body[1][1].weight, torch.ones(128))  # type: ignore[index,union-attr]


def test_what_is_judged_and_what_is_exported_is_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[nn.Module] = []

    def judged(network: nn.Module, *_: Any) -> float:
        seen.append(network)
        return 50.0

    def exported(network: nn.Module, card: Any, *_: Any) -> Any:
        seen.append(network)
        return card

    monkeypatch.setattr("trainer.loop.measure", judged)
    monkeypatch.setattr("trainer.export.export_bundle", exported)
    write_camvid(tmp_path / "data", "train")
    spec = JobSpec(recipe=MIXED, root=str(tmp_path / "data"), start=str(START.resolve()), threads=1, device="cpu")
    job, recipe = Job.create(tmp_path / "run", spec), parse_recipe(MIXED, "test")
    learnt = build_network(recipe.model.family, 11, **recipe.model.options)
    with JobOwner(job) as owner:
        train(owner, spec, recipe)
        export_student(owner, spec, recipe)
    load_weights(job.checkpoints / "best.safetensors", learnt, averaged=True)
    expected = mixed_with_start(learnt, START, 0.75).state_dict()
    assert len(seen) == 2
    for network in seen:
        assert all(torch.equal(value, expected[name]) for name, value in network.state_dict().items())
    assert not torch.equal(expected["stem.0.weight"], learnt.state_dict()["stem.0.weight"])


def test_there_must_be_a_start(tmp_path: Path) -> None:
    recipe = tmp_path / "mixed.toml"
    recipe.write_text(MIXED)
    with pytest.raises(JobError, match=r"start_share under \[train\] is 0.75.*--start"):
        training_spec(str(recipe), tmp_path)
