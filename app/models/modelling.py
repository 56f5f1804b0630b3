"""Models of the window: opens the library, a card, the import, and puts to work what was chosen."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from app.messages import Action, Message, explain
from app.models.card_view import CardSheet
from app.models.import_sheet import ImportSheet
from app.models.library_dialog import ModelsDialog, Sized, with_sizes
from engine.models.library import list_models

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Modelling(QObject):
    """GUI thread only."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._dialog: ModelsDialog | None = None

    def show_library(self) -> None:
        """Open the library, or bring it to the front."""
        if self._dialog is None or not isValid(self._dialog):
            window = self._window
            self._dialog = dialog = ModelsDialog(window.background, lambda: window.controller.a.model_name, window)
            dialog.use_asked.connect(window.controller.a.use)
            dialog.import_asked.connect(self.ask_import)
            dialog.changed.connect(window.refresh_models)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def show_card(self) -> None:
        """Show the card of the model at work."""
        name = self._window.controller.a.model_name

        def show(found: list[Sized]) -> None:
            for entry, sizes in found:
                if entry.name == name:
                    CardSheet(entry, sizes, self._window).open()

        self._window.background.submit(lambda: with_sizes(list_models()), show, self._failed, owner=self)

    def ask_import(self, file: str = "") -> None:
        """Import a model, tried on the picture that is shown."""
        result = self._window.controller.playhead.last_result
        sheet = ImportSheet(self._window.background, result.frame.rgb if result else None, file, self._window)
        sheet.added.connect(self._on_added)
        sheet.open()

    def _on_added(self, name: str) -> None:
        window = self._window
        window.refresh_models()
        if self._dialog is not None and isValid(self._dialog):
            self._dialog.refresh()
        use = Action("Use it now", lambda: window.controller.a.use(name))
        window.banners.show_message(Message("import", f"{name} is in the library.", "info", (use,)))

    def _failed(self, error: BaseException) -> None:
        self._window.banners.show_message(Message("card", explain(error), "error"))
