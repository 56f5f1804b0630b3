"""What in a folder of results is ours: a marker in it lists every file that we wrote, with its size and time.

A file is listed before it stands under its name, so that after any end of the program nothing of ours is unlisted. What
is not listed, or is no longer as it was written, is somebody's: it is never changed, moved or removed, unless a person
was told its name and said that it may be replaced.
"""

import json
import os
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.errors import OccupiedError
from engine.video.images import natural_key
from engine.video.writer import export_error

MARKER = ".steadymask.jsonl"
LOCK = ".steadymask.lock"
SCHEMA = 1

Kind = Literal["masks", "comparison", "recording", "job", "model"]
Stamp = tuple[int, int]
"""(bytes, mtime_ns) of a file."""

_TOLERATED = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_TOKEN = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a command writes into its folder. names: matches the paths, `/` between. folders: those that it makes.

    grown: names that are ours as soon as the marker is, since what is in them changes all the time.
    """

    kind: Kind
    names: re.Pattern[str]
    folders: tuple[str, ...] = ()
    grown: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """What a folder says of itself. run: what must be the same for its results to be taken up again. token: part of
    the names of its temporary files. listed: by path, how files were when they were written. notes: by path, what was
    noted with it last.
    """

    kind: str
    run: Mapping[str, Any]
    token: str
    listed: Mapping[str, frozenset[Stamp]]
    notes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands in a folder that something is to be written to.

    ours: paths of files that we wrote and that are still so. foreign: paths of all else, folders with a `/` at their
    end, and of everything where another kind of results is there (other_kind). replaceable: those of them that would
    be replaced. problem: why nothing may be written there even where a person lets files be replaced, or None.
    leftovers: temporary files that a killed run of ours left. is_out: whether the folder itself is what --out names,
    and not the one that it is in.
    """

    folder: Path
    marker: Marker | None
    ours: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    replaceable: tuple[str, ...] = ()
    problem: str | None = None
    leftovers: tuple[Path, ...] = ()
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    other_kind: bool = False
    source: Path | None = None
    is_out: bool = False

    @property
    def occupied(self) -> str | None:
        """What is in the way, as the beginning of a sentence; None where nothing is."""
        if self.problem is not None:
            return self.problem
        if not self.foreign:
            return None
        if self.other_kind and not set(self.foreign).difference(self.ours):
            return f"{self.folder} holds other results ({some(self.foreign)})"
        return f"{self.folder} holds files that are not as Steadymask wrote them ({some(self.foreign)})"

    @property
    def promise(self) -> str:
        """What replacing comes to, as a sentence."""
        if not self.replaceable:
            return f"In {self.folder} nothing is replaced; {some(self.foreign, 3)} will stay."
        return f"In {self.folder} will be replaced: {some(self.replaceable, 3)}. All else there stays."

    def refusal(self) -> OccupiedError:
        """The error to raise where something is in the way."""
        instead = shlex.quote(str(free_out(self.folder if self.is_out else self.folder.parent, self.source)))
        other = f"Choose another folder, for example --out {instead}"
        remedy = f"{other}." if self.problem is not None else f"{other}, or replace them with --overwrite."
        return OccupiedError(f"{self.occupied}; nothing was changed. {remedy}")


Ask = Callable[[Survey], bool]
"""Asked before something is replaced that we did not write: whether it may be."""


def is_litter(name: str) -> bool:
    """Whether file managers put files of that name into every folder."""
    return name.lower() in _TOLERATED or name.startswith("._")


def some(paths: tuple[str, ...], most: int = 1) -> str:
    """The first of some paths, and how many more there are."""
    more = len(paths) - most
    return ", ".join(paths[:most]) + (f" and {more} more" if more > 0 else "")


def free_name(path: Path) -> Path:
    """`path` where nothing has that name, else the same with the first free number behind it, from 2 on."""
    free, number = path, 2
    while os.path.lexists(free):
        free, number = path.with_name(f"{path.stem} {number}{path.suffix}"), number + 1
    return free


def free_folder(folder: Path, taken: Collection[Path] = ()) -> Path:
    """As `free_name`, for a folder: a dot in its name begins no suffix. taken: folders that cannot be had either."""
    free, number = folder, 2
    while os.path.lexists(free) or free in taken:
        free, number = folder.with_name(f"{folder.name} {number}"), number + 1
    return free


def free_out(out: Path, source: Path | None) -> Path:
    """A folder outside `source` that could be given as --out in place of `out`."""
    if source is not None and source.resolve() in out.resolve().parents:
        out = source.parent / "results"
    return free_folder(out if out.name else out / "results")


def survey(folder: Path, contents: Contents, source: Path | None = None) -> Survey:
    """Look at what stands in `folder`, which need not exist. source: what is read, and must not be touched.

    Reads names and times only. Raises ExportError where it cannot be looked at.
    """
    try:
        return _survey(folder, contents, source)
    except OSError as error:
        raise export_error(folder, error) from error


