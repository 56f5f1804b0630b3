"""A child that is killed, stopped or signalled at any moment: what it leaves is whole, and a resume changes nothing."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sweep import sweep_count
from tests.trainer.tiny import TEMPORAL, assert_same, forked, logged, run, stored, tiny_job
from tests.waiting import wait_for
from trainer.job import Job, JobStopped

PATIENCE_S = 120.0


def ended(job: Job) -> float:
    """Run the job to its end in a child; returns how long that took, in seconds."""
    began = time.monotonic()
    child = forked(job)
    child.join(PATIENCE_S)
    assert child.exitcode == 0
    return time.monotonic() - began


def steps_of(job: Job) -> int:
    """How many steps would not be lost."""
    return stored(job)[1]["step"] if (job.checkpoints / "last.safetensors").exists() else 0


@pytest.mark.soak
def test_killed_at_any_moment_a_training_ends_as_if_it_never_was(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """`kill -9` at random moments, five times one after another; it is saved after every step, within epochs too."""
    kills = sweep_count(sample=10, full=200)
    record_property("count", kills)
    moment = random.Random(1)
    whole = tiny_job(tmp_path, TEMPORAL)
    ended(whole)  # the first child waits for the server to import torch
    takes = ended(again := tiny_job(tmp_path, TEMPORAL))
    assert_same(whole, again)
    killed = 0
    while killed < kills:
        job = tiny_job(tmp_path, TEMPORAL)
        for _ in range(5):
            child = forked(job)
            child.join(moment.uniform(0, takes))
            if child.exitcode is not None:
                assert child.exitcode == 0
                break
            child.kill()
            child.join()
            killed += 1
            if (job.checkpoints / "last.safetensors").exists():
                assert 0 < stored(job)[1]["step"] <= 6
        ended(job)
        assert_same(whole, job)
        assert [event["type"] for event, _ in job.events()][-1] == "done"
        assert sorted(path.name for path in job.checkpoints.iterdir()) == ["best.safetensors", "last.safetensors"]


@pytest.mark.parametrize("where", ["opening", "reading", "export"])
def test_a_stop_is_obeyed_in_a_stage_that_does_not_listen(tmp_path: Path, whole: Job, where: str) -> None:
    job = tiny_job(tmp_path)
    child = forked(job, where)
    steps = {"opening": 0, "reading": 2, "export": 6}[where]
    wait_for(lambda: (job.folder / "hangs").exists() and steps_of(job) == steps, PATIENCE_S)
    job.control("stop")
    child.join(PATIENCE_S)
    assert child.exitcode == 0
    assert job.status() == "stopped"
    assert logged(job)[-1].startswith("stopped on request")
    assert steps_of(job) == steps
    ended(job)  # and it is not stopped by what was asked earlier
    assert_same(whole, job)


def test_a_signal_to_end_is_a_stop(tmp_path: Path) -> None:
    job = tiny_job(tmp_path, {"epochs = 3": "epochs = 3000"})
    child = forked(job)
    wait_for((job.checkpoints / "last.safetensors").exists, PATIENCE_S)
    child.terminate()
    child.join(PATIENCE_S)
    assert child.exitcode == 0
    assert job.status() == "stopped"
    assert logged(job)[-1] == "stopped on request"


def test_a_stop_while_the_held_out_are_measured_leaves_that_to_the_resume(
    tmp_path: Path, whole: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = tiny_job(tmp_path)
    from trainer.stepping.judging import _Asking

    segment = _Asking.segment

    def stopping(*given: object, **named: object) -> object:
        parts.control("stop")
        return segment(*given, **named)  # type: ignore[arg-type]

    for done in (2, 4, 6):  # in each epoch's measuring, the last one's too
        monkeypatch.setattr(_Asking, "segment", stopping)
        with pytest.raises(JobStopped):
            run(parts)
        assert stored(parts)[1]["step"] == done
        assert stored(parts)[1]["judged"] < done
        monkeypatch.setattr(_Asking, "segment", segment)
        with pytest.raises(JobStopped):
            run(parts, lambda step: parts.control("stop"))
        assert stored(parts)[1]["judged"] == done
    run(parts)
    assert_same(whole, parts)


def test_a_job_whose_last_event_was_cut_off_goes_on_telling(tmp_path: Path) -> None:
    job = tiny_job(tmp_path)
    job.events_path.write_text('{"type": "log", "message": "whole"}\n{"type": "lo')
    run(job)
    assert logged(job) == ["whole"]
    assert [event["type"] for event, _ in job.events()][-1] == "done"
