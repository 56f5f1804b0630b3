"""Work off the GUI thread: request → pure call in a daemon thread → result back on the GUI thread."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from app.threads import start_thread

_LOG = logging.getLogger(__name__)

_NICER = 5

T = TypeVar("T")


class Background(QObject):
    """Runs calls in threads of their own. Create it, and call `submit`, on the GUI thread.

    A call that hangs (a camera that does not answer) holds up nothing else; its thread is a daemon.
    """

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._finished.connect(self._on_finished)

    def submit(
        self,
        call: Callable[[], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[BaseException], object] | None = None,
        discard: Callable[[T], object] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Run `call` in a thread; then `done` or `failed` on the GUI thread.

        failed: where there is none, a failure goes to the log.
        discard: frees a result that came after `close`, or for an owner that is gone.
        owner: for whom the result is; nothing is delivered once it is deleted.
        """

        def run() -> None:
            try:
                result = call()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is handed to the interface
                if not self._closed.is_set():
                    self._finished.emit(_Outcome(failed, error, None, owner))
                return
            if not self._closed.is_set():
                self._finished.emit(_Outcome(done, result, discard, owner))
            elif discard is not None:
                discard(result)

        self._threads = [known for known in self._threads if known.is_alive()]
        self._threads.append(start_thread(run, "steadymask-task"))

    def close(self) -> None:
        """Deliver nothing from now on. Returns at once."""
        self._closed.set()

    def join(self, deadline: float) -> bool:
        """Wait for every call until `deadline` (monotonic seconds). Returns True when all have ended."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _on_finished(self, outcome: "_Outcome") -> None:
        if self._closed.is_set():
            return
        if outcome.owner is not None and not isValid(outcome.owner):
            discard, value = outcome.discard, outcome.value
            if discard is not None and not isinstance(value, BaseException):
                self.submit(lambda: discard(value))
        elif outcome.callback is not None:
            outcome.callback(outcome.value)
        elif isinstance(outcome.value, BaseException):
            _LOG.error("a background task failed", exc_info=outcome.value)


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """What a call came to, on its way to the GUI thread."""

    callback: Callable[[Any], object] | None
    value: Any
    discard: Callable[[Any], object] | None
    owner: QObject | None


def step_back() -> None:
    """Lower the priority of this thread, and of those that it starts from now on: with all cores busy the window's
    thread then comes first. On Linux, where threads have one; for a thread that ends with what it was made for.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICER)
