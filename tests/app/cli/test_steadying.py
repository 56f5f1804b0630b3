"""`steadymask steady` where its child ends otherwise than in good order."""

import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.app.cli.serving import Run
from tests.app.window.clips import write_clip
from tests.trainer.steady.small import START, small_job
from tests.waiting import wait_for
from trainer.job import Job, JobState


def broken_off(command: Run, folder: Path, break_it: Callable[[Job, int], None]) -> subprocess.CompletedProcess[str]:
    """What the command says where `break_it` is done to its job and the pid of the child, as that has begun."""
    clip = write_clip(folder / "drive.mp4")
    job = small_job(folder / "run", clip, START)
    state = job.folder / "state.json"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(command, "steady", clip, "--out", job.folder)
        wait_for(state.exists)
        break_it(job, JobState.model_validate_json(state.read_bytes()).pid)
        return running.result()


@pytest.mark.parametrize(("how", "said"), [(signal.SIGKILL, "was killed (SIGKILL)"), (signal.SIGSEGV, "(SIGSEGV)")])
def test_a_child_that_is_killed_is_told_of(command: Run, tmp_path: Path, how: int, said: str) -> None:
    done = broken_off(command, tmp_path, lambda job, pid: os.kill(pid, how))
    assert done.returncode == 1
    assert said in done.stderr
    assert "the same command resumes" in done.stderr
    assert Job(tmp_path / "run").status() == "interrupted"


def test_a_run_folder_that_is_pulled_away_is_told_of(command: Run, tmp_path: Path) -> None:
    def pull(job: Job, pid: int) -> None:
        job.folder.rename(tmp_path / "elsewhere")
        os.kill(pid, signal.SIGKILL)  # it would end by itself, once it has imported torch

    done = broken_off(command, tmp_path, pull)
    assert done.returncode == 1
    assert f"{tmp_path / 'run'} is gone" in done.stderr
    assert not (tmp_path / "run").exists()
