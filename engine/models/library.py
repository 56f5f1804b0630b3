"""The models that can be asked for by name: the bundled ones, and the user's own.

An own model is a folder in the library's folder, `NAME/NAME.onnx` and for bundles `NAME/NAME.safetensors` beside it, so
that it comes and goes by one renaming. What is being made and what was removed stands in folders of its own, with a
lock that its process holds; whoever finds such a lock free puts an unfinished removal back, and clears the rest.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from engine.atomic import flush_folder
from engine.errors import ModelError, UnknownNameError
from engine.models.bundle import read_card
from engine.models.card import NAME_PATTERN, ModelCard
from engine.models.classes import SegmentClass
from engine.models.holding import Holding, clear_up
from engine.models.relabel import relabel
from engine.ownership.survey import is_litter
from resources import MODELS

Origin = Literal["bundled", "own"]

_PATIENCE_S = 10.0
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})

_REMEDY: dict[Origin, str] = {
    "bundled": "install Steadymask again",
    "own": "remove it, and import it again",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the library.

    path: its `.onnx`. card: what it is; None when it is broken. broken: why it cannot be used, and what to do.
    """

    name: str
    origin: Origin
    path: Path
    card: ModelCard | None
    broken: str | None = None

    @property
    def listed(self) -> bool:
        """Whether it is among the models to choose from, as those are that are broken."""
        return self.card is None or self.card.listed

    def files(self) -> list[Path]:
        """Its files that are there: the `.onnx`, and the `.safetensors` of a bundle."""
        return [path for path in (self.path, self.path.with_suffix(".safetensors")) if path.is_file()]


def library_folder() -> Path:
    """Where the user's own models are: $STEADYMASK_HOME/models, or the system's folder for a user's data."""
    home = os.environ.get("STEADYMASK_HOME")
    return (Path(home) if home else user_data_path("steadymask", appauthor=False)) / "models"


def library_state(folder: Path | None = None) -> frozenset[tuple[str, int]]:
    """What tells the user's own models from what they were before: of each its name and when its folder was last
    written, nanoseconds. Opens no file. Raises OSError.

    folder: where they are; None for `library_folder()`.
    """
    try:
        with os.scandir(folder or library_folder()) as places:
            return frozenset((place.name, place.stat().st_mtime_ns) for place in places if place.name[0] != ".")
    except FileNotFoundError:
        return frozenset()


def list_models() -> list[Entry]:
    """Every model of the library; see `Library.entries`."""
    with Library() as library:
        return library.entries()


def trained_on(card: ModelCard, other: ModelCard) -> bool:
    """Whether `other` is the model of `card`, trained on to be consistent; of one without weights, its new student.

    An export of it has the same weights.
    """
    if card.weights_hash is not None and other.weights_hash == card.weights_hash:
        return False
    origin = other.parent if card.weights_hash else other.teacher
    same = origin == f"{card.name} {card.weights_hash or card.graph_hash}"
    return same and other.class_set.names == card.class_set.names and bool(other.losses.get("temporal"))


def consistent_of(card: ModelCard, entries: Iterable[Entry]) -> str | None:
    """The name of the first of `entries` that is the model of `card`, trained on to be consistent; None without one."""
    for entry in entries:
        other = entry.card
        if other is not None and other.listed and trained_on(card, other):
            return entry.name
    return None


def find_model(name: str | Path) -> Path:
    """Return the `.onnx` of a model given by name, or by path; see `Library.find`."""
    with Library() as library:
        return library.find(name)


