"""Steadying in the window: the sheet, the jobs, and their lines in the tool bar. Wires only."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.compare.panel import ComparePanel
from app.export.exporting import Exporting
from app.export.leaving import Leaving
from app.player.background import Background
from app.player.controller import Controller
from app.settings.store import SettingsStore
from app.training.jobs import SteadyJobs


class Steadying(QObject):
    """Makes slot A's model steady on a person's clips. GUI thread only."""

    message = Signal(object)
    """A Message for the banner."""
    opened = Signal(object)
    """A Record whose panel is wanted."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        background: Background,
        store: SettingsStore,
        exporting: Exporting,
        leaving: Leaving,
        panel: ComparePanel,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._background = background
        self._store = store
        self._exporting = exporting
        self._leaving = leaving
        self.jobs = SteadyJobs(background, parent=self)

    def open_sheet(self) -> None:
        """Ask how the model in slot A is to be made steady, and on what."""
