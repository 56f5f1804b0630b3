"""Asking where curves are to be written, and writing them off the GUI thread."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.curves.bar import CurvesBar
from app.curves.export import SCALE, TableRequest, picture, write_picture, write_table
from app.curves.plots import PlotsView
from app.curves.snapshot import Snapshot
from app.messages import Message, explain
from app.player.background import Background
from engine.live.track import MeasureTrack


class Source(Protocol):
    """What is exported, as it is when somebody asks."""

    bar: CurvesBar
    plots: PlotsView

    @property
    def track(self) -> MeasureTrack | None:
        """What the curves are of."""

    @property
    def markers(self) -> Mapping[int, str]:
        """Names of the markers by frame."""

    @property
    def snapshot(self) -> Snapshot | None:
        """What is drawn."""

    @property
    def pinned(self) -> tuple[int, int] | None:
        """(first, last) frame of the pinned span, both included."""


class CurvesExporting(QObject):
    """GUI thread only. The dialogs do not block."""

    message = Signal(object)
    """A Message for the banner."""

    def __init__(self, panel: QWidget, source: Source, background: Background) -> None:
        super().__init__(panel)
        self._panel = panel
        self._source = source
        self._background = background
        self._folder = ""

    def ask_table(self) -> None:
        """Ask where the table goes, and write it."""
        span = self._source.pinned
        title, name = "Write the curves as a table", "curves.csv"
        if span is not None:
            title, name = f"{title}: frames {span[0]} to {span[1]}, which are pinned", f"curves {span[0]}-{span[1]}.csv"
        self._ask(title, name, "Table (*.csv)", self.write_table)

    def ask_picture(self) -> None:
        """Ask where the picture goes, and write it."""
        self._ask("Write the curves as a picture", "curves.png", "Picture (*.png)", self.write_picture)

    def write_table(self, file: str) -> None:
        """Write what is known of the pinned span, or of all, as CSV."""
        source = self._source
        if source.track is not None:
            choice = source.bar.class_choice.currentText()
            marked = source.markers
            request = TableRequest(Path(file), source.track, source.bar.class_id, choice, source.pinned, marked)
            part = "" if request.span is None else f" (the pinned frames {request.span[0]} to {request.span[1]} alone)"
            self._write(request.path, lambda: write_table(request), part)

    def write_picture(self, file: str) -> None:
        """Write the plots as they are, at twice their size, as PNG."""
        source = self._source
        if source.snapshot is not None:
            about = source.bar.class_choice.currentText()
            plots, font = source.plots.picture(SCALE), self._panel.font()
            image, path = picture(plots, source.snapshot.names, about, font), Path(file)
            self._write(path, lambda: write_picture(path, image))

    def _ask(self, title: str, name: str, kinds: str, chosen: Callable[[str], None]) -> None:
        folder = self._folder or QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self._panel, title, folder, kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix[1:])
        dialog.selectFile(name)
        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _write(self, path: Path, call: Callable[[], object], part: str = "") -> None:
        """part: which of all was written, where it is not all."""
        self._folder = str(path.parent)
        told = Message("curves", f"Written: {path}{part}")
        self._background.submit(call, lambda _: self.message.emit(told), self._on_failed, owner=self)

    def _on_failed(self, error: BaseException) -> None:
        self.message.emit(Message("curves", explain(error), "error"))
