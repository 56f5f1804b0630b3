"""How much may be kept: what was used longest ago goes first."""

import os
import re
import shutil
import threading
from pathlib import Path

from engine.storage.size import free_space

RESERVE = 500_000_000
"""Bytes of the disk that are left to others."""
_OURS = re.compile(r"[0-9a-f]{16}(-[0-9a-f]{16}){1,3}")


class Budget:
    """Of the folders of shelves in one folder. For use from several threads at once."""

    def __init__(self, root: Path, most: int) -> None:
        """most: bytes that all of them may take together."""
        self._root, self._most = root, most
        self._lock = threading.Lock()
        self._taken: int | None = None

    def allows(self, shelf: Path, count: int) -> bool:
        """Whether `count` bytes more may be written to a shelf, after others were removed for it where they had to be.

        Raises OSError where the disk cannot be asked.
        """
        with self._lock:
            if free_space(self._root)[0] < RESERVE + count:
                return False
            if self._taken is None or self._taken + count > self._most:
                self._taken = self._make_room(shelf, count)
            if self._taken + count > self._most:
                return False
            self._taken += count
            return True

    def _make_room(self, shelf: Path, count: int) -> int:
        """Remove the oldest until `count` bytes fit. Returns how many are taken then."""
        found = sorted((_changed(folder), folder, _size(folder)) for folder in self._folders())
        taken = sum(size for _, _, size in found)
        for _, folder, size in found:
            if taken + count <= self._most:
                break
            if folder != shelf:
                shutil.rmtree(folder, ignore_errors=True)
                taken -= size - _size(folder)
        return taken

    def _folders(self) -> list[Path]:
        try:
            return [
                Path(entry.path)
                for entry in os.scandir(self._root)
                if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            ]
        except FileNotFoundError:
            return []


def touch(shelf: Path) -> None:
    """The shelf is used now."""
    try:
        os.utime(shelf)
    except OSError:
        return  # it is not there yet, or belongs to a disk that cannot be written


def _size(folder: Path) -> int:
    """Bytes in a folder without folders; 0 where it is gone."""
    try:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder))
    except OSError:
        return 0


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
