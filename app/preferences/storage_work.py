"""What the storage page has done in the background: listing, deleting, bringing back. No Qt."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.errors import ModelError
from engine.models.library import Library
from engine.storage.places import Item, Refusal, delete, places
from engine.storage.size import free_space


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that takes space; free and total bytes of the disk that the models are on, None where unknown."""

    items: list[Item]
    disk: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a deletion, or taking one back, came to. models: names that are gone, or are back."""

    done: list[Item]
    models: list[str]
    refused: list[Refusal]
    problem: str | None
    inventory: Inventory


class StorageWork:
    """Holds the library, so that models come back until `close`. Safe to call from any thread; one call waits for the
    other. in_use: names of the models that are at work, which stay.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library = Library()
        self._stop = threading.Event()

    def list(self, in_use: Collection[str]) -> Inventory:
        """Look at everything. Raises ModelError when the models cannot be read."""
        with self._lock:
            return self._look(in_use)

    def delete(self, items: Sequence[Item], in_use: Collection[str]) -> Outcome:
        """Delete what of `items` can be deleted, and look at everything again."""
        with self._lock:
            refused = delete(items, self._library, in_use=in_use)
            left = {(each.item.kind, each.item.name) for each in refused}
            done = [item for item in items if (item.kind, item.name) not in left]
            models = [item.name for item in done if item.kind == "model"]
            return Outcome(done, models, refused, None, self._look(in_use))

    def undo(self, in_use: Collection[str]) -> Outcome:
        """Bring back the models of the last deletion that had some."""
        with self._lock:
            try:
                models, problem = self._library.undo_removal(), None
            except ModelError as error:
                models, problem = [], str(error)
            return Outcome([], models, [], problem, self._look(in_use))

    def stop(self) -> None:
        """Let a count that is under way end early. Returns at once."""
        self._stop.set()

    def close(self) -> None:
        """Make the removals of models final. Waits for what is under way."""
        with self._lock:
            self._library.close()

    def _look(self, in_use: Collection[str]) -> Inventory:
        items = places(self._library, in_use=in_use, cancelled=self._stop.is_set)
        try:
            return Inventory(items, free_space(self._library.folder))
        except OSError:
            return Inventory(items, None)
