"""A stop in the middle of an epoch and a resume end with the weights of an uninterrupted run, bit by bit."""

from pathlib import Path

import pytest

from tests.trainer.test_teacher import write_teacher
from tests.trainer.tiny import TEMPORAL, assert_same, run, stored, tiny_job
from trainer.job import Job, JobStopped
from trainer.stepping import keeper


def test_everything_that_learns_goes_on_where_it_was(tmp_path: Path) -> None:
    """Temporal, what a teacher says, and a term that learns itself, of views along a virtual motion."""
    teacher = f'class_weighting = "log"\n[teacher]\nbundle = "{write_teacher(tmp_path / "tutor")}"'
    changes = {
        **TEMPORAL,
        "temporal = 500.0": "temporal = 500.0\nsingle_frame = 0.5\nmulti_frame = 0.1",
        'class_weighting = "log"': teacher,
    }
    whole, parts = tiny_job(tmp_path, changes), tiny_job(tmp_path, changes)
    run(whole)
    assert {key.partition("/")[0] for key in stored(whole)[0]} == {
        "network", "average", "objective", "optimiser", "random",
    }  # fmt: skip
    for stop in (1, 2):  # before the second step, and two steps later: both in the middle of an epoch
        with pytest.raises(JobStopped):
            run(parts, lambda step, stop=stop: parts.control("stop") if step == stop else None)  # type: ignore[misc]
    assert stored(parts)[1]["step"] == 3
    run(parts)
    assert_same(whole, parts)


def test_within_an_epoch_it_is_saved_by_the_clock(tmp_path: Path, whole: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    often = tiny_job(tmp_path)
    seen: list[int] = []

    def look(step: int) -> None:
        path = often.checkpoints / "last.safetensors"
        seen.append(stored(often)[1]["step"] if path.exists() else 0)
        if step == 3:
            raise RuntimeError("broken off in the middle")

    monkeypatch.setattr(keeper, "SAVE_EVERY_S", 0.0)
    with pytest.raises(RuntimeError, match="broken off"):
        run(often, look)
    assert seen == [0, 1, 2, 3]
    run(often)
    assert_same(whole, often)
