"""The log file: rotating, without passwords, without the same line over and over."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.log import Log, tail


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "logs")
    yield made
    made.close()


def test_lines_reach_the_file_without_passwords(log: Log) -> None:
    logging.getLogger("engine").warning("cannot open %s", "rtsp://me:secret@host/stream")
    log.close()
    text = tail(log.path.parent)
    assert "rtsp://host/stream" in text
    assert "secret" not in text


def test_a_line_that_comes_again_and_again_is_counted(log: Log) -> None:
    for _ in range(50):
        logging.getLogger("engine").warning("the same")
    logging.getLogger("engine").warning("another")
    log.close()
    text = tail(log.path.parent)
    assert text.count("the same") == 1
    assert "49 times more" in text


def test_exceptions_that_nobody_caught_are_written_and_told(log: Log) -> None:
    told: list[BaseException] = []
    log.catch(told.append)

    def fail() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    log.close()
    assert "in a thread" in tail(log.path.parent)
    assert [str(error) for error in told] == ["in a thread"]


def test_the_file_rotates(log: Log) -> None:
    for number in range(300):
        logging.getLogger("engine").warning("%d %s", number, "x" * 10_000)
    log.close()
    files = sorted(path.name for path in log.path.parent.iterdir())
    assert files == ["steadymask.log", "steadymask.log.1", "steadymask.log.2"]
    assert all(path.stat().st_size < 1_100_000 for path in log.path.parent.iterdir())


def test_the_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path) == ""
