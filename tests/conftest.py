"""Fixtures for every test: what a test starts, it ends."""

import threading
import time
from collections.abc import Iterator

import psutil
import pytest

_PATIENCE_S = 10.0
_MULTIPROCESSING_HELPERS = ("resource_tracker", "forkserver")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "leaves_running(reason): exempt from the check for leaked threads and processes")


@pytest.fixture(autouse=True)
def _nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread or a child process behind, and say which."""
    threads, children = set(threading.enumerate()), set(_children())
    yield
    if request.node.get_closest_marker("leaves_running"):
        return
    deadline = time.monotonic() + _PATIENCE_S
    while (left := _left(threads, children)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if left:
        pytest.fail(f"left running by this test: {', '.join(left)}")


def _left(threads: set[threading.Thread], children: set[psutil.Process]) -> list[str]:
    left = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads]
    for child in _children():
        if child not in children:
            left.append(f"process {child.pid} {_command(child)}")  # noqa: PERF401 - a plain loop reads better here
    return left


def _children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [child for child in found if not any(helper in _command(child) for helper in _MULTIPROCESSING_HELPERS)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.Error:
        return ""
