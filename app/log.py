"""The log file: rotating, written off every thread that works, with passwords left out. For the window only."""

import logging
import queue
import re
import sys
import threading
from collections.abc import Callable
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

NAME = "steadymask.log"
_BYTES = 1_000_000
_FILES = 2  # beside the one that is written
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SECRET = re.compile(r"(?<=://)[^/@\s]+@")

_LOG = logging.getLogger(__name__)


class _Repeats(logging.Filter):
    """Lets a record through once, and says how often it came when another one follows."""

    def __init__(self) -> None:
        super().__init__()
        self._last = ""
        self._count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        text = f"{record.levelno} {record.name} {record.getMessage()}"
        if text == self._last:
            self._count += 1
            return False
        if self._count:
            record.msg = f"(the line above came {self._count} times more)\n{record.getMessage()}"
            record.args = ()
        self._last, self._count = text, 0
        return True


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class Log:
    """The log file of this process. folder: where it is."""

    def __init__(self, folder: Path) -> None:
        """Start writing; touches the disk. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / NAME
        file = RotatingFileHandler(self.path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True)
        file.setFormatter(_Formatter(_FORMAT))
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._handler = QueueHandler(self._queue)
        self._handler.setLevel(logging.INFO)
        self._handler.addFilter(_Repeats())
        self._listener = QueueListener(self._queue, file, respect_handler_level=True)
        self._file = file
        self._listener.start()
        root = logging.getLogger()
        self._level = root.level
        root.addHandler(self._handler)
        root.setLevel(min(root.level or logging.WARNING, logging.INFO))
        self._hooks = (sys.excepthook, threading.excepthook)

    def catch(self, tell: Callable[[BaseException], object] | None = None) -> None:
        """Write exceptions that nobody caught. tell: hears of them too, in whatever thread they came."""

        def main(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
            _LOG.error("an exception that nobody caught", exc_info=(kind, value, trace))
            if tell is not None and isinstance(value, Exception):
                tell(value)

        def thread(arguments: threading.ExceptHookArgs) -> None:
            if arguments.exc_value is not None:
                main(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

        sys.excepthook, threading.excepthook = main, thread

    def close(self) -> None:
        """Write what waits, and stop. May be called twice."""
        sys.excepthook, threading.excepthook = self._hooks
        root = logging.getLogger()
        if self._handler in root.handlers:
            root.removeHandler(self._handler)
            root.setLevel(self._level)
            self._listener.stop()
            self._file.close()


def without_secrets(text: str) -> str:
    """`text` with user and password taken out of every address."""
    return _SECRET.sub("", text)


def log_qt_messages() -> None:
    """Write Qt's own warnings to the log instead of the terminal."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO}

    def write(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        logging.getLogger("qt").log(levels.get(kind, logging.WARNING), "%s", text)

    qInstallMessageHandler(write)


def tail(folder: Path, lines: int = 200) -> str:
    """The last lines of the log in `folder`; empty where there is none. Touches the disk."""
    try:
        text = (folder / NAME).read_text("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
