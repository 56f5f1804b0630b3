"""A loss or gradients that are not finite send a training back, and slow it down."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from tests.trainer.tiny import assert_same, logged, run, stored, tiny_job
from trainer.job import Job, JobStopped
from trainer.objective import Objective
from trainer.stepping.soundness import UnsoundError


@pytest.fixture
def break_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the loss, or its gradients alone, be what they should not at some calls of the objective, from 1 up."""
    forward, calls = Objective.forward, iter(range(1, 10_000))

    def breaks(*at: int, factor: float = float("nan"), gradients_only: bool = False, on: bool = True) -> None:
        def broken(self: Objective, *given: Any) -> Any:
            terms = forward(self, *given)
            if on and (next(calls) in at or not at):
                total = terms["total"]
                wrong = total * factor
                terms["total"] = wrong - wrong.detach().nan_to_num() + total.detach() if gradients_only else wrong
                if gradients_only:
                    terms["total"].register_hook(lambda gradient: gradient * factor)
            return terms

        monkeypatch.setattr(Objective, "forward", broken)

    return breaks


@pytest.fixture(scope="module")
def halved(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job that went on at half the rate from the second step on; nobody changes it."""
    job = tiny_job(tmp_path_factory.mktemp("halved"))
    with pytest.raises(JobStopped):
        run(job, lambda step: job.control("stop") if step == 2 else None)
    slow_down(job)
    run(job)
    return job


@pytest.mark.parametrize("gradients_only", [False, True])
@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_it_goes_back_to_the_checkpoint_at_half_the_rate(
    tmp_path: Path, halved: Job, break_at: Any, factor: float, gradients_only: bool
) -> None:
    job = tiny_job(tmp_path)
    break_at(4, factor=factor, gradients_only=gradients_only and factor != factor)
    run(job)
    assert logged(job)[-1].endswith(
        "step 4 are not finite; back at step 2, from where the learning rate is 1/2 of the recipe's"
    )
    assert stored(job)[1]["halvings"] == 1
    assert stored(job)[1]["setbacks"] == 0
    assert_same(halved, job)


def test_in_the_first_epoch_it_begins_anew(tmp_path: Path, break_at: Any) -> None:
    job = tiny_job(tmp_path)
    break_at(2)
    run(job)
    assert "back at step 0" in logged(job)[-1]
    assert all(value.isfinite().all() for value in stored(job)[0].values() if value.is_floating_point())
    assert not (job.checkpoints / "first.safetensors").exists()


def test_again_and_again_it_fails_and_keeps_what_was_good(tmp_path: Path, break_at: Any) -> None:
    job = tiny_job(tmp_path)
    with pytest.raises(UnsoundError, match=r"step 3 are not finite, .* 3 times; lower learning_rate"):
        run(job, lambda step: break_at() if step == 2 else None)
    assert job.status() == "failed"
    assert "\n" not in logged(job)[-1]
    assert sum("back at step 2" in message for message in logged(job)) == 3
    tensors, counters = stored(job)
    assert (counters["step"], counters["halvings"]) == (2, 3)
    assert all(value.isfinite().all() for value in tensors.values() if value.is_floating_point())
    assert stored(job, "best")[1]["step"] == 2


def test_an_epoch_between_makes_good(tmp_path: Path, break_at: Any) -> None:
    job = tiny_job(tmp_path, {"epochs = 3": "epochs = 6"})
    break_at(2, 6, 9, 12, 15)  # each time one epoch further: all five are borne
    run(job)
    assert stored(job)[1]["step"] == 12
    assert stored(job)[1]["halvings"] == 5


def slow_down(job: Job) -> None:
    """As if the learning rate had been halved before the checkpoint."""
    path = job.checkpoints / "last.safetensors"
    tensors, counters = stored(job)
    with safe_open(path, framework="pt") as opened:
        assert set(opened.metadata()) == {"counters"}
    save_file(tensors, path, metadata={"counters": json.dumps({**counters, "halvings": 1})})
    assert torch.equal(stored(job)[0]["random/torch"], tensors["random/torch"])
