"""Exports of models in the window: the sheet, the job's line, and the report. Wires only."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.export.exporting import Exporting
from app.export.jobs import ExportJob
from app.messages import Message, explain
from app.models.exports.report import ParitySheet
from app.models.exports.sheet import ModelExportSheet
from app.player.background import Background
from app.player.clip import is_local
from app.player.controller import Controller
from app.player.devices import DevicePools
from app.settings.store import SettingsStore
from engine.models.bundle import read_card
from engine.models.card import ModelCard
from engine.models.library import find_model
from engine.work import ModelExportRequest

Copy = Callable[[Path], object]
"""Copies a new model with its verdict to a folder."""


class ModelExports(QObject):
    """GUI thread only; what touches the disk is done in the background, an export in a process of its own."""

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
        """exporting: has the jobs and their lines. devices: what models run on now."""
        super().__init__(window)
        self._window, self._controller, self._devices = window, controller, devices
        self._background, self._exporting, self._store = background, exporting, store
        self._told: set[ExportJob] = set()
        exporting.jobs.changed.connect(self._on_job)
        exporting.bar.report_asked.connect(self.show_report)

    def ask(self, model: str, copy: Copy | None = None, parent: QWidget | None = None) -> None:
        """Ask how a model is to be written. model: its name or path. copy: where it has a verdict that goes with it.

        parent: whom the sheet lies over; None for the window.
        """
        self._background.submit(
            lambda: read_card(find_model(model)),
            lambda card: self._open(model, card, copy, parent or self._window),
            lambda error: self.message.emit(Message("model-export", explain(error), "error")),
            owner=self,
        )

    def show_report(self, job: ExportJob) -> None:
        """Show what became of a model."""
        if job.outcome is None or job.outcome.report is None:
            return
        sheet = ParitySheet(job.outcome.report, self._window)
        sheet.use_b_asked.connect(lambda path: self._controller.b.use(path, remember=False))
        sheet.show()

    def _open(self, model: str, card: ModelCard, copy: Copy | None, parent: QWidget) -> None:
        clip = self._controller.clip
        local = clip is not None and not clip.live and is_local(clip.spec)
        sheet = ModelExportSheet(
            model,
            card,
            str(Path(clip.spec).absolute()) if clip is not None and local else None,
            self._background,
            folder=self._store.settings.export_folder,
            judged=copy is not None,
            taken=frozenset(request.folder for request in self._exporting.jobs.requests),
            parent=parent,
        )
        sheet.accepted.connect(lambda: self._start(sheet, copy))
        sheet.open()

    def _start(self, sheet: ModelExportSheet, copy: Copy | None) -> None:
        self._store.change(export_folder=str(sheet.where))
        if sheet.copies and copy is not None:
            copy(sheet.where)
            return
        self._exporting.jobs.start(
            ModelExportRequest(
                spec=sheet.clip,
                folder=sheet.results,
                device=self._devices.holds.device,
                replaces=sheet.replaces(sheet.results),
                model=sheet.model,
                graph=sheet.graph,
                precision=sheet.precision,
            )
        )

    def _on_job(self, job: ExportJob) -> None:
        """It has ended: the report comes by itself, unless a person is in the middle of something."""
        if job.status != "done" or job.outcome is None or job.outcome.report is None or job in self._told:
            return
        self._told.add(job)
        pressed = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if self._window.isVisible() and QApplication.activeModalWidget() is None and not pressed:
            self.show_report(job)
