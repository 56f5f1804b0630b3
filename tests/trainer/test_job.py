"""The job contract, seen from both sides, with a real child process."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.atomic import write_text
from tests.trainer.small import small_job
from trainer.job import Job, JobError, JobOwner, JobSpec, JobStopped, training_spec
from trainer.weights.checkpoint import _read

PATIENCE_S = 120.0


def wait_for(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def spec(**changes: object) -> JobSpec:
    return JobSpec.model_validate({"recipe": "seed = 1", "root": "/data", **changes})


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    wanted = spec(recipe='a = "quoted"\n# ümlaut\tand tab\\', threads=2)
    job = Job.create(tmp_path / "run", wanted)
    assert Job(tmp_path / "run").spec() == wanted
    assert job.status() == "created"
    with pytest.raises(JobError, match="already holds a job"):
        Job.create(tmp_path / "run", wanted)


def test_a_folder_without_a_job_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no run folder"):
        Job(tmp_path).spec()
    (tmp_path / "job.toml").write_text("verb = 'train'")
    with pytest.raises(JobError, match="damaged"):
        Job(tmp_path).spec()


def test_a_missing_dataset_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="check --root"):
        training_spec("street-third", tmp_path / "none")
    with pytest.raises(JobError, match="check --start"):
        training_spec("street-third", tmp_path, start=tmp_path / "none.safetensors")


def test_states_from_start_to_end(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    with JobOwner(job) as owner:
        assert job.status() == "running"
        owner.emit("metric", loss=1.5)
        with pytest.raises(JobError, match="in use by another process"), JobOwner(Job(job.folder)):
            pass
    assert job.status() == "done"
    kinds = [event["type"] for event, _ in job.events()]
    assert kinds == ["metric", "done"]


def test_asking_for_the_status_all_the_time_keeps_no_child_from_starting(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    with JobOwner(job):
        pass
    state = (job.folder / "state.json").read_text().replace('"done"', '"running"')
    over, asked = threading.Event(), threading.Event()

    def ask() -> None:
        while not over.is_set():
            assert job.status() in ("interrupted", "running", "done")
            asked.set()

    with ThreadPoolExecutor(1) as threads:
        observer = threads.submit(ask)
        try:
            assert asked.wait(PATIENCE_S)
            for _ in range(50):
                write_text(job.folder / "state.json", state)  # as a killed child leaves it, so that the lock is tried
                with JobOwner(Job(job.folder)):
                    pass
        finally:
            over.set()
        observer.result(PATIENCE_S)


def test_a_failure_is_an_event_and_a_state(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    with pytest.raises(ValueError, match="too bad"), JobOwner(job):
        raise ValueError("too bad")
    assert job.status() == "failed"
    assert [event for event, _ in job.events()][-1]["message"] == "ValueError: too bad"


def test_stop_and_pause_are_obeyed(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    job.control("stop")
    with pytest.raises(JobStopped), JobOwner(job) as owner:
        owner.obey()
    assert job.status() == "stopped"


def test_a_half_written_event_is_left_for_later(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    line = json.dumps({"type": "log", "message": "whole"}) + "\n"
    job.events_path.write_text(line + '{"type": "lo')
    found = list(job.events())
    assert [event["message"] for event, _ in found] == ["whole"]
    offset = found[-1][1]
    with job.events_path.open("a") as stream:
        stream.write('g", "message": "rest"}\n')
    assert [event["message"] for event, _ in job.events(offset)] == ["rest"]


def test_stop_ends_the_child_with_a_resumable_checkpoint(tmp_path: Path) -> None:
    job = small_job(tmp_path, epochs=500, family="fast_scnn")
    child = job.launch()
    wait_for("the first epoch", lambda: (job.checkpoints / "last.safetensors").exists())
    job.control("stop")
    assert child.wait(PATIENCE_S) == 0
    assert job.status() == "stopped"
    assert _read(job.checkpoints / "last.safetensors")[1]["step"] > 0
