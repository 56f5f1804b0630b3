"""What Steadymask keeps on the disk: models, runs, caches and logs, how large each is, and deleting it.

Only what lies directly in the four folders can be deleted, and nothing that a link leads to is counted or touched. What
is deleted is first moved aside within its folder, so that half of it is never found, whatever happens meanwhile.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from platformdirs import user_cache_path, user_data_path, user_log_path

from engine.errors import SteadymaskError
from engine.models.holding import Holding, clear_up
from engine.models.library import Entry, Library
from engine.progress import CancelCheck, never
from engine.storage.size import Counter

Kind = Literal["model", "run", "cache", "log"]
KINDS: tuple[Kind, ...] = ("model", "run", "cache", "log")

MOST_S = 10.0
"""Sizes are counted for so many seconds in all; what is left then counts as more."""

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that takes space.

    path: a folder or a file; of a bundled model its `.onnx`. bytes: its size, at least that where not `whole`.
    changed: when something in it was last written, seconds since 1970; None where that is not known.
    why_not: why it cannot be deleted; None where it can.
    """

    kind: Kind
    name: str
    path: Path
    bytes: int
    whole: bool = True
    changed: float | None = None
    why_not: str | None = None

    @property
    def deletable(self) -> bool:
        """Whether `delete` would take it."""
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not deleted, and why."""

    item: Item
    reason: str


def runs_folder() -> Path:
    """Where run folders are made by default: $STEADYMASK_HOME/runs, or the system's folder for a user's data."""
    return _home("runs") or user_data_path("steadymask", appauthor=False) / "runs"


def cache_folder() -> Path:
    """Where what can be made again is kept: $STEADYMASK_HOME/cache, or the system's folder for caches."""
    return _home("cache") or user_cache_path("steadymask", appauthor=False)


def log_folder() -> Path:
    """Where the logs are: $STEADYMASK_HOME/logs, or the system's folder for logs. The one in use ends in `.log`."""
    return _home("logs") or user_log_path("steadymask", appauthor=False)


_FOLDERS: dict[Kind, Callable[[], Path]] = {"run": runs_folder, "cache": cache_folder, "log": log_folder}


def is_busy(run: Path) -> bool:
    """Whether the child of a run lives: it holds the file lock `lock` in its folder. Raises OSError."""
    try:
        with _claimed(run):
            return False
    except Timeout:
        return True


def places(
    library: Library | None = None,
    *,
    in_use: Collection[str] = (),
    busy: Callable[[Path], bool] = is_busy,
    cancelled: CancelCheck = never,
) -> list[Item]:
    """Everything that takes space, by kind, then by name. Takes a while: call it off the GUI thread.

    library: of the models; the usual one where None. in_use: names of models that are at work.
    busy: whether a run folder's job is in progress. cancelled: asked again and again; once true, what is known so far
    is returned.
    """
    count = Counter(time.monotonic() + MOST_S, cancelled)
    found = [_model(entry, in_use, count) for entry in _entries(library)]
    for kind, folder in _FOLDERS.items():
        root = folder()
        try:
            found += [_item(kind, path, busy, count) for path in _children(root)]
        except OSError as error:
            found.append(Item(kind, root.name, root, 0, whole=False, why_not=f"it cannot be read: {error}"))
    return found


def delete(
    items: Iterable[Item],
    library: Library | None = None,
    *,
    in_use: Collection[str] = (),
    busy: Callable[[Path], bool] = is_busy,
) -> list[Refusal]:
    """Delete `items`, each whole or not at all, and return those that were not, with the reason.

    library: models are removed from it, and `library.undo_removal` brings them back until it is closed; without one
    they are gone. Everything is looked at once more, so that a list that has become old does no harm; what is gone
    already counts as deleted.
    """
    refused: list[Refusal] = []
    models: list[Item] = []
    count = Counter(0.0, lambda: True)  # sizes do not matter here
    known = {entry.name: entry for entry in _entries(library)}
    for item in items:
        if item.kind == "model":
            entry = known.get(item.name)
            if entry is None:
                continue
            why_not = _model(entry, in_use, count).why_not
            if why_not is None:
                models.append(item)
        else:
            why_not = _delete(item, busy, count)
        if why_not is not None:
            refused.append(Refusal(item, why_not))
    return refused + _remove_models(models, library)


# ---- models


def _entries(library: Library | None) -> list[Entry]:
    if library is not None:
        return library.entries()
    with Library() as own:
        return own.entries()


