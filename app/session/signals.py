"""Being asked to end by the system or the terminal, which is no crash: the window leaves as if it had been closed."""

import signal
import socket
from types import FrameType, TracebackType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal

_NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")  # of which every system has some


class EndSignals(QObject):
    """While it is entered, signals to end the program are told here, and do nothing else. Main thread only.

    Python runs its handlers between two of its own instructions, and there are none while Qt waits for events. So the
    number of the signal is written to a socket, which Qt watches; that holds on Windows, too.
    """

    received = Signal(int)
    """The number of the signal."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before: dict[signal.Signals, Any] = {}
        self._wakeup_before = -1
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_written)

    def __enter__(self) -> "EndSignals":
        self._wakeup_before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for name in _NAMES:
            number = getattr(signal, name, None)
            # What the one who started us wants ignored (nohup) stays so.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, _told_elsewhere)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()
        signal.set_wakeup_fd(self._wakeup_before)
        self._notifier.setEnabled(False)
        self._notifier.deleteLater()
        self._read.close()
        self._write.close()

    def _on_written(self) -> None:
        # Other signals that Python handles are written there, too.
        for number in self._read.recv(4096):
            if number in self._before:
                self.received.emit(number)


def _told_elsewhere(number: int, frame: FrameType | None) -> None:
    """The socket tells it."""
