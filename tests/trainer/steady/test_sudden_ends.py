"""What breaks a steadying, in each of its stages: it ends soon, in one sentence, and goes on to the same student."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from itertools import cycle
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

import trainer.steady.choosing
import trainer.steady.run
from engine.errors import BackendError
from engine.models.bundle import read_peer_card
from engine.segmenter import load_model
from tests.sweep import sweep_count
from tests.trainer.steady.small import drawn_clip, small_job, small_student
from tests.trainer.tiny import forked_for, logged
from tests.waiting import wait_for
from trainer.__main__ import main
from trainer.job import Job
from trainer.steady import read_verdict

PATIENCE_S = 240.0
STAGES = ("targets", "training", "choosing", "judging")
SOME = [stage for stage in STAGES if sweep_count(sample=stage in ("training", "judging"), full=1)]
"""All of them in a soak."""
WRITERS = (
    "trainer.data.targets.write_bytes",  # what the teacher says
    "trainer.data.kept.write_text",  # the decoded clip
    "trainer.weights.checkpoint.save_file",
    "trainer.steady.preview.write_bytes",
    "engine.models.bundle.save_file",  # the student
    "trainer.steady.run.write_text",  # the verdict
)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A clip, and a student's `.safetensors`."""
    folder = tmp_path_factory.mktemp("material")
    return drawn_clip(folder / "drive"), small_student(folder)


