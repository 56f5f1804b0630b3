"""Replacing a file whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: str | Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on a clean exit it takes the place of `path`, otherwise it is removed.

    The temporary name keeps the suffix (libraries guess formats from it) and is short, so that a target name at the
    file system's limit still works. With `durable`, contents and folder entry reach the disk before this returns;
    without it a power cut may lose the new file, but a crash of the program still never shows half of one.

    Raises OSError as the file system gives it; `path` is then as it was before.
    """
    target = Path(path)
    temporary = target.with_name(f".part-{secrets.token_hex(6)}{target.suffix[:16]}")
    try:
        yield temporary
        if durable:
            _flush_file(temporary)
        temporary.replace(target)
        if durable:
            flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: str | Path, data: bytes, *, durable: bool = True) -> None:
    """Replace `path` by `data` atomically. Raises OSError; the old file is then whole."""
    with atomic_write(path, durable=durable) as temporary:
        temporary.write_bytes(data)


def write_text(path: str | Path, text: str, *, durable: bool = True) -> None:
    """Replace `path` by `text` (UTF-8, line ends as given) atomically. Raises OSError; the old file is then whole."""
    write_bytes(path, text.encode("utf-8"), durable=durable)


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