def _model(entry: Entry, in_use: Collection[str], count: Counter) -> Item:
    why_not = None
    place = entry.path if entry.origin == "bundled" else entry.path.parent
    if entry.origin == "bundled":
        why_not = "it comes with Steadymask"
    elif (place.name, entry.path.name) != (entry.name, f"{entry.name}.onnx"):
        # Not made by the library: somebody put it there, and may have it nowhere else.
        place, why_not = entry.path, "Steadymask did not put it there; move it away by hand"
    elif place.is_symlink():
        why_not = f"it is a link to {_target(place)}; take it away by hand"
    elif entry.name in in_use:
        why_not = "it is at work; choose another model first"
    size = [count.measure(path) for path in (entry.files() if entry.origin == "bundled" else [place])]
    changed = max((each.changed for each in size if each.changed is not None), default=None)
    return Item(
        "model",
        entry.name,
        place,
        sum(each.bytes for each in size),
        all(each.whole for each in size),
        changed,
        why_not,
    )


def _remove_models(items: list[Item], library: Library | None) -> list[Refusal]:
    """Remove all at once, so that they come back at once."""
    if not items:
        return []
    try:
        if library is not None:
            library.remove(*(item.name for item in items))
        else:
            with Library() as own:
                own.remove(*(item.name for item in items))
    except SteadymaskError as error:
        return [Refusal(item, str(error)) for item in items]
    return []


# ---- runs, caches, logs


def _children(root: Path) -> list[Path]:
    """What lies in `root`, without what this module or the system hides there. Raises OSError."""
    try:
        names = sorted(os.listdir(root))  # noqa: PTH208 - names are all that is needed
    except FileNotFoundError:
        return []
    if any(name.startswith(Holding.PREFIX) for name in names):
        _clear_up(root)
        names = sorted(os.listdir(root))  # noqa: PTH208
    return [root / name for name in names if not name.startswith(".")]


def _clear_up(root: Path) -> None:
    """Finish the deletions of processes that died meanwhile."""
    try:
        with _locked(root):
            clear_up(root)
    except (Timeout, OSError):
        return  # a folder that cannot be written is listed as it is


def _item(kind: Kind, path: Path, busy: Callable[[Path], bool], count: Counter) -> Item:
    size = count.measure(path)
    why_not = _why_not(kind, path, busy)
    return Item(kind, path.name, path, size.bytes, size.whole, size.changed, why_not)


def _why_not(kind: Kind, path: Path, busy: Callable[[Path], bool]) -> str | None:
    if path.is_symlink():
        return f"it is a link to {_target(path)}; take it away by hand"
    if kind == "log" and path.suffix == ".log":
        return "it is being written"
    if kind == "run":
        if not (path / "job.toml").is_file():
            return "it is no run folder (it has no job.toml); move it away by hand"
        try:
            if busy(path):
                return "it is in progress; stop it first"
        except OSError as error:
            return f"whether it is in progress cannot be told: {error}"
    return None


def _delete(item: Item, busy: Callable[[Path], bool], count: Counter) -> str | None:
    """Delete what is no model. Returns why not, or None."""
    root = _FOLDERS[item.kind]()
    path = root / item.name
    if item.path != path or path.parent != root or item.name.startswith("."):
        return f"it is not in {root}"
    if not os.path.lexists(path):
        return None
    why_not = _why_not(item.kind, path, busy)
    if why_not is not None:
        return why_not
    try:
        if not path.is_dir():
            path.unlink()
            return None
        return _delete_folder(root, path)
    except Timeout:
        return f"{path} is in use by another process; wait for it, or end it"
    except OSError as error:
        return f"it cannot be deleted: {error}; check its rights, and that no program has it open"


def _delete_folder(root: Path, path: Path) -> str | None:
    """Move a folder aside and delete it. Returns what is wrong, or None. On Timeout and OSError it is still whole."""
    with _locked(root):
        clear_up(root)
        trash = Holding.make(root, "trash")
        try:
            with _claimed(path):
                if os.name == "posix":
                    path.rename(trash.contents / path.name)
            if os.name != "posix":
                path.rename(trash.contents / path.name)  # Windows moves no folder with an open file, such as the lock
            trash.finish()
        except BaseException:
            trash.put_back(root)
            trash.release()
            raise
    trash.release()
    if trash.folder.exists():
        return f"parts of it cannot be deleted and stay in {trash.folder}; check their rights, then refresh"
    return None


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Nobody else deletes in `root` meanwhile. Raises Timeout or OSError."""
    lock = root / ".lock"
    if lock.is_symlink():
        raise OSError(f"{lock} is a link, and nobody may be locked out through it")
    with FileLock(lock, timeout=_PATIENCE_S):
        yield


@contextmanager
def _claimed(run: Path) -> Iterator[None]:
    """Hold the lock of a run folder, if it has one, so that its child cannot start. Raises Timeout while one lives."""
    lock = run / "lock"
    if not lock.is_file() or lock.is_symlink():  # taking a lock empties its file, and a link may lead anywhere
        yield
        return
    with FileLock(lock, timeout=0):
        yield


def _home(name: str) -> Path | None:
    home = os.environ.get("STEADYMASK_HOME")
    return Path(home).absolute() / name if home else None


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return "another place"
