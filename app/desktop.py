"""What the system's desktop does for us."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_outside(place: Path) -> None:
    """Show a folder in the system's file manager, or a file in what the system opens it with."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))
