"""Holding a folder of results while they are written: nobody else writes there, and nobody's file is replaced."""

import errno
import json
import os
import secrets
import shlex
import shutil
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from engine.atomic import NEW, REPLACE, Placing, place_new, write_text
from engine.errors import ExportError, OccupiedError
from engine.ownership.survey import LOCK, MARKER, SCHEMA, Ask, Contents, Stamp, Survey, free_name, survey
from engine.video.writer import export_error


class Claim:
    """The right to write into a folder, until `release`. Places files as `engine.atomic.Placing` asks.

    resumed: whether the folder holds the results of the same run already, whole or cut off. One thread at a time.
    """

    def __init__(
        self,
        folder: Path,
        contents: Contents,
        run: Mapping[str, Any],
        *,
        source: Path | None = None,
        ask: Ask | None = None,
    ) -> None:
        """Take `folder`, which need not exist. run: plain JSON values, see `engine.ownership.survey.Marker`.

        source: what is read; it must not lie where something is to be written. ask: asked where files are in the way
        that we did not write; None for never replacing them. Raises OccupiedError, then nothing was changed, and
        ExportError.
        """
        self.folder = folder
        self._contents, self._run = contents, run
        self._source, self._ask = source, ask
        self._approved: frozenset[str] = frozenset()
        self._number = 0
        self._log = -1
        try:
            self._look()
            self._made = [place for place in (folder, *folder.parents) if not place.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
            self._lock.acquire()
        except Timeout as error:
            text = f"{folder} is being written to by another run; wait for it, or choose another folder."
            raise OccupiedError(text) from error
        except OSError as error:
            raise export_error(folder, error) from error
        self._held = True
        self._listed: dict[str, set[Stamp]] = {}
        try:
            found = self._look()  # what came before the lock was held
        except BaseException:
            self.release()
            raise
        self._found = found
        self._allowed = {path: found.stamps.get(path) for path in found.replaceable}
        self._listed = {path: {found.stamps[path]} for path in found.ours}
        self._token = found.marker.token if found.marker is not None else secrets.token_hex(6)
        self.notes = {path: found.marker.notes[path] for path in found.ours} if found.marker is not None else {}
        self.resumed = found.marker is not None and not found.other_kind and found.marker.run == run

    def begin(self) -> None:
        """Make the folder this run's: what another run of ours of the same kind left is removed. Raises ExportError."""
        try:
            for left in self._found.leftovers:
                _delete(left)
            if not self.resumed and not self._found.other_kind:
                for path in sorted(self.ours, key=lambda path: path != "summary.json"):
                    self.remove(path)
            self._log = self._open_log()
        except OSError as error:
            raise export_error(self.folder, error) from error

    @property
    def ours(self) -> Collection[str]:
        """Paths of the files that stand there as we wrote them."""
        return self._listed.keys()

    def make_room(self) -> None:
        """Remove the files that a person let be replaced, where no file is placed under their names. Raises OSError."""
        for path, stamp in self._allowed.items():
            place = self.folder / path
            if (stamp is not None and _stamp(place) == stamp) or (stamp is None and place.is_symlink()):
                place.unlink()

    def remove(self, path: str) -> None:
        """Remove a file where it is as we wrote it; else it stays. path: inside the folder. Raises OSError."""
        if path in self._listed and _stamp(self.folder / path) in self._listed[path]:
            (self.folder / path).unlink()
        self._listed.pop(path, None)

    def temporary(self, target: Path) -> Path:
        """A name in the folder of `target` that is known to be ours, whatever ends the program."""
        self._number += 1
        place = target.parent if target.is_relative_to(self.folder) else self.folder
        return place / f".part-{self._token}-{self._number}{target.suffix[:16]}"

    def place(self, temporary: Path, target: Path, **note: object) -> None:
        """List a finished file, and let it stand under its name. note: kept with it, plain JSON values.

        Raises OSError, and FileExistsError where somebody's file came there meanwhile.
        """
        path = target.relative_to(self.folder).as_posix()
        stamp = _stamp(temporary)
        if stamp is None:
            raise FileNotFoundError(2, "it was removed while it was written", str(temporary))
        self._list(path, stamp, note)
        there = _stamp(target)
        if there is not None and (there in self._listed.get(path, ()) or there == self._allowed.get(path)):
            temporary.replace(target)
        elif path in self._allowed and self._allowed[path] is None and target.is_symlink():
            temporary.replace(target)  # the link itself is replaced, not what it leads to
        else:
            place_new(temporary, target)
        if path in self._listed or "/" not in path:  # masks are placed once: no memory is kept of each
            self._listed[path] = {stamp}

    def adopt(self, target: Path) -> None:
        """List a file that grew under its own name, as it is now. Raises OSError."""
        path, stamp = target.relative_to(self.folder).as_posix(), _stamp(target)
        if stamp is not None:
            self._list(path, stamp, {})
            self._listed[path] = {stamp}

    def release(self) -> None:
        """Give the folder back; where nothing was written to it, all that was made for it goes. May be called twice."""
        if not self._held:
            return
        self._held = False
        if self._log >= 0:
            with suppress(OSError):
                os.fsync(self._log)
            os.close(self._log)
            self._log = -1
        with suppress(OSError):
            if not self._listed and {entry.name for entry in self.folder.iterdir()} <= {MARKER, LOCK}:
                (self.folder / MARKER).unlink(missing_ok=True)
        with suppress(OSError):  # Windows deletes it when it is let go
            (self.folder / LOCK).unlink()
        self._lock.release()
        for place in self._made:
            with suppress(OSError):  # it holds something
                place.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _look(self) -> Survey:
        """What is there, if it may be written to."""
        found = survey(self.folder, self._contents, self._source)
        if found.problem is not None:
            raise found.refusal()
        if not self._approved.issuperset(found.foreign):
            if self._ask is None or not self._ask(found):
                raise found.refusal()
            self._approved = frozenset(found.foreign)
        return found

    def _open_log(self) -> int:
        """The marker of this run, open at its end."""
        path = self.folder / MARKER
        about = {"schema": SCHEMA, "kind": self._contents.kind, "run": self._run, "token": self._token}
        head = json.dumps(about) + "\n"
        if self._found.marker is None:  # nothing is there, or an empty file
            log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o666)
            os.write(log, head.encode())
            return log
        if not self.resumed:
            lines = [_line(path, next(iter(stamps)), {}) for path, stamps in self._listed.items()]
            write_text(path, head + "".join(lines), placing=_Parts(self))
        log = os.open(path, os.O_WRONLY | os.O_APPEND)
        if not path.read_bytes().endswith(b"\n"):
            os.write(log, b"\n")  # behind a line that was cut off
        return log

    def _list(self, path: str, stamp: Stamp, note: Mapping[str, object]) -> None:
        line = _line(path, stamp, note).encode()
        if os.write(self._log, line) != len(line):  # what is not listed whole would be taken for somebody's
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder / MARKER))


