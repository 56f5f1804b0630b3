"""Hugging Face models that stand in no library: taken in for one run, whose folder keeps them."""

from pathlib import Path
from types import TracebackType
from typing import Self

from engine.importing.prepare import PreparedImport
from engine.models.library import Library, find_model
from engine.progress import CancelCheck, never
from trainer.hub.importing import Tell, prepare_hub_import
from trainer.hub.origin import hub_name, model_folder, suggested_name

FOLDER = "start"
"""Of a run folder: the models that it brought with it."""


class Guests:
    """The models of a run that is being planned. A context manager: leaving it gives up those that are not settled.

    run: its folder, which need not be there yet. tell, cancelled: see `prepare_hub_import`.
    """

    def __init__(
        self, run: Path, library: Library, *, tell: Tell = lambda text: None, cancelled: CancelCheck = never
    ) -> None:
        self._folder = run.resolve() / FOLDER
        self._library, self._tell, self._cancelled = library, tell, cancelled
        self._prepared: dict[str, PreparedImport] = {}

    def weights(self, model: str) -> Path:
        """The `.safetensors` of a model: by name, by path, or a Hugging Face model, which is taken in now.

        Raises UnknownNameError, ModelError, Cancelled.
        """
        if model not in self._prepared:
            if model_folder(model) is None and hub_name(model) is None:
                return find_model(model).with_suffix(".safetensors")
            # No name that a model of the library may have: it never gets there.
            name = f"{_called(model)[:50]}-{len(self._prepared)}"
            self._prepared[model] = prepare_hub_import(
                model, name=name, library=self._library, tell=self._tell, cancelled=self._cancelled
            )
        return self._prepared[model].bundle.with_suffix(".safetensors")

    def __contains__(self, model: str) -> bool:
        """Whether a model is one of these."""
        return model in self._prepared

    def place(self, model: str) -> Path:
        """Where the `.safetensors` of a model is once the run has its folder; as `weights`."""
        weights = self.weights(model)
        return self._folder / weights.name if model in self._prepared else weights

    def teacher(self, model: str) -> str:
        """What a recipe calls a model that teaches: as it was given, or where a Hugging Face model will be."""
        place = self.place(model)
        return str(place) if model in self._prepared else model

    def named(self, model: str) -> str | None:
        """What comes of a Hugging Face model is called after it; None for any other."""
        return f"{_called(model)[:57]}-steady" if model in self._prepared else None

    def settle(self) -> None:
        """Put them into the run's folder, which is there by now. Raises ModelError."""
        for prepared in self._prepared.values():
            self._folder.mkdir(exist_ok=True)
            prepared.move_to(self._folder)
        self._prepared.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for prepared in self._prepared.values():
            prepared.discard()


def _called(model: str) -> str:
    return suggested_name(model) or "model"
