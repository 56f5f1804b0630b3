"""The steadyings that the window watches, with children that do as a test says."""

from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from app.training import jobs as jobs_module
from app.training.jobs import SteadyJobs
from app.training.record import Record
from tests.app.window.hands import until
from tests.app.window.training.conftest import Children, left_behind, plan
from trainer.job import Job


def started(jobs: SteadyJobs, qtbot: QtBot, name: str = "street-steady") -> Record:
    made: list[Record] = []
    jobs.start(plan(name), made.append)
    until(qtbot, lambda: made)
    return made[0]


def test_one_trains_at_a_time_and_its_end_is_told_once(
    steady_jobs: SteadyJobs, children: Children, qtbot: QtBot, runs: Path
) -> None:
    ended: list[Record] = []
    steady_jobs.ended.connect(ended.append)
    first = started(steady_jobs, qtbot)
    second = started(steady_jobs, qtbot)
    assert first.folder != second.folder, "within one second, under one name"
    assert first.folder.parent == runs
    until(qtbot, lambda: first.step == 86)
    assert steady_jobs.running is first
    assert steady_jobs.is_waiting(second)
    assert steady_jobs.unfinished == (second, first)
    children.launched[0].go.set()
    until(qtbot, lambda: second.status == "running" and second.step == 86)
    assert (first.status, first.verdict and first.verdict["verdict"]) == ("done", "better")
    assert ended == [first]
    children.launched[1].go.set()
    until(qtbot, lambda: second.over)
    assert ended == [first, second]
    until(qtbot, lambda: not steady_jobs._timer.isActive())


def test_it_pauses_goes_on_stops_and_is_resumed(steady_jobs: SteadyJobs, children: Children, qtbot: QtBot) -> None:
    record = started(steady_jobs, qtbot)
    until(qtbot, lambda: record.step == 86)
    steady_jobs.control(record, "pause")
    assert record.asked == "pause"
    until(qtbot, lambda: record.status == "paused")
    assert record.asked == ""
    steady_jobs.control(record, "run")
    until(qtbot, lambda: record.status == "running")
    steady_jobs.control(record, "stop")
    until(qtbot, lambda: record.status == "stopped")
    steady_jobs.resume(record)
    assert record.status == "running", "at once, whatever its folder says of before"
    steady_jobs.resume(record)
    until(qtbot, lambda: len(children.launched) == 2)
    children.launched[1].go.set()
    until(qtbot, lambda: record.status == "done")
    assert len(children.launched) == 2


def test_what_waits_can_be_taken_out_of_the_queue(steady_jobs: SteadyJobs, children: Children, qtbot: QtBot) -> None:
    first, second = started(steady_jobs, qtbot), started(steady_jobs, qtbot)
    steady_jobs.control(second, "stop")
    children.launched[0].go.set()
    until(qtbot, lambda: first.over)
    qtbot.wait(60)
    assert second.status == "created"
    assert len(children.launched) == 1
    steady_jobs.remove(second)
    until(qtbot, lambda: not second.folder.exists() and second not in steady_jobs.records)


def test_a_child_that_dies_at_its_start_says_why(steady_jobs: SteadyJobs, children: Children, qtbot: QtBot) -> None:
    children.dies = True
    record = started(steady_jobs, qtbot)
    until(qtbot, lambda: record.status == "failed")
    assert "ImportError: no torch" in record.message
    children.dies = False
    steady_jobs.resume(record)
    until(qtbot, lambda: record.step == 86)
    assert record.status == "running"


def test_a_child_that_is_done_before_anybody_looks_is_done(
    steady_jobs: SteadyJobs, children: Children, qtbot: QtBot
) -> None:
    children.done = True
    record = started(steady_jobs, qtbot)
    until(qtbot, lambda: record.over)
    assert (record.status, record.step) == ("done", 86)


def test_what_cannot_be_launched_is_told_and_the_next_one_goes_on(
    steady_jobs: SteadyJobs, children: Children, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(job: Job) -> None:
        monkeypatch.setattr(jobs_module, "_launch", children.launch)
        raise OSError("no processes left")

    monkeypatch.setattr(jobs_module, "_launch", refuse)
    told: list[str] = []
    steady_jobs.failed.connect(told.append)
    first, second = started(steady_jobs, qtbot), started(steady_jobs, qtbot)
    until(qtbot, lambda: second.step == 86)
    assert first.status == "created"
    assert "no processes left" in told[0]


def test_what_earlier_windows_left_is_found_and_goes_on(
    steady_jobs: SteadyJobs, children: Children, qtbot: QtBot, runs: Path
) -> None:
    left_behind(runs / "a", "interrupted", "a-steady")
    left_behind(runs / "b", "done", "b-steady")
    alive = children.launch(left_behind(runs / "c", "created", "c-steady"))
    until(qtbot, lambda: alive.job.status() == "running")
    found: list[list[Record]] = []
    steady_jobs.found.connect(found.append)
    steady_jobs.find()
    until(qtbot, lambda: found)
    by_name = {record.name: record for record in found[0]}
    assert {name: record.status for name, record in by_name.items()} == {
        "a-steady": "interrupted",
        "b-steady": "done",
        "c-steady": "running",
    }
    steady_jobs.find()
    until(qtbot, lambda: len(found) == 2)
    assert found[1] == []
    steady_jobs.resume(by_name["a-steady"])
    assert steady_jobs.is_waiting(by_name["a-steady"]), "another one trains, which this window did not start"
    alive.go.set()
    until(qtbot, lambda: by_name["a-steady"].step == 86)
    assert by_name["c-steady"].status == "done"


def test_a_folder_that_somebody_deletes_is_forgotten(
    steady_jobs: SteadyJobs, children: Children, qtbot: QtBot, runs: Path
) -> None:
    gone: list[Record] = []
    steady_jobs.removed.connect(gone.append)
    record = started(steady_jobs, qtbot)
    until(qtbot, lambda: record.step == 86)
    (record.folder / "job.toml").unlink()
    (record.folder / "state.json").write_text("{")
    until(qtbot, lambda: gone == [record])
    assert steady_jobs.records == []


def test_the_window_that_closes_stops_it_or_leaves_it_alone(
    steady_jobs: SteadyJobs, children: Children, qtbot: QtBot
) -> None:
    record = started(steady_jobs, qtbot)
    until(qtbot, lambda: record.step == 86)
    steady_jobs.close(stop=False)
    qtbot.wait(60)
    assert record.job.status() == "running"
    steady_jobs.close(stop=True)
    until(qtbot, lambda: record.job.status() == "stopped")


def test_the_real_child_steps_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is launched: with a job whose child fails at once, since its start is not there."""
    job = left_behind(tmp_path / "run", "created")
    child = jobs_module._launch(job)
    try:
        assert child.poll() is None
        if not psutil.WINDOWS:
            assert psutil.Process(child.pid).nice() >= jobs_module._NICENESS
    finally:
        child.kill()
        child.wait()
