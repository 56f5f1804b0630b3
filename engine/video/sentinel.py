"""Remembers which file was open, so that after a crash the next start can do without it."""

import json
import os
from pathlib import Path

from engine.atomic import write_text


class OpenSentinel:
    """A marker per process in `folder`: the file that is being opened or played.

    A marker whose process is gone was left by a crash. Several windows may run side by side; each has its own marker,
    and a process that is alive is no crash, whatever its marker says.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._own = self._folder / f"open-{os.getpid()}.json"

    def mark(self, path: str | Path) -> None:
        """Note that `path` is open from now on. Raises OSError if the folder cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        started = _start_time(os.getpid())
        # Flushed to disk only as far as a crash of the program needs: the system keeps what it was handed.
        write_text(self._own, json.dumps({"path": str(Path(path).absolute()), "started": started}), durable=False)

    def clear(self) -> None:
        """Forget the open file, and what crashes left. Called on a clean close, and after a left-over was offered."""
        self._own.unlink(missing_ok=True)
        for marker, _ in self._left():
            marker.unlink(missing_ok=True)

    def left_over(self) -> Path | None:
        """Return the file that was open at an unclean exit (the latest, if there were several), or None."""
        left = self._left()
        return left[-1][1] if left else None

    def _left(self) -> list[tuple[Path, Path]]:
        """(marker, file) of processes that are gone, oldest first."""
        found = []
        for marker in self._folder.glob("open-*.json"):
            try:
                noted = json.loads(marker.read_text(encoding="utf-8"))
                pid, started, path = int(marker.stem.removeprefix("open-")), noted["started"], Path(noted["path"])
                written = marker.stat().st_mtime
            except (OSError, ValueError, KeyError, TypeError):
                continue  # not a marker of ours, or just replaced by its owner
            if started is None or _start_time(pid) != started:
                found.append((written, marker, path))
        return [(marker, path) for _, marker, path in sorted(found)]


def _start_time(pid: int) -> float | None:
    """When process `pid` started, or None if there is none (numbers are given out again, start times are not)."""
    import psutil

    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None