class _Parts:
    """Replaces the marker itself, through a name that is known to be ours."""

    def __init__(self, claim: Claim) -> None:
        self.temporary = claim.temporary

    def place(self, temporary: Path, target: Path) -> None:
        temporary.replace(target)


def placing_of(path: Path, *, option: str, ask: Ask | None, sources: tuple[Path, ...] = ()) -> Placing:
    """How a single file may be placed at `path`. option: of the command line, that names it.

    ask: asked where there is a file already; None for never replacing one. sources: what is read, which is never
    replaced. Raises OccupiedError, ExportError for a place that is no file.
    """
    if not os.path.lexists(path):
        return NEW
    if path.is_dir():
        raise ExportError(f"{path} is a folder; name a file with {option}")
    found = Survey(path.parent, None, foreign=(path.name,), replaceable=(path.name,))
    place = path.resolve()
    touched = any(source.exists() and (source.resolve() in (place, *place.parents)) for source in sources)
    if touched:
        raise OccupiedError(
            f"{path} is, or lies in, what is read; nothing was changed. Choose another file with {option}."
        )
    if ask is None or not ask(found):
        raise OccupiedError(
            f"{path} exists already; nothing was changed. Choose another name, for example {option} "
            f"{shlex.quote(str(free_name(path)))}, or replace it with --overwrite."
        )
    return REPLACE


def _stamp(path: Path) -> Stamp | None:
    """Of a file that is no link; None for all else."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _line(path: str, stamp: Stamp, note: Mapping[str, object]) -> str:
    return json.dumps({"file": path, "bytes": stamp[0], "mtime_ns": stamp[1], **note}) + "\n"


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
