"""Waiting in a test for what another thread does."""

import time
from collections.abc import Callable

PATIENCE_S = 30.0


def wait_for(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    """Return once `condition` is true; fail the test after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s"
        time.sleep(0.005)
