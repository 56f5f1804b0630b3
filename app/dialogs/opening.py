"""Asking what to open: dialogs, what is dropped, what was open before. The dialogs do not block."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.dialogs import AddressSheet, CameraSheet, GoToSheet
from app.dialogs.image_rate import ImageRate
from app.messages import shorten
from app.player.background import Background
from app.player.clip import short_name
from app.player.controller import Controller
from app.settings.store import SettingsStore
from engine.video.clips import VIDEO_SUFFIXES

VIDEOS = f"Videos ({' '.join(f'*{suffix}' for suffix in sorted(VIDEO_SUFFIXES))});;All files (*)"


class Opening(QObject):
    """Finds out what a person wants to open; the window does it. GUI thread only."""

    chosen = Signal(str)
    """A path, a URL or `camera:0`."""

    def __init__(
        self,
        window: QWidget,
        background: Background,
        controller: Controller,
        store: SettingsStore,
        reopen: Callable[[], object],
    ) -> None:
        """reopen: opens what is open once more, where it is."""
        super().__init__(window)
        self.rate = ImageRate(window, controller, store, reopen)
        self._window = window
        self._background = background
        self._playhead = controller.playhead
        self._store = store

    def ask_file(self) -> None:
        """Ask for a video file."""
        dialog = QFileDialog(self._window, "Open a video", self._store.settings.folder, VIDEOS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._ask_path(dialog)

    def ask_folder(self) -> None:
        """Ask for a folder of images."""
        dialog = QFileDialog(self._window, "Open a folder of images", self._store.settings.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._ask_path(dialog)

    def ask_camera(self) -> None:
        """Ask for a camera."""
        clip = self._playhead.clip
        sheet = CameraSheet(self._background, self._window, open_now=clip.spec if clip else None)
        sheet.accepted.connect(lambda: self.chosen.emit(sheet.spec))
        sheet.open()

    def ask_address(self) -> None:
        """Ask for the address of a stream."""
        sheet = AddressSheet(list(self._store.settings.recent_addresses), self._window)
        sheet.accepted.connect(lambda: self.chosen.emit(sheet.spec))
        sheet.open()

    def ask_place(self) -> None:
        """Ask for a frame or a time of the open clip, and go there."""
        clip = self._playhead.clip
        if clip is None or clip.live:
            return
        sheet = GoToSheet(clip.frame_count, clip.frame_rate, self._playhead.position or 0, self._window)
        sheet.accepted.connect(lambda: None if sheet.index is None else self._playhead.seek(sheet.index))
        sheet.open()

    def _ask_path(self, dialog: QFileDialog) -> None:
        dialog.fileSelected.connect(self.chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class RecentMenu(QMenu):
    """What was open before, newest first, filled when it is about to be shown."""

    chosen = Signal(str)
    cleared = Signal()

    def __init__(self, recent: Callable[[], Sequence[str]], parent: QWidget) -> None:
        """recent: gives the specs, newest first."""
        super().__init__("Open recent", parent)
        self._recent = recent
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        specs = self._recent()
        for number, spec in enumerate(specs[:10], 1):
            # An ampersand in a file's name is no mnemonic.
            name = shorten(short_name(spec), 48).replace("&", "&&")
            action = self.addAction(f"&{number % 10}  {name}")
            action.setToolTip(spec)
            action.triggered.connect(lambda _=False, spec=spec: self.chosen.emit(spec))
        if specs:
            self.addSeparator()
            self.addAction("Forget all", self.cleared.emit)
        else:
            self.addAction("Nothing yet").setEnabled(False)


def dropped(data: QMimeData) -> str | None:
    """The first thing dropped, as a path or an address; None where that is nothing to open."""
    urls = data.urls()
    if not urls:
        return None
    return urls[0].toLocalFile() if urls[0].isLocalFile() else urls[0].toString()


def is_model(spec: str) -> bool:
    """Whether what was dropped is a model to import and not a clip to open."""
    return Path(spec).suffix.lower() in (".onnx", ".pt", ".pth")
