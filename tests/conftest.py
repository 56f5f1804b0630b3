"""Fixtures for every test: what a test starts, it ends."""

import gc
import os
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest

from app.display import DEBIAN_PACKAGES

# No test could notice that the power fails, and many would wait for the disk. A wrong descriptor still raises.
os.fsync = os.fstat  # type: ignore[assignment]

# Tests run in several processes: torch's threads of all, on two cores, would wait for each other in busy loops. Before
# anything imports torch, and for the children that tests start as well.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def _qt_problem() -> str | None:
    """Why the window's tests cannot run here: Qt's wheels need libraries of the system."""
    try:
        from PySide6 import QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt cannot be loaded ({error}); install {DEBIAN_PACKAGES}"
    return None


QT_PROBLEM = _qt_problem()
# pyproject.toml switches pytest-qt off, since it stops the whole run where Qt cannot be loaded.
pytest_plugins = [] if QT_PROBLEM else ["pytestqt.plugin"]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the window's tests out where there is no Qt; tests/test_qt_is_there.py then skips with the reason."""
    is_window = collection_path == Path(__file__).parent / "app" / "window"
    return True if QT_PROBLEM and is_window else None


_PATIENCE_S = 10.0
_MULTIPROCESSING_HELPERS = ("resource_tracker", "forkserver")
_POOLED = "flow_"
"""How the threads of engine.flow's pool are called, which wait for work as long as the process lives."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported is never garbage: it is not looked through meanwhile, nor by any later collection."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with the longest tests first, so that processes which share the files end together."""
    items.sort(key=lambda item: [not item.nodeid.startswith(f"tests/{part}/") for part in ("trainer", "engine")])


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
    started = [thread.name for thread in threading.enumerate() if thread not in threads]
    left = [f"thread {name}" for name in started if not name.startswith(_POOLED)]
    for child in _children():
        if child not in children:
            left.append(f"process {child.pid} {_command(child)}")  # noqa: PERF401 - a plain loop reads better here
    return left


def _children() -> list[psutil.Process]:
    if hasattr(os, "waitid"):
        # Far sooner said than by a look at every process of the machine.
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return []
    found = psutil.Process().children(recursive=True)
    return [child for child in found if not any(helper in _command(child) for helper in _MULTIPROCESSING_HELPERS)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.Error:
        return ""
