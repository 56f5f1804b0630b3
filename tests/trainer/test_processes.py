"""One training in several processes: the leader alone owns the job."""

import os
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace

import pytest
import torch

from engine.errors import UnknownNameError
from tests.trainer.small import small_job
from trainer.__main__ import main
from trainer.job import Job, JobError, JobOwner, JobSpec
from trainer.processes import JobHelper, own, share_gradients
from trainer.verbs import VERBS
from trainer.weights.checkpoint import _read


def test_a_helper_owns_nothing_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job.create(tmp_path / "run", JobSpec(recipe="seed = 1", root="/data"))
    monkeypatch.setenv("RANK", "1")
    before = sorted(job.folder.rglob("*"))
    with own(job) as helper:
        assert isinstance(helper, JobHelper)
        assert not helper.leads
        helper.emit("metric", loss=1.0)
        job.control("stop")
        helper.obey()  # the leader asks, and tells
    assert sorted(job.folder.rglob("*")) == sorted([*before, job.folder / "control.json"])
    assert job.status() == "created"


@pytest.mark.parametrize("rank", ["0", None])
def test_the_first_process_and_a_single_one_own_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rank: str | None
) -> None:
    job = Job.create(tmp_path / "run", JobSpec(recipe="seed = 1", root="/data"))
    monkeypatch.delenv("RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("RANK", rank)
    with own(job) as owner:
        assert isinstance(owner, JobOwner)
        assert owner.leads
        assert job.status() == "running"
        monkeypatch.setenv("RANK", "1")
        with own(job) as helper:
            helper.emit("log", message="not told")
    assert [event["type"] for event, _ in job.events()] == ["done"]


def test_what_the_objective_learns_gets_the_mean_gradient_of_all_processes() -> None:
    module = torch.nn.Linear(2, 1)

    def step(others: float, processes: int) -> list[torch.Tensor]:
        module.zero_grad()
        module(torch.ones(1, 2)).sum().backward()
        accelerator = SimpleNamespace(
            num_processes=processes, reduce=lambda own, how: {"mean": (own + others) / 2}[how]
        )
        share_gradients(accelerator, module)  # type: ignore[arg-type]
        return [parameter.grad for parameter in module.parameters() if parameter.grad is not None]

    for alone, shared in zip(step(5.0, 1), step(5.0, 2), strict=True):
        assert torch.equal(alone, torch.ones_like(alone))
        assert torch.equal(shared, torch.full_like(shared, 3.0))


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    """Two jobs, `plain` and with a teacher that learns `along`, trained in two processes until they were stopped."""
    folder = tmp_path_factory.mktemp("two")
    plain = small_job(folder, epochs=4)
    teacher = 'single_frame = 1.0\n[teacher]\nkind = "along"\nfamily = "tiny"\n'
    spec = plain.spec().model_copy(update={"recipe": plain.spec().recipe + teacher})
    jobs = {"plain": plain, "along": Job.create(folder / "along", spec)}
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
    done = subprocess.run(
        [sys.executable, *launcher, "-m", "tests.trainer.two_processes", *(str(job.folder) for job in jobs.values())],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return jobs


def test_two_processes_train_one_job(stopped: dict[str, Job]) -> None:
    """Under torch's launcher, as accelerate uses it: two steps an epoch, and a stop that the leader alone hears."""
    job = stopped["plain"]
    assert job.status() == "stopped"
    assert (job.folder / "stopped-leader").read_text() == (job.folder / "stopped-helper").read_text() == "4"
    assert _read(job.checkpoints / "last.safetensors")[1]["step"] == 3
    told = [(event["type"], event.get("step")) for event, _ in job.events()]
    assert told == [("progress", 2), ("metric", 2), ("metric", 2), ("log", None)]
    assert len(list((job.folder / "tensorboard").iterdir())) == 1


def test_a_teacher_that_learns_along_is_the_same_in_both_processes(stopped: dict[str, Job]) -> None:
    """They see different samples: without the mean of their gradients, they would part."""
    job = stopped["along"]
    assert _read(job.checkpoints / "last.safetensors")[1]["step"] == 3
    assert (job.folder / "teacher-leader").read_text() == (job.folder / "teacher-helper").read_text()


def test_a_spec_takes_every_known_verb_and_tells_of_others(tmp_path: Path) -> None:
    for verb, place in VERBS.items():
        assert callable(resolve_name(place))
        job = Job.create(tmp_path / verb, JobSpec(verb=verb, recipe="seed = 1", root="/data"))
        assert job.spec().verb == verb
    with pytest.raises(UnknownNameError, match="no verb 'dance'; known: train, export"):
        JobSpec(verb="dance", recipe="seed = 1", root="/data")
    path = job.folder / "job.toml"
    path.write_text(path.read_text().replace(f'"{verb}"', '"dance"'))
    with pytest.raises(
        JobError, match=r"job\.toml cannot be run: there is no verb 'dance'; known: train, export, steady$"
    ):
        job.spec()


@pytest.mark.parametrize("arguments", [["dance", "run"], ["train"], []])
def test_a_wrong_use_names_the_verbs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m trainer train|export|steady RUN_FOLDER\n"


def test_jobs_are_known_without_torch() -> None:
    code = "import sys, trainer.job, trainer.verbs, trainer.processes; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
