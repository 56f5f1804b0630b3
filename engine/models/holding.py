"""Folders that a living process holds: models in the making, and removed ones that may come back.

Each has a lock that its process holds as long as it lives. Everything here is called with the library's lock held.
"""

import os
import secrets
import shutil
from pathlib import Path
from typing import ClassVar, Literal

from filelock import FileLock, Timeout

from engine.atomic import flush_folder, write_bytes

Purpose = Literal["work", "trash"]


class Holding:
    """One held folder. `contents` is what it holds; `folder` itself also has the lock and the mark of the finished."""

    PREFIX: ClassVar[str] = ".held-"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents = folder / "contents"
        self._mark = folder / "finished"
        # A window makes and releases it in different threads.
        self._lock = FileLock(folder / "lock", thread_local=False)

    @classmethod
    def make(cls, parent: Path, purpose: Purpose) -> "Holding":
        """Make a held folder in `parent`. Raises OSError."""
        holding = cls(parent / f"{cls.PREFIX}{purpose}-{secrets.token_hex(6)}")
        holding.contents.mkdir(parents=True)
        holding._lock.acquire(timeout=0)
        return holding

    def take_over(self) -> bool:
        """Hold the folder of a dead process; False while its owner lives, or has just deleted it."""
        try:
            self._lock.acquire(timeout=0)
        except (Timeout, FileNotFoundError):
            return False
        return True

    def finish(self) -> None:
        """Mark that everything is in: from now on `contents` is not put back by others. Raises OSError."""
        flush_folder(self.contents)
        write_bytes(self._mark, b"")
        flush_folder(self.folder.parent)

    @property
    def is_finished(self) -> bool:
        """Whether `finish` was reached."""
        return self._mark.exists()

    def put_back(self, library: Path) -> None:
        """Move the contents to `library`; what finds its name taken stays. Raises OSError; may be called again."""
        self._mark.unlink(missing_ok=True)
        for place in list(self.contents.iterdir()):
            if not os.path.lexists(library / place.name):
                place.rename(library / place.name)
        flush_folder(library)

    def release(self) -> None:
        """Delete what is still in it, and the folder."""
        shutil.rmtree(self.contents, ignore_errors=True)
        self._lock.release()  # Windows deletes no open file
        # The mark goes last: without it, whoever finds a rest of the contents would put that back.
        if not self.contents.exists():
            shutil.rmtree(self.folder, ignore_errors=True)


def clear_up(library: Path) -> None:
    """Finish what dead processes left in `library`: put unfinished removals back, delete all else. Raises OSError."""
    for folder in library.glob(f"{Holding.PREFIX}*"):
        left = Holding(folder)
        if not left.take_over():
            continue
        if folder.name.startswith(f"{Holding.PREFIX}trash-") and not left.is_finished and left.contents.is_dir():
            left.put_back(library)
            if any(left.contents.iterdir()):
                continue
        left.release()
