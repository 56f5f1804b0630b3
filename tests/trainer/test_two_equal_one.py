"""Two processes that share a batch learn what one does, and decide together."""

from pathlib import Path

import pytest

from tests.trainer.tiny import FROZEN, TEMPORAL, logged, run, stored, tiny_job
from tests.trainer.two_equal import train_in_two
from trainer.job import Job

TEN_STEPS = {"epochs = 3": "epochs = 5"}
KINDS = {"images": FROZEN | TEN_STEPS, "temporal": FROZEN | TEN_STEPS | TEMPORAL, "broken": {}}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    """A job of each kind, trained in two processes."""
    folder = tmp_path_factory.mktemp("two")
    jobs = {}
    for kind, changes in KINDS.items():
        made = tiny_job(folder, changes)
        jobs[kind] = Job(made.folder.rename(folder / f"run-{kind}"))
    train_in_two(list(jobs.values()), folder)
    return jobs


@pytest.mark.parametrize("kind", ["images", "temporal"])
def test_two_learn_what_one_learns(tmp_path: Path, trained: dict[str, Job], kind: str) -> None:
    alone = tiny_job(tmp_path, KINDS[kind])
    run(alone)
    (expected, counters), (actual, others) = stored(alone), stored(trained[kind])
    assert counters["step"] == others["step"] == 10
    assert expected.keys() == actual.keys()
    for key, value in expected.items():
        if key.startswith(("network/", "average/")):
            assert (value.double() - actual[key].double()).abs().max() < 1e-5, key
    losses = [[event["loss"] for event, _ in job.events() if "loss" in event] for job in (alone, trained[kind])]
    assert losses[0] == pytest.approx(losses[1], abs=2e-5)


def test_what_breaks_in_one_sends_both_back(trained: dict[str, Job]) -> None:
    job = trained["broken"]
    (told,) = logged(job)
    assert "step 3 are not finite; back at step 2" in told
    tensors, counters = stored(job)
    assert (counters["step"], counters["halvings"]) == (6, 1)
    assert all(value.isfinite().all() for value in tensors.values() if value.is_floating_point())
    assert (job.folder / "ended-helper").exists()