@pytest.fixture(scope="module")
def undisturbed(material: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job that nothing broke."""
    job = small_job(tmp_path_factory.mktemp("undisturbed") / "run", *material)
    child = begun(job)
    child.join(PATIENCE_S)
    assert child.exitcode == 0
    return job


def begun(job: Job) -> ForkServerProcess:
    """A child that does the job."""
    return forked_for(_in_child, str(job.folder))


def _in_child(folder: str) -> None:
    os.chdir(folder)
    raise SystemExit(main(["steady", folder]))


def reached(job: Job, stage: str, since: int) -> bool:
    """Whether `stage` was told of behind byte `since` of the events."""
    told = [event for event, _ in job.events(since)]
    if stage == "choosing":
        return any(str(event.get("message", "")).startswith("choosing") for event in told)
    if stage == "training":
        return any("loss" in event for event in told)
    return any(event.get("stage") == stage for event in told)


def in_stage(job: Job, stage: str) -> ForkServerProcess:
    """A child that has come as far as `stage`."""
    since = job.events_end()
    child = begun(job)
    wait_for(lambda: reached(job, stage, since), PATIENCE_S)
    return child


def goes_on(job: Job, undisturbed: Job) -> None:
    """Resume, to the same student and the same verdict."""
    child = begun(job)
    child.join(PATIENCE_S)
    assert child.exitcode == 0, logged(job)
    same_end(job, undisturbed)


def same_end(job: Job, undisturbed: Job) -> None:
    cards = [read_peer_card(each.folder / "student.safetensors") for each in (job, undisturbed)]
    assert cards[0].weights_hash == cards[1].weights_hash
    ours, theirs = read_verdict(job.folder), read_verdict(undisturbed.folder)
    assert [ours[key] for key in ("verdict", "reasons", "frames")] == [
        theirs[key] for key in ("verdict", "reasons", "frames")
    ]
    assert job.status() == "done"


def failed(job: Job, capsys: pytest.CaptureFixture[str]) -> str:
    """Do the job as its child does; returns the one sentence that it fails with."""
    assert main(["steady", str(job.folder)]) == 1
    assert job.status() == "failed"
    message = [event["message"] for event, _ in job.events() if event["type"] == "error"][-1]
    assert "\n" not in message
    assert capsys.readouterr().err.strip() == message
    return str(message)


@pytest.mark.soak
def test_killed_in_every_stage_it_ends_as_if_it_never_was(
    tmp_path: Path, material: tuple[Path, Path], undisturbed: Job
) -> None:
    job = small_job(tmp_path / "run", *material)
    for stage, how in zip(SOME, cycle((signal.SIGKILL, signal.SIGSEGV)), strict=False):
        child = in_stage(job, stage)
        assert child.pid is not None
        os.kill(child.pid, how)
        child.join(PATIENCE_S)
        assert child.exitcode == -how
        assert job.status() == "interrupted"
    goes_on(job, undisturbed)


@pytest.mark.soak
def test_a_stop_is_obeyed_in_every_stage_and_a_student_is_left(
    tmp_path: Path, material: tuple[Path, Path], undisturbed: Job
) -> None:
    job = small_job(tmp_path / "run", *material)
    for stage in SOME:
        child = in_stage(job, stage)
        job.control("stop")
        child.join(PATIENCE_S)
        assert (child.exitcode, job.status()) == (0, "stopped")
        assert not (job.folder / "verdict.json").exists()
        if stage != "targets" and logged(job)[-1] == "stopped on request":  # not in the middle, as on a busy machine
            load_model(job.folder / "student.onnx", device="cpu", threads=1).close()
    goes_on(job, undisturbed)


@pytest.mark.soak
def test_a_run_folder_that_is_pulled_away_ends_it_and_may_come_back(
    tmp_path: Path, material: tuple[Path, Path], undisturbed: Job
) -> None:
    job, elsewhere = small_job(tmp_path / "run", *material), tmp_path / "elsewhere"
    for stage in SOME[:1] if len(SOME) < len(STAGES) else STAGES:
        child = in_stage(job, stage)
        job.folder.rename(elsewhere)
        child.join(PATIENCE_S)
        assert child.exitcode == 1
        assert not job.folder.exists(), "and makes no folder of its own accord"
        elsewhere.rename(job.folder)
        assert f"{job.folder} is gone" in logged(job)[-1]
    goes_on(job, undisturbed)


def test_a_clip_that_is_deleted_is_named_and_may_come_back(
    tmp_path: Path, material: tuple[Path, Path], undisturbed: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, aside = material[0], material[0].with_name("aside")
    job = small_job(tmp_path / "run", *material)
    for where, reads in ((trainer.steady.choosing, "heard"), (trainer.steady.run, "judge_student")):
        whole = getattr(where, reads)

        def without(*given: object, whole: Callable[..., object] = whole) -> object:
            clip.rename(aside)
            return whole(*given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(where, reads, without)
            assert str(clip) in failed(job, capsys)
        aside.rename(clip)
    goes_on(job, undisturbed)


def test_a_clip_that_lacks_an_image_is_not_judged_on_the_rest(
    tmp_path: Path, material: tuple[Path, Path], undisturbed: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job = copied(undisturbed, tmp_path)
    last = material[0] / "23.png"
    kept = last.read_bytes()
    last.unlink()
    try:
        message = failed(job, capsys)
    finally:
        last.write_bytes(kept)
    assert f"{material[0]} ends before frame 23" in message
    assert (job.folder / "student.onnx").is_file()
    assert not (job.folder / "verdict.json").exists()


@pytest.mark.parametrize("short", [MemoryError(), BackendError("CPU failed: bad allocation"), None])
def test_out_of_memory_while_it_chooses_is_told(
    tmp_path: Path, undisturbed: Job, capsys: pytest.CaptureFixture[str], short: Exception | None
) -> None:
    job = copied(undisturbed, tmp_path)

    def no_memory(*_: object) -> None:
        raise short or RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes. Error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer.steady.choosing, "heard", no_memory)
        message = failed(job, capsys)
    assert "ran out of memory" in message
    assert "resume" in message


@pytest.mark.soak
def test_a_full_disk_is_told_wherever_it_is_met(
    tmp_path: Path, material: tuple[Path, Path], undisturbed: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job = small_job(tmp_path / "run", *material)
    for writer in WRITERS[:: sweep_count(sample=2, full=1)]:
        with pytest.MonkeyPatch.context() as full:
            full.setattr(writer, _full)
            message = failed(job, capsys)
        assert "no room left" in message or "no space left" in message.lower(), writer
        assert not list(job.folder.rglob(".part*")), writer
        assert not (job.folder / "verdict.json").exists()
    goes_on(job, undisturbed)


def _full(place: object, *given: object, **_: object) -> None:
    path = next(each for each in (place, *given) if isinstance(each, Path))
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def copied(undisturbed: Job, folder: Path) -> Job:
    """A job that has learnt all, and was interrupted before it chose."""
    shutil.copytree(undisturbed.folder, folder / "run")
    job = Job(folder / "run")
    for name in ("verdict.json", "student.onnx", "student.safetensors"):
        (job.folder / name).unlink()
    return job
