"""Work that outlives the program: what is not done yet stands in a small file, whatever ends it. No Qt.

Each window has a file of its own, `work-TOKEN.json`, and holds the lock beside it as long as it runs: a file whose lock
is free was left by one that has ended.
"""

import logging
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from app.export.written import AnyWritten, Written, written
from engine.atomic import write_text
from engine.work import Request

_LOG = logging.getLogger(__name__)


class _File(BaseModel):
    """hidden: the window has gone, and what it does goes on."""

    model_config = ConfigDict(extra="ignore")

    version: int = 1
    hidden: bool = False
    requests: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What was found at the start. requests: that were not done. hidden: files of windows that go on unseen, with the
    clips that they work on.
    """

    requests: tuple[Request, ...] = ()
    hidden: tuple[tuple[Path, tuple[str, ...]], ...] = ()


class KeptWork:
    """The file of one window. What touches the disk is for other threads than the GUI's, any number of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"work-{secrets.token_hex(6)}.json"
        self._lock = _lock_of(self._path)
        self._busy = threading.Lock()
        self._wanted = _File()
        self._left: tuple[AnyWritten, ...] = ()
        self._there = _File()
        self._closed = False

    def keep(self, requests: Sequence[Request], *, hidden: bool = False) -> None:
        """This is what is to be done from now on, beside what earlier windows left; `write` is due."""
        self._wanted = _File(hidden=hidden, requests=tuple(each for request in requests for each in _spoken(request)))

    def settle_left(self) -> None:
        """What earlier windows left was taken up, or given up; `write` is due."""
        self._left = ()

    def take_call(self) -> bool:
        """Whether another window asked this one to show itself; told once."""
        try:
            _call_of(self._path).unlink()
        except OSError:
            return False
        return True

    def write(self) -> None:
        """Bring it to the disk. Raises OSError; the old file is then whole."""
        with self._busy:
            self._write()

    def take_left(self) -> Left:
        """Make what earlier windows left this one's, and tell it; nothing of it is lost on the way. Raises OSError."""
        requests: list[Request] = []
        hidden = []
        for path in sorted(self._folder.glob("work-*.json")):
            if path == self._path:
                continue
            lock = _lock_of(path)
            try:
                lock.acquire()
            except (Timeout, OSError):  # its window runs
                there = _read(path)
                if there is not None and there.hidden:
                    hidden.append((path, tuple(each.spec for each in there.requests)))
                continue
            taken: list[Request] | None = None
            try:
                taken = self._take(path)
            finally:
                _let_go(lock, *(() if taken is None else (path, _call_of(path))))
            requests += taken or ()
        return Left(tuple(requests), tuple(hidden))

    def close(self) -> None:
        """Bring it to the disk for the next start, and let it be found there. Raises OSError."""
        with self._busy:
            try:
                self._write()
            finally:
                self._closed = True
                if self._lock.is_locked:
                    _let_go(self._lock, *(() if self._there.requests else (self._path, _call_of(self._path))))

    def _take(self, path: Path) -> list[Request] | None:
        """What stands in a file, which is in this window's then; None where it must stay, as this one has ended."""
        there = _read(path)
        if there is None or not there.requests:
            return []
        with self._busy:
            if self._closed:
                return None
            self._left = (*self._left, *there.requests)
            self._write()
        return [each.read() for each in there.requests]

    def _write(self) -> None:
        wanted = self._wanted.model_copy(update={"requests": (*self._wanted.requests, *self._left)})
        if self._closed or wanted == self._there:
            return
        if not self._lock.is_locked:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        write_text(self._path, wanted.model_dump_json(indent=1))
        self._there = wanted


def call(path: Path) -> None:
    """Ask the window whose file this is to show itself. Touches the disk. Raises OSError."""
    write_text(_call_of(path), "")


def _spoken(request: Request) -> Iterator[AnyWritten]:
    """The request as it is written; nothing where a path in it has a name that no text can hold."""
    try:
        asked = written(request)
        asked.model_dump_json()
    except ValueError as error:
        _LOG.warning("%r cannot be kept for the next start: %s", request.folder, error)
    else:
        yield asked


def _read(path: Path) -> _File | None:
    try:
        return _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None  # another window was quicker
    except (OSError, ValidationError) as error:
        _LOG.warning("%s cannot be used: %s", path, error)
        return None


def _let_go(lock: FileLock, *gone: Path) -> None:
    """Remove these, and the lock with its file."""
    for path in (*gone, Path(lock.lock_file)):
        with suppress(OSError):  # Windows deletes a lock's file when it is let go
            path.unlink()
    lock.release()


def _lock_of(path: Path) -> FileLock:
    return FileLock(path.with_suffix(".lock"), timeout=0, thread_local=False)


def _call_of(path: Path) -> Path:
    return path.with_suffix(".call")
