"""How much space files and folders take, and how much there is."""

import os
import shutil
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from engine.progress import CancelCheck

MOST_FILES = 100_000
"""Files and folders in one folder that are counted at most."""


@dataclass(frozen=True, slots=True)
class Size:
    """bytes: at least so many where not `whole`. changed: the latest writing of a file in it, seconds since 1970."""

    bytes: int
    whole: bool
    changed: float | None


class Counter:
    """Adds up files without following links; a file with several names (hard links) counts once per counter."""

    def __init__(self, deadline: float, cancelled: CancelCheck) -> None:
        """deadline: monotonic seconds, after which nothing more is counted; nor is it once `cancelled` says True."""
        self._deadline = deadline
        self._cancelled = cancelled
        self._seen: set[tuple[int, int]] = set()

    def measure(self, path: Path) -> Size:
        """The size of a file or a folder; not `whole` where time or number did not suffice, or a part is not ours."""
        waiting: list[str] = []
        total, files, whole = 0, 0, True
        changed: float | None = None
        try:
            first = path.lstat()
        except OSError:
            return Size(0, False, None)
        if stat.S_ISDIR(first.st_mode):
            waiting.append(str(path))
        else:
            total, changed = self._bytes(first), first.st_mtime
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        files += 1
                        if files > MOST_FILES or self._over():
                            return Size(total, False, changed)
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                            continue
                        status = entry.stat(follow_symlinks=False)
                        total += self._bytes(status)
                        changed = max(changed or status.st_mtime, status.st_mtime)
            except OSError:
                whole = False  # vanished meanwhile, or not ours to read
        return Size(total, whole, changed)

    def _bytes(self, status: os.stat_result) -> int:
        if status.st_nlink > 1:
            identity = (status.st_dev, status.st_ino)
            if identity in self._seen:
                return 0
            self._seen.add(identity)
        return status.st_size

    def _over(self) -> bool:
        return time.monotonic() > self._deadline or self._cancelled()


def free_space(folder: Path) -> tuple[int, int]:
    """Free and total bytes of the disk that `folder` is on, or would be. Raises OSError."""
    usage = shutil.disk_usage(nearest(folder))
    return usage.free, usage.total


def nearest(folder: Path) -> Path:
    """What of `folder` is there already: itself, or the folder above that it would be in; the root if none is."""
    path = folder.absolute()
    return next((place for place in (path, *path.parents) if place.exists()), Path(path.anchor))
