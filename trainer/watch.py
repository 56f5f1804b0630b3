"""Hearing that a child is to stop, whatever its main thread is doing. This module imports neither Qt nor torch."""

import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from engine.errors import SteadymaskError

LOOK_S = 0.1
GRACE_S = 2.5
"""How long whoever was asked to stop may take to do it in good order, saving what was learnt last."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Watch:
    """A thread that beats every `beat_s` seconds and looks all the time whether a stop is asked for.

    asked: whether somebody asks for it. A stop once heard stays heard. break_off: called where a stop was heard and
    the watch is not ended within GRACE_S; None for never.
    """

    def __init__(
        self,
        *,
        beat: Callable[[], None],
        beat_s: float,
        asked: Callable[[], bool],
        break_off: Callable[[], None] | None,
    ) -> None:
        self._beat, self._beat_s, self._asked, self._break_off = beat, beat_s, asked, break_off
        self._heard, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Return when it has ended."""
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def stop_heard(self) -> bool:
        """Whether a stop is asked for now, or was earlier."""
        if not self._heard.is_set() and self._asked():
            self._heard.set()
        return self._heard.is_set()

    def _run(self) -> None:
        next_beat = time.monotonic() + self._beat_s
        break_at: float | None = None
        while not self._over.wait(LOOK_S):
            if time.monotonic() >= next_beat:
                self._beat()
                next_beat = time.monotonic() + self._beat_s
            if self._break_off is None:
                continue
            if _signalled():
                self._heard.set()
            with suppress(SteadymaskError, OSError, ValueError):  # a request that cannot be read is the main thread's
                if break_at is None and self.stop_heard():
                    break_at = time.monotonic() + GRACE_S
            if break_at is not None and time.monotonic() >= break_at:
                self._break_off()


_SIGNALLED: list[socket.socket] = []


@contextmanager
def signals_stop() -> Iterator[None]:
    """Within the block SIGTERM and SIGINT end nothing: a Watch hears of them. For the main thread of a child.

    Python's handlers would wait for native code to return; that a signal came is written to a socket at once.
    """
    hear, tell = socket.socketpair()
    hear.setblocking(False)
    tell.setblocking(False)
    earlier = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    before = signal.set_wakeup_fd(tell.fileno(), warn_on_full_buffer=False)
    _SIGNALLED.append(hear)
    try:
        yield
    finally:
        _SIGNALLED.remove(hear)
        signal.set_wakeup_fd(before)
        for number, handler in earlier.items():
            signal.signal(number, handler)
        hear.close()
        tell.close()


def _signalled() -> bool:
    return any(
        select.select([hear], [], [], 0)[0] and any(number in SIGNALS for number in hear.recv(64))
        for hear in _SIGNALLED
    )
