"""Preferences and help of the window: opens the sheets, each at most once, and puts into effect what they change."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.desktop import open_outside
from app.dialogs.help_sheet import AboutSheet, HelpSheet, ReportSheet
from app.messages import Message, explain
from app.player.background import Background
from app.player.controller import Controller
from app.player.devices import DevicePools
from app.preferences.dialog import PreferencesDialog
from app.preferences.general_page import GeneralPage
from app.preferences.shortcuts_page import ShortcutsPage
from app.preferences.storage_page import StoragePage
from app.session.store import Sessions
from app.settings.store import SettingsStore
from app.shortcuts import Shortcuts
from app.support import make_report
from engine.models.library import library_folder
from engine.storage.places import log_folder

_PAGES = Path(__file__).resolve().parent.parent / "docs"


class Assistance(QObject):
    """GUI thread only."""

    forget_asked = Signal()
    """No clip is to be remembered."""
    library_changed = Signal()
    """A model has gone, or is back."""
    message = Signal(object)
    """A Message for the banner."""
    message_gone = Signal(str)
    """The key of one that no longer holds."""

    def __init__(
        self,
        window: QWidget,
        controller: Controller,
        devices: DevicePools,
        background: Background,
        store: SettingsStore,
        sessions: Sessions,
        shortcuts: Shortcuts,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._devices = devices
        self._background = background
        self._store = store
        self._sessions = sessions
        self._shortcuts = shortcuts
        self._preferences: PreferencesDialog | None = None

    def show_preferences(self, page: str = "General") -> None:
        """Open the preferences, or bring them to the front. page: `General`, `Shortcuts` or `Storage`."""
        if self._preferences is None or not isValid(self._preferences):
            self._preferences = self._make_preferences()
        self._preferences.show_page(page)
        self._preferences.show()
        self._preferences.raise_()
        self._preferences.activateWindow()

    def show_keys(self) -> None:
        """Show every command and its keys."""
        sheet = HelpSheet(self._shortcuts, self._window)
        sheet.change_asked.connect(lambda: self.show_preferences("Shortcuts"))
        sheet.open()

    def show_about(self) -> None:
        """Say what this is."""
        AboutSheet(self._window).open()

    def show_guide(self) -> None:
        """Open the guide, where it was installed along."""
        self._show_page("guide.md")

    def show_measures(self) -> None:
        """Open the page on what the numbers mean, where it was installed along."""
        self._show_page("measures.md")

    def _show_page(self, name: str) -> None:
        if (_PAGES / name).is_file():
            open_outside(_PAGES / name)
        else:
            self.show_keys()

    def show_log(self) -> None:
        """Show the log in its folder."""
        open_outside(log_folder())

    def copy_report(self) -> None:
        """Gather what a helper needs to know, put it on the clipboard, and show it."""
        self.message.emit(Message("report", "Looking at this machine; the report follows in some seconds."))
        clips = [spec for spec, _ in self._sessions.recent(200)]
        self._background.submit(
            lambda: make_report(log_folder(), clips), self._reported, self._not_reported, owner=self
        )

    def _reported(self, report: str) -> None:
        self.message_gone.emit("report")
        ReportSheet(report, self._window).open()

    def _not_reported(self, error: BaseException) -> None:
        self.message.emit(Message("report", f"There is no report: {explain(error)}", "error"))

    def _make_preferences(self) -> PreferencesDialog:
        places = {"Settings": self._store.folder, "Logs": log_folder(), "Models": library_folder()}
        general = GeneralPage(self._store, places, self._devices.asked)
        general.forget_asked.connect(self.forget_asked)
        shortcuts = ShortcutsPage(self._shortcuts)
        shortcuts.changed.connect(lambda: self._store.change(shortcuts=self._shortcuts.overrides))
        slot = self._controller.a
        storage = StoragePage(self._background, in_use=lambda: [slot.name] if slot.name else [])
        storage.models_changed.connect(self.library_changed)
        return PreferencesDialog(
            {"General": ("settings", general), "Shortcuts": ("keyboard", shortcuts), "Storage": ("storage", storage)},
            self._window,
        )
