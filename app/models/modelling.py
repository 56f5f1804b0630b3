"""Models of the window: opens the library, a card, the import, and puts to work what was chosen."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.export.exporting import Exporting
from app.messages import Action, Message, explain
from app.models.card_view import CardSheet
from app.models.exports.exporting import ModelExports
from app.models.import_sheet import ImportSheet
from app.models.library_dialog import ModelsDialog, Sized, with_sizes
from app.models.watching import LibraryWatch
from app.player.background import Background
from app.player.controller import Controller
from app.player.devices import DevicePools
from app.settings.store import SettingsStore
from engine.models.library import list_models


class Modelling(QObject):
    """GUI thread only."""

    library_changed = Signal()
    """A model has come or gone."""
    message = Signal(object)
    """A Message for the banner."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        devices: DevicePools,
        background: Background,
        exporting: Exporting,
        store: SettingsStore,
    ) -> None:
        """devices: where the controller's methods come from. exporting: what shows how exports go."""
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._devices = devices
        self._background = background
        self._dialog: ModelsDialog | None = None
        self.exports = ModelExports(window, controller, devices, background, exporting, store)
        self.exports.message.connect(self.message)
        self._watch = LibraryWatch(window, background, self)
        self._watch.changed.connect(self._on_library)

    def show_library(self) -> None:
        """Open the library, or bring it to the front."""
        if self._dialog is None or not isValid(self._dialog):
            a, b = self._controller.a, self._controller.b
            dialog = ModelsDialog(self._background, lambda: (a.model_name, b.model_name), self._window)
            self._dialog = dialog
            dialog.use_asked.connect(a.use)
            dialog.use_b_asked.connect(b.use)
            for slot in (a, b):
                slot.changed.connect(dialog.show_slots)
            dialog.import_asked.connect(self.ask_import)
            dialog.export_asked.connect(lambda name: self.exports.ask(name, parent=dialog))
            dialog.changed.connect(self.library_changed)
            dialog.relabelled.connect(self._on_relabelled)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def show_card(self) -> None:
        """Show the card of the model at work."""
        name = self._controller.a.model_name

        def show(found: list[Sized]) -> None:
            for entry, sizes in found:
                if entry.name == name:
                    CardSheet(entry, sizes, self._window).open()

        self._background.submit(lambda: with_sizes(list_models()), show, self._failed, owner=self)

    def ask_import(self, file: str = "") -> None:
        """Import a model, tried on the picture that is shown."""
        result = self._controller.playhead.last_result
        sheet = ImportSheet(self._background, result.frame.rgb if result else None, file, self._window)
        sheet.added.connect(self._on_added)
        sheet.open()

    def _on_library(self) -> None:
        self.library_changed.emit()
        if self._dialog is not None and isValid(self._dialog):
            self._dialog.refresh()

    def _on_added(self, name: str) -> None:
        self._on_library()
        use = Action("Use it now", lambda: self._controller.a.use(name))
        self.message.emit(Message("import", f"{name} is in the library.", "info", (use,)))

    def _on_relabelled(self, name: str) -> None:
        """Whoever has the model has its card as it was: it comes once more, and what is at work stays until then."""
        self._devices.forget(name)
        for slot in (self._controller.a, self._controller.b):
            if slot.model_name == name:
                slot.reload()

    def _failed(self, error: BaseException) -> None:
        self.message.emit(Message("card", explain(error), "error"))
