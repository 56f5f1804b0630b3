"""Children: what they say, that they end however they are left, and how their end is told."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from engine.children import TooSlow, how_ended, last_line, python, run, running, wait

HANG = python("-c", "import time; time.sleep(300)")


def test_what_it_said_and_how_it_ended() -> None:
    ended = run(python("-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(4)"), timeout_s=60)
    assert (ended.status, ended.said.strip(), ended.notes.strip()) == (4, "out", "err")
    assert how_ended(ended.status, ended.notes) == "status 4: err"


def test_one_that_hangs_has_ended_when_it_is_given_up() -> None:
    with pytest.raises(TooSlow, match="no answer within 0 s"), running(HANG) as child:
        wait(child, timeout_s=0.2)
    assert child.returncode is not None


def test_who_looks_may_end_the_waiting() -> None:
    looks = []

    def look() -> None:
        looks.append(child.poll())
        if len(looks) == 3:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"), running(HANG) as child:
        wait(child, timeout_s=60, look=look, every_s=0.01)
    assert looks == [None] * 3
    assert child.returncode is not None


def test_the_block_ends_it_whatever_happens_there() -> None:
    with pytest.raises(ZeroDivisionError), running(HANG) as child:
        1 / 0  # noqa: B018
    assert child.returncode is not None


def test_its_input_stays_open_while_it_is_waited_for() -> None:
    """So that it can tell by the end of its input that nobody waits any more."""
    asleep = threading.Event()
    command = python("-c", "import sys; sys.stdin.read()")
    with running(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        with pytest.raises(TooSlow):
            wait(child, timeout_s=1, look=asleep.set, every_s=0.1)
        assert asleep.is_set()
        assert child.stdin is not None
        child.stdin.close()
        child.stdin = None
        assert wait(child, timeout_s=60) == ("", "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_signal_is_told_by_its_name() -> None:
    ended = run(python("-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), timeout_s=60)
    assert how_ended(ended.status, ended.notes) == "SIGKILL"
    assert how_ended(-250) == "signal 250"


@pytest.mark.parametrize(("said", "last"), [("", ""), ("a\n b \n\n", "b"), (" \n", ""), ("one", "one")])
def test_the_last_line_is_the_last_that_says_something(said: str, last: str) -> None:
    assert last_line(said) == last
    assert how_ended(1, said) == (f"status 1: {last}" if last else "status 1")


def test_a_file_in_the_working_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert run(python("-c", "import json"), timeout_s=60).status == 0
