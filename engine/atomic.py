"""Replacing a file whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Placing(Protocol):
    """How a finished file comes to stand under its name."""

    def temporary(self, target: Path) -> Path:
        """A name beside `target`, or at least on its file system, that nothing has."""

    def place(self, temporary: Path, target: Path) -> None:
        """Let `temporary` stand as `target`. Raises OSError; `target` is then as it was."""


class _Replacing:
    """Whatever stands under the name is replaced."""

    def temporary(self, target: Path) -> Path:
        return target.with_name(f".part-{secrets.token_hex(6)}{target.suffix[:16]}")

    def place(self, temporary: Path, target: Path) -> None:
        temporary.replace(target)


class _New(_Replacing):
    """Nothing may stand under the name."""

    def place(self, temporary: Path, target: Path) -> None:
        place_new(temporary, target)


REPLACE: Placing = _Replacing()
NEW: Placing = _New()


@contextmanager
def atomic_write(path: str | Path, *, durable: bool = True, placing: Placing = REPLACE) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on a clean exit it takes the place of `path`, otherwise it is removed.

    The temporary name keeps the suffix (libraries guess formats from it) and is short, so that a target name at the
    file system's limit still works. With `durable`, contents and folder entry reach the disk before this returns;
    without it a power cut may lose the new file, but a crash of the program still never shows half of one.
    placing: what may be replaced.

    Raises OSError as the file system gives it; `path` is then as it was before.
    """
    target = Path(path)
    temporary = placing.temporary(target)
    try:
        yield temporary
        if durable:
            _flush_file(temporary)
        placing.place(temporary, target)
        if durable:
            flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def place_new(temporary: Path, target: Path) -> None:
    """Give a file the name `target`, which nothing may have: raises FileExistsError where something has it meanwhile.

    Raises OSError as the file system gives it.
    """
    try:
        os.link(temporary, target)  # unlike a renaming, it never replaces
    except FileExistsError:
        raise
    except OSError as error:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        temporary.rename(target)
    else:
        temporary.unlink()


def write_bytes(path: str | Path, data: bytes, *, durable: bool = True, placing: Placing = REPLACE) -> None:
    """Replace `path` by `data` atomically. Raises OSError; the old file is then whole."""
    with atomic_write(path, durable=durable, placing=placing) as temporary:
        temporary.write_bytes(data)


def write_text(path: str | Path, text: str, *, durable: bool = True, placing: Placing = REPLACE) -> None:
    """Replace `path` by `text` (UTF-8, line ends as given) atomically. Raises OSError; the old file is then whole."""
    write_bytes(path, text.encode("utf-8"), durable=durable, placing=placing)


def _flush_file(path: Path) -> None:
    # Windows flushes only through a descriptor that may write.
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Bring what was created, renamed or removed in `folder` to the disk. Raises OSError."""
    if os.name != "posix":
        return  # Windows has no descriptors for folders
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        return  # some network file systems refuse to flush a folder; the replacement itself has happened
    finally:
        os.close(descriptor)
