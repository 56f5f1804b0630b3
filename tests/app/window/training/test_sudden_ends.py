"""What breaks a training from outside, as the window tells it: it lives, says what happened, and goes on from there."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.training.record import Record
from resources import MODELS
from tests.app.window.clips import write_clip
from tests.app.window.conftest import LONG_MS, MakeWindow
from tests.app.window.hands import until
from tests.app.window.training.conftest import Children, plan
from tests.trainer.steady.small import SMALL
from trainer.job import JobState
from trainer.steady import ClipSpan, plan_steadying

Launched = list["subprocess.Popen[bytes]"]


def told(window: MainWindow, words: str) -> bool:
    return any(words in message.text for message in window.banners.messages.values())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_is_killed_is_told_of_with_the_reason_and_goes_on(
    make_window: MakeWindow, real_children: Launched, qtbot: QtBot, tmp_path: Path, how: signal.Signals
) -> None:
    """The real one, as it has just begun."""
    clip = write_clip(tmp_path / "drive.mp4")
    window = make_window()
    jobs = window.steadying.jobs
    jobs.start(plan_steadying([ClipSpan(clip)], MODELS / "street.safetensors", threads=1, changes=SMALL))
    with_patience(qtbot, lambda: jobs.records and jobs._children and jobs._children[jobs.records[0]].told)
    (record,) = jobs.records
    real_children[0].send_signal(how)
    until(qtbot, lambda: told(window, "The training of street-steady was interrupted: its process "))
    assert told(window, how.name)
    assert record.status == "interrupted"
    (message,) = (each for each in window.banners.messages.values() if how.name in each.text)
    next(action for action in message.actions if action.label == "Resume").run()
    with_patience(qtbot, lambda: len(real_children) == 2 and pid_of(record) == real_children[1].pid)
    assert record.status == "running"
    real_children[1].kill()
    until(qtbot, lambda: not record.works)


def with_patience(qtbot: QtBot, condition: Callable[[], object]) -> None:
    """For what a real child does, which has a busy machine's least of everything."""
    qtbot.waitUntil(lambda: bool(condition()), timeout=4 * LONG_MS)


def pid_of(record: Record) -> int:
    return JobState.model_validate_json((record.folder / "state.json").read_bytes()).pid


def test_a_run_folder_that_is_pulled_away_is_told_of_and_found_where_it_comes_back(
    make_window: MakeWindow, children: Children, qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    jobs = window.steadying.jobs
    jobs.start(plan())
    until(qtbot, lambda: jobs.records and jobs.records[0].step == 86)
    (record,) = jobs.records
    record.folder.rename(tmp_path / "elsewhere")
    until(qtbot, lambda: told(window, "was moved or deleted"))
    assert told(window, str(record.folder))
    assert not jobs.records
    assert not window.exporting.bar.rows
    until(qtbot, lambda: children.launched[0].poll() is not None)
    assert not record.folder.exists()
    (tmp_path / "elsewhere").rename(record.folder)
    window.close()
    again = make_window()
    until(qtbot, lambda: told(again, "was not done when Steadymask ended"))
    assert again.steadying.jobs.records[0].status == "interrupted"