def _survey(folder: Path, contents: Contents, source: Path | None) -> Survey:
    problem = _touches(folder, contents, source)
    if problem is None and os.path.lexists(folder) and not folder.is_dir():
        problem = f"{folder} is no folder"
    if problem is not None or not folder.exists():
        return Survey(folder, None, problem=problem, source=source, is_out=contents.kind == "job")
    marker = read_marker(folder)
    ours: list[str] = []
    foreign: list[str] = []
    leftovers: list[Path] = []
    stamps: dict[str, Stamp] = {}
    grown = contents.grown if marker is not None and marker.kind == contents.kind else None
    for path, entry in _walk(folder, contents, marker):
        if is_litter(entry.name) or (grown is not None and grown.fullmatch(path)):
            continue
        if marker is not None and entry.name.startswith(f".part-{marker.token}"):
            leftovers.append(Path(entry.path))
        elif not entry.is_file(follow_symlinks=False):
            foreign.append(f"{path}/" if entry.is_dir() else path)
            if path in (MARKER, LOCK) or (contents.names.fullmatch(path) and entry.is_dir(follow_symlinks=False)):
                problem = problem or f"{folder / path} is no file, and one is to be written there"
        else:
            status = entry.stat(follow_symlinks=False) if os.name == "posix" else Path(entry.path).lstat()
            stamps[path] = (status.st_size, status.st_mtime_ns)
            if path in (MARKER, LOCK) and (status.st_size == 0 or (path == MARKER and marker is not None)):
                continue
            if path in (MARKER, LOCK):
                problem = problem or f"{folder / path} was not written by Steadymask"
            known = marker.listed.get(path, frozenset()) if marker is not None else frozenset()
            (ours if stamps[path] in known else foreign).append(path)
    for name in contents.folders:
        place = folder / name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            problem = problem or f"{place} is no folder of its own, and one is to be made there"
    other_kind = marker is not None and marker.kind != contents.kind
    if other_kind:
        foreign += ours
    foreign.sort(key=natural_key)
    replaceable = tuple(path for path in foreign if contents.names.fullmatch(path))
    return Survey(
        folder,
        marker,
        tuple(ours),
        tuple(foreign),
        replaceable,
        problem,
        tuple(leftovers),
        stamps,
        other_kind,
        source,
        contents.kind == "job",
    )


def read_marker(folder: Path) -> Marker | None:
    """What the marker of `folder` says, or None where there is none of ours."""
    path = folder / MARKER
    if path.is_symlink() or not path.is_file():
        return None
    try:
        first, *rest = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
        head = json.loads(first)
        if head["schema"] != SCHEMA or not _TOKEN.fullmatch(head["token"]) or not isinstance(head["run"], dict):
            return None
        kind, run, token = str(head["kind"]), head["run"], head["token"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    listed: dict[str, set[Stamp]] = {}
    notes: dict[str, dict[str, Any]] = {}
    for line in rest:
        try:
            entry = json.loads(line)
            path_, stamp = str(entry.pop("file")), (int(entry.pop("bytes")), int(entry.pop("mtime_ns")))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # a line that was cut off is no promise
        listed.setdefault(path_, set()).add(stamp)
        notes[path_] = entry
    return Marker(kind, run, token, {path: frozenset(stamps) for path, stamps in listed.items()}, notes)


def _walk(folder: Path, contents: Contents, marker: Marker | None) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Every entry with its path inside `folder`; of folders that we make, what is in them instead."""
    made = set(contents.folders)
    if marker is not None:
        made |= {path.partition("/")[0] for path in marker.listed if "/" in path}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in made and entry.is_dir(follow_symlinks=False):
                with os.scandir(entry.path) as inner:
                    for each in inner:
                        yield f"{entry.name}/{each.name}", each
            else:
                yield entry.name, entry


def _touches(folder: Path, contents: Contents, source: Path | None) -> str | None:
    """Why writing to `folder` would touch `source`, or None."""
    if source is None or not source.exists():
        return None
    origin, place = source.resolve(), folder.resolve()
    if origin.is_dir():
        for written in (place, *(place / name for name in contents.folders)):
            if written == origin or _is_same(written, origin):
                return f"{folder} is, or would write into, the source {source}"
            if origin in written.parents or any(_is_same(parent, origin) for parent in written.parents):
                return f"{folder} lies inside the source {source}"
    elif place in origin.parents and contents.names.fullmatch(origin.relative_to(place).as_posix()):
        return f"{folder} holds the source {source} under a name that is to be written"
    return None


def _is_same(one: Path, other: Path) -> bool:
    """Whether both are one place, also where the file system ignores case."""
    return one.exists() and one.samefile(other)
