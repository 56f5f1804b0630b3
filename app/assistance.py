"""Preferences and help of the window: opens the sheets, each at most once, and puts into effect what they change."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from shiboken6 import isValid

from app.commands.help_sheet import AboutSheet, HelpSheet, ReportSheet
from app.desktop import open_outside
from app.messages import Message, explain
from app.preferences.dialog import PreferencesDialog
from app.preferences.general_page import GeneralPage
from app.preferences.shortcuts_page import ShortcutsPage
from app.preferences.storage_page import StoragePage
from app.support import make_report
from engine.models.library import library_folder
from engine.storage.places import log_folder

if TYPE_CHECKING:
    from app.main_window import MainWindow

_GUIDE = Path(__file__).resolve().parent.parent / "docs" / "guide.md"


class Assistance(QObject):
    """GUI thread only."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
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
        sheet = HelpSheet(self._window.shortcuts, self._window)
        sheet.change_asked.connect(lambda: self.show_preferences("Shortcuts"))
        sheet.open()

    def show_about(self) -> None:
        """Say what this is."""
        AboutSheet(self._window).open()

    def show_guide(self) -> None:
        """Open the guide, where it was installed along."""
        if _GUIDE.is_file():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(_GUIDE)))
        else:
            self.show_keys()

    def show_log(self) -> None:
        """Show the log in its folder."""
        open_outside(log_folder())

    def copy_report(self) -> None:
        """Gather what a helper needs to know, put it on the clipboard, and show it."""
        window = self._window
        window.banners.show_message(Message("report", "Looking at this machine; the report follows in some seconds."))
        clips = [spec for spec, _ in window.sessions.recent(200)]
        window.background.submit(
            lambda: make_report(log_folder(), clips), self._reported, self._not_reported, owner=self
        )

    def _reported(self, report: str) -> None:
        self._window.banners.remove("report")
        ReportSheet(report, self._window).open()

    def _not_reported(self, error: BaseException) -> None:
        self._window.banners.show_message(Message("report", f"There is no report: {explain(error)}", "error"))

    def _make_preferences(self) -> PreferencesDialog:
        window = self._window
        places = {"Settings": window.folder, "Logs": log_folder(), "Models": library_folder()}
        general = GeneralPage(lambda: window.settings, places)
        general.changed.connect(window.keep_settings)
        general.forget_asked.connect(window.forget_recent)
        shortcuts = ShortcutsPage(window.shortcuts)
        shortcuts.changed.connect(self._keep_shortcuts)
        slot = window.controller.a
        storage = StoragePage(window.background, in_use=lambda: [slot.name] if slot.name else [])
        storage.models_changed.connect(window.refresh_models)
        return PreferencesDialog(
            {"General": ("settings", general), "Shortcuts": ("keyboard", shortcuts), "Storage": ("storage", storage)},
            window,
        )

    def _keep_shortcuts(self) -> None:
        window = self._window
        window.keep_settings(window.settings.model_copy(update={"shortcuts": window.shortcuts.overrides}))
        window.apply_shortcuts()