class Library:
    """The bundled models and the user's own. Closing it makes its removals final.

    Use it from one thread at a time; any number of libraries, in this process and others, may share a folder.

    folder: where the own models are, made on the first import; None for `library_folder()`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or library_folder()).absolute()
        self._removed: list[Holding] = []
        self._lock = FileLock(self.folder / ".lock", timeout=_PATIENCE_S)  # a thread that holds it may take it again

    def entries(self) -> list[Entry]:
        """Every model: bundled ones first, then the user's own, each ordered by name.

        Reads cards only, so it is fast however large the models are. What is damaged is in the list too, and says why.
        """
        bundled = [
            _read(path.stem, "bundled", path) for path in sorted(MODELS.glob("*.onnx"), key=lambda each: each.stem)
        ]
        return bundled + [self._own(name) for name in self._names()]

    def entry(self, name: str) -> Entry:
        """The model called `name`. Raises UnknownNameError that lists the known names."""
        for entry in self.entries():
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.entries() if entry.listed) or "none"
        raise UnknownNameError(
            f"there is no model {name!r}; known models: {known}; or give the path of an .onnx bundle"
        )

    def find(self, name: str | Path) -> Path:
        """Return the `.onnx` of a model given by name, or by path.

        Raises UnknownNameError that lists the known names, ModelError for a path where there is no file and for a
        damaged model.
        """
        path = Path(name)
        if path.suffix == ".onnx":
            if not path.is_file():
                raise ModelError(f"there is no model file {path}")
            return path
        entry = self.entry(str(name))
        if entry.broken is not None:
            raise ModelError(entry.broken)
        return entry.path

    def refuse_name(self, name: str) -> None:
        """Raise ModelError unless a new model can be called `name`."""
        if not re.match(NAME_PATTERN, name) or name.endswith((".", ".onnx", ".safetensors", "\n")):
            raise ModelError(
                f"a model cannot be called {name!r}; choose another --name: up to 64 of a-z, 0-9, '_', '.' and '-', "
                "the first a letter or digit, without a file's suffix"
            )
        if name.partition(".")[0] in _RESERVED:
            raise ModelError(
                f"a model cannot be called {name!r}, which Windows keeps for itself; choose another --name"
            )
        if (MODELS / f"{name}.onnx").exists():
            raise ModelError(f"{name!r} is the name of a bundled model; choose another --name")
        if os.path.lexists(self.folder / name):
            raise ModelError(
                f"there is a model {name!r} already; choose another --name, or remove that one first with "
                f"`steadymask models remove {name}`"
            )

    def hold(self) -> Holding:
        """A folder in the library's folder to make a model in; it is gone when it is released. Raises ModelError."""
        with self._locked():
            return Holding.make(self.folder, "work")

    def admit(self, folder: Path, name: str) -> Entry:
        """Take in a finished model: `folder`, which holds `name`.onnx and is on the library's file system, becomes it.

        Either all of it is in the library afterwards or, when this raises ModelError or the process dies, nothing.
        """
        with self._locked():
            self.refuse_name(name)
            folder.rename(self.folder / name)
            flush_folder(self.folder)
        return self._own(name)

    def relabel(self, name: str, classes: Sequence[SegmentClass]) -> ModelCard:
        """Give the classes of an own model other names and colours; see `engine.models.relabel`. Returns its new card.

        Raises UnknownNameError for a name that nothing has, ModelError for a bundled or damaged model, for names that
        classes cannot have, and where it cannot be written.
        """
        with self._locked():
            entry = self.entry(name)
            if entry.origin == "bundled":
                raise ModelError(f"{name!r} is bundled with Steadymask and stays as it is; change your own models only")
            return relabel(self.find(name), classes)

    def remove(self, *names: str) -> None:
        """Remove own models: all that are named, or none where this raises or the process dies before it is done.

        `undo_removal` brings them back until this library is closed or its process ends.
        Raises UnknownNameError for a name that nothing has, ModelError for a bundled model and where it holds anything
        that is not of the model.
        """
        with self._locked():
            places = [self._removable(name) for name in dict.fromkeys(names)]
            trash = Holding.make(self.folder, "trash")
            try:
                for place in places:
                    place.rename(trash.contents / place.name)
                trash.finish()
            except BaseException:
                trash.put_back(self.folder)
                trash.release()
                raise
            self._removed.append(trash)

    def undo_removal(self) -> list[str]:
        """Bring back what the last `remove` took away. Returns the names, none if there is nothing to bring back.

        Raises ModelError when another model has taken one of the names.
        """
        if not self._removed:
            return []
        with self._locked():
            trash = self._removed[-1]
            names = sorted(place.name for place in trash.contents.iterdir())
            for name in names:
                self.refuse_name(name)
            trash.put_back(self.folder)
            trash.release()
            self._removed.pop()
        return names

    def close(self) -> None:
        """Make the removals final. May be called twice."""
        while self._removed:
            self._removed.pop().release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _names(self) -> list[str]:
        """Names of everything in the folder that is not this module's own."""
        try:
            found = sorted(place.name for place in self.folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ModelError(f"{self.folder} cannot be read: {error}; check its rights") from error
        if any(name.startswith(Holding.PREFIX) for name in found):
            with suppress(ModelError), self._locked():  # a folder that cannot be written is listed as it is
                found = sorted(place.name for place in self.folder.iterdir())
        return [name for name in found if not name.startswith(".")]

    def _own(self, name: str) -> Entry:
        place = self.folder / name
        path = place / f"{name}.onnx"
        if not place.is_dir() or not re.match(NAME_PATTERN, name):
            why = (
                f"{place} was not put there by Steadymask; move it away, and import it with `steadymask models import`"
            )
            return Entry(name, "own", place, None, why)
        if (MODELS / f"{name}.onnx").exists():
            why = f"{place} has the name of a bundled model; import {path} under another name, then remove the folder"
            return Entry(name, "own", path, None, why)
        return _read(name, "own", path)

    def _removable(self, name: str) -> Path:
        if name not in self._names():
            if (MODELS / f"{name}.onnx").exists():
                raise ModelError(
                    f"{name!r} is bundled with Steadymask and cannot be removed; remove your own models only"
                )
            self.entry(name)  # raises, with the names that there are
        place = self.folder / name
        others = _others(place, name)
        if others:
            if not place.is_dir():
                raise ModelError(f"{place} was not put there by Steadymask; move it away yourself")
            raise ModelError(f"{place} holds {others[0]}, which Steadymask did not put there; move it away first")
        return place

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else changes the folder meanwhile, and what the dead left is cleared up. Raises ModelError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock:
                clear_up(self.folder)
                yield
        except Timeout as error:
            raise ModelError(f"{self.folder} is in use by another process; wait for it, or end it") from error
        except OSError as error:
            raise ModelError(
                f"{self.folder} cannot be changed: {error}; free some space or check its rights, or set "
                "STEADYMASK_HOME to another folder"
            ) from error


def _others(place: Path, name: str) -> list[str]:
    """What in the place of an own model is no file of ours."""
    if place.is_symlink() or not place.is_dir():
        return [place.name]
    known = {f"{name}.onnx", f"{name}.safetensors"}
    return sorted(each.name for each in place.iterdir() if each.name not in known and not is_litter(each.name))


def _read(name: str, origin: Origin, path: Path) -> Entry:
    try:
        card = read_card(path)
    except ModelError as error:
        return Entry(name, origin, path, None, f"{error}; {_REMEDY[origin]}")
    if card.name != name:
        return Entry(name, origin, path, None, f"{path} says that it is {card.name!r}; {_REMEDY[origin]}")
    return Entry(name, origin, path, card)
