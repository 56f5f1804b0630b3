"""SGD and its schedule: rates as they are written down, and a resume that equals an uninterrupted run."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.trainer.small import small_job
from tests.trainer.test_loop import last, run
from trainer.job import Job, JobStopped
from trainer.optimiser import make_optimiser, set_rate
from trainer.recipe import RecipeError, TrainPart, parse_recipe
from trainer.weights.checkpoint import load_checkpoint, save_checkpoint


def part(**keys: object) -> TrainPart:
    return TrainPart.model_validate({"epochs": 1, "batch": 1, "learning_rate": 0.1} | keys)


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(1, 1, 1)
        self.head = nn.Conv2d(1, 1, 1)
        self.unused = nn.Conv2d(1, 1, 1)

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        head: torch.Tensor = self.head(self.encoder(frame))
        return head


def test_poly_falls_to_zero_and_the_encoder_has_its_tenth() -> None:
    train = part(optimiser="sgd", schedule="poly", encoder_rate=0.1, weight_decay=1e-4)
    optimiser = make_optimiser(_Net(), train, nn.Module())
    assert isinstance(optimiser, torch.optim.SGD)
    for progress in (0.0, 0.3, 0.99):
        set_rate(optimiser, train, progress)
        rates = sorted({group["lr"] for group in optimiser.param_groups})
        assert rates == pytest.approx([0.01 * (1 - progress) ** 0.9, 0.1 * (1 - progress) ** 0.9])
    set_rate(optimiser, train, 1.0)
    assert all(group["lr"] == 0 for group in optimiser.param_groups)
    warm = part(schedule="poly", warmup=0.2)
    for progress, factor in ((0.1, 0.5), (0.2, 1.0), (0.6, 0.5**0.9)):
        set_rate(optimiser, warm, progress)
        assert max(group["lr"] for group in optimiser.param_groups) == pytest.approx(0.1 * factor)


def test_sgd_moves_as_it_is_written_down() -> None:
    torch.manual_seed(0)
    network, rate, momentum, decay = _Net(), 0.1, 0.8, 0.01
    optimiser = make_optimiser(network, part(optimiser="sgd", momentum=momentum, weight_decay=decay), nn.Module())
    weight = network.head.weight.item()
    velocity = 0.0
    for step in range(4):
        optimiser.zero_grad()
        network(torch.full((1, 1, 1, 1), 1.0 + step)).square().sum().backward()
        assert network.head.weight.grad is not None
        velocity = momentum * velocity + network.head.weight.grad.item() + decay * weight
        weight -= rate * velocity
        optimiser.step()
        assert network.head.weight.item() == pytest.approx(weight, rel=1e-5)
    assert math.isfinite(weight)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_momentum_comes_back_and_what_has_none_stays_without(tmp_path: Path, momentum: float) -> None:
    train = part(optimiser="sgd", momentum=momentum)
    path = tmp_path / "c.safetensors"

    def step(network: _Net, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad()
        network(torch.ones(1, 1, 1, 1)).sum().backward()  # `unused` has no gradient, and so no momentum
        optimiser.step()

    torch.manual_seed(0)
    network = _Net()
    optimiser = make_optimiser(network, train, nn.Module())
    step(network, optimiser)
    optimiser.state[network.unused.weight]["momentum_buffer"] = None
    save_checkpoint(path, network=network, average=None, optimiser=optimiser, counters={"step": 1})
    other = _Net()
    restored = make_optimiser(other, train, nn.Module())
    load_checkpoint(path, network=other, average=None, optimiser=restored)
    for _ in range(2):
        step(network, optimiser)
        step(other, restored)
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


@pytest.mark.parametrize("stop_at", [1, 3])
def test_a_resume_with_sgd_equals_an_uninterrupted_run(tmp_path: Path, stop_at: int) -> None:
    changes = 'optimiser = "sgd"\nschedule = "poly"\nmomentum = 0.8\nlearning_rate = 1e-2'

    def job(name: str) -> Job:
        made = small_job(tmp_path, epochs=2)
        text = made.spec().recipe.replace("learning_rate = 3e-3", changes)
        text = text.replace("flip = 0.5", 'flip = 0.5\nrotation = 10\nblur = 0.5\npadding = "mean"')
        text = text.replace("[loss]", "[loss]\nohem = 0.7")
        return Job.create(tmp_path / name, made.spec().model_copy(update={"recipe": text}))

    whole, parts = job("whole"), job("parts")
    run(whole)
    with pytest.raises(JobStopped):
        run(parts, stop_at=stop_at)
    parts.control("run")
    run(parts)
    (expected, counters), (actual, resumed) = last(whole), last(parts)
    assert counters == resumed
    assert expected.keys() == actual.keys()
    assert any(name.endswith("/momentum_buffer") for name in expected)
    for name, value in expected.items():
        assert torch.equal(value, actual[name]), name


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('optimiser = "adam"', "'adamw' or 'sgd'"),
        ('schedule = "step"', "'cosine' or 'poly'"),
        ('optimiser = "sgd"\nmomentum = 1.0', "less than 1"),
        ("momentum = 0.5", r'adamw does not look at; leave it out, or set optimiser = "sgd"'),
    ],
)
def test_a_wrong_key_is_told(tmp_path: Path, keys: str, told: str) -> None:
    text = small_job(tmp_path).spec().recipe.replace("[train]", f"[train]\n{keys}")
    with pytest.raises(RecipeError, match=rf"(?s)mine\.toml.*train.*{told}"):
        parse_recipe(text, "mine.toml")
