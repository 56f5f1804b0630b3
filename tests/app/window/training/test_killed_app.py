"""The app is killed at any moment while it trains a model: the next start finds that, and goes on to the verdict."""

import random
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from engine.models.bundle import read_peer_card
from tests.app.window.training import steadying_app
from tests.sweep import sweep_count
from tests.trainer.steady.small import drawn_clip, small_student
from tests.trainer.tiny import forked_for
from trainer.job import Job, Status
from trainer.steady import read_verdict

KILLS_EACH = 5
"""One after another, of one training."""


@pytest.mark.soak
def test_the_next_start_finds_the_training_and_goes_on_to_the_verdict(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every other time, drawn by chance, what trains is killed with the app; else it goes on by itself."""
    kills = sweep_count(sample=2, full=20)
    record_property("count", kills)
    moment = random.Random(3)
    material = drawn_clip(tmp_path / "drive"), small_student(tmp_path)
    forked_for(time.sleep, 0).join()  # the first one waits for the server to import torch
    whole, takes = to_the_end(tmp_path / "whole", *material)
    killed, rounds = 0, count()
    while killed < kills:
        home, left, alone = tmp_path / f"round{next(rounds)}", [], False
        home.mkdir()
        for _ in range(min(KILLS_EACH, kills)):
            starts = len(steadying_app.told(home))
            app = steadying_app.begun(home, *material)
            app.join(moment.uniform(0, takes))
            over = app.exitcode is not None
            app.kill()
            app.join()
            for found in steadying_app.told(home)[starts:]:
                assert found == left or (alone and len(found) == len(left)), "what goes on by itself may be further"
            if over:
                assert app.exitcode == 0
                break
            killed += 1
            alone = moment.random() < 0.5
            if not alone:
                steadying_app.end_children(home)
            left = states(home)
            assert set(left) <= ({"created", "interrupted", "done"} | ({"running"} if alone else set()))
        job, _ = to_the_end(home, *material)
        assert states(home) == ["done"]
        assert_same(job, whole)
        steadying_app.end_children(home)


def to_the_end(home: Path, clip: Path, student: Path) -> tuple[Job, float]:
    """The training's job once the app has seen its end, and how many seconds that took."""
    home.mkdir(exist_ok=True)
    began = time.monotonic()
    app = steadying_app.begun(home, clip, student)
    app.join(steadying_app.PATIENCE_S)
    try:
        assert app.exitcode == 0
    finally:
        app.kill()
    (job,) = jobs_of(home)
    return job, time.monotonic() - began


def jobs_of(home: Path) -> list[Job]:
    """Those that were made; what was killed while it made a folder has made none."""
    return [job for job in map(Job, (home / "runs").glob("*")) if job.exists()]


def states(home: Path) -> list[Status]:
    return [job.status() for job in jobs_of(home)]


def assert_same(job: Job, whole: Job) -> None:
    """The same student, and the same verdict, as if nothing had been killed."""
    cards = [read_peer_card(each.folder / "student.safetensors") for each in (job, whole)]
    assert cards[0].weights_hash == cards[1].weights_hash
    assert read_verdict(job.folder)["reasons"] == read_verdict(whole.folder)["reasons"]
