"""What the window remembers between starts. No Qt here; `app.settings.store` tells the window what changes."""

from app.settings.values import (
    DEFAULT_METHOD,
    Behind,
    ExportChoices,
    Settings,
    Written,
    read_settings,
    settings_folder,
    write_settings,
)

__all__ = [
    "DEFAULT_METHOD",
    "Behind",
    "ExportChoices",
    "Settings",
    "Written",
    "read_settings",
    "settings_folder",
    "write_settings",
]
