"""The one place that has the settings: asked by whoever needs them, changed by field, written off the GUI thread."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.settings.values import Settings, read_settings, write_settings
from app.threads import start_thread

_LOG = logging.getLogger(__name__)

_SOON_MS = 1000


class SettingsStore(QObject):
    """Has the settings, tells who changed them what, and writes them a second after the last change. GUI thread only.

    folder: where `settings.json` is.
    """

    changed = Signal(object)
    """Names of the fields that have another value from now on, a frozenset of str; `settings` has them already."""

    def __init__(self, folder: Path, settings: Settings | None = None, parent: QObject | None = None) -> None:
        """settings: to begin with; those in `folder` where they are left out."""
        super().__init__(parent)
        self.folder = folder
        self._settings = read_settings(folder) if settings is None else settings
        self._written: Settings | None = None
        self._writing = threading.Lock()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SOON_MS)
        self._timer.timeout.connect(self._write_aside)

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._settings

    def change(self, **fields: object) -> None:
        """These hold from now on, and are written soon. Fields that have this value already tell and write nothing.

        Raises ValueError for a field that there is not, or a value that it cannot have; nothing has changed then.
        """
        before, self._settings = self._settings, self._settings.with_changes(**fields)
        names = frozenset(name for name in fields if getattr(before, name) != getattr(self._settings, name))
        if names:
            self._timer.start()
            self.changed.emit(names)

    def finish(self) -> Callable[[], None]:
        """The last settings are in, and what writes them; call that off the GUI thread, with the window closing."""
        self._timer.stop()
        return self._write

    def _write_aside(self) -> None:
        start_thread(self._write, "steadymask-settings")

    def _write(self) -> None:
        # Whoever gets the lock last writes the newest, so that a slow disk cannot bring older settings back.
        with self._writing:
            settings = self._settings
            if settings is self._written:
                return
            try:
                write_settings(self.folder, settings)
            except OSError as error:
                _LOG.warning("settings were not kept: %s", error)
            else:
                self._written = settings
