"""What the window knows of a job, from its folder alone."""

from pathlib import Path

from app.training.record import Record, found_in
from tests.app.window.training.conftest import left_behind, spec
from trainer.job import Job, JobOwner, JobSpec


def test_what_a_job_is_and_how_far_it_has_come_is_read_bit_by_bit(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    record = Record(job.folder)
    record.read_on()
    assert (record.status, record.student, record.name, record.preset) == (
        "created",
        "street",
        "street-steady",
        "quick",
    )
    assert record.clips == (Path("/drive.mp4"),)
    with JobOwner(job) as owner:
        owner.emit("progress", stage="targets", step=3, total=9, left_s=4)
        assert record.read_on()
        assert (record.status, record.stage, record.step, record.total, record.left_s) == (
            *("running", "targets", 3, 9, 4),
        )
        assert not record.read_on(), "nothing is new"
        owner.emit("progress", step=100, total=100, left_s=0)
        owner.emit("metric", step=100, loss=0.25, flicker_aside=0.02)
        owner.emit("log", message="choosing")
        record.read_on()
        assert (record.stage, record.total) == ("choosing", 0)
    (job.folder / "student.onnx").touch()
    record.read_on()
    assert record.over
    assert record.has_student
    assert record.verdict is None, "somebody has taken it away"
    assert record.series == {"loss": [(100, 0.25)], "flicker_aside": [(100, 0.02)]}


def test_what_is_told_again_after_a_resume_takes_the_place_of_what_was_told(tmp_path: Path) -> None:
    job = Job.create(tmp_path / "run", spec())
    with JobOwner(job) as owner:
        for step, loss in ((10, 3.0), (20, 2.0), (30, 1.0), (20, 2.5)):
            owner.emit("metric", step=step, loss=loss)
    record = Record(job.folder)
    record.read_on()
    assert record.series["loss"] == [(10, 3.0), (20, 2.5)]


def test_of_a_folder_of_runs_only_whole_steadyings_are_found(tmp_path: Path) -> None:
    assert found_in(tmp_path / "none") == []
    left_behind(tmp_path / "a", "interrupted", "a-steady")
    left_behind(tmp_path / "b", "done", "b-steady")
    Job.create(tmp_path / "train", JobSpec(recipe="seed = 1", root="/data"))
    (tmp_path / "empty").mkdir()
    damaged = left_behind(tmp_path / "damaged", "done")
    (damaged.folder / "events.jsonl").write_text("{no json\n")
    odd = Job.create(tmp_path / "odd", spec())
    (odd.folder / "job.toml").write_text('verb = "steady"\nrecipe = "seed = 1"\nroot = ""\n')
    found = {record.name: record.status for record in found_in(tmp_path)}
    assert found == {"a-steady": "interrupted", "b-steady": "done"}
