"""What every sheet that writes results asks: where to. With what it will take there."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QLayout, QLineEdit, QPushButton, QWidget

from app.messages import explain
from app.player.background import Background
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.storage.disk import Space, text_of


def default_folder() -> Path:
    """Where results go when nothing was chosen yet: the system's folder for videos."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(place or Path.home()) / "Steadymask"


class ResultsSheet(Sheet):
    """Rows of what is asked, then the folder, then what it takes. The disk is looked at off the GUI thread.

    Those who are it add their rows, call `finish`, and call `foresee_by` whenever what they ask for has changed.
    """

    def __init__(self, title: str, text: str, background: Background, folder: str, parent: QWidget | None) -> None:
        """folder: what was chosen last, or empty."""
        super().__init__(title, text, parent)
        self._background = background
        self._asked = 0
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(12)
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)
        self.folder = QLineEdit(folder or str(default_folder()))
        self.folder.setAccessibleName("Folder")
        self._takes = QLabel()
        self._takes.setProperty("kind", "muted")
        self._takes.setTextFormat(Qt.TextFormat.PlainText)
        self._takes.setWordWrap(True)

    @property
    def where(self) -> Path:
        """The folder that the clip's own folder is made in."""
        return Path(self.folder.text().strip()).expanduser()

    def add_row(self, name: str, layout: QLayout) -> None:
        """Ask one thing more. name: what stands on its left."""
        label = QLabel(name)
        label.setProperty("kind", "muted")
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addLayout(layout, row, 1)

    def finish(self, accept_text: str) -> QPushButton:
        """Add the folder, what it takes, and the buttons. Returns the one that accepts."""
        place = QHBoxLayout()
        place.setSpacing(8)
        choose = QPushButton("Choose…")
        choose.setIcon(icon("folder", "muted"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        place.addWidget(self.folder, 1)
        place.addWidget(choose)
        self.add_row("Folder", place)
        self.body.addWidget(self._takes)
        return self.add_buttons(accept_text)

    def foresee_by(self, call: Callable[[], tuple[Space, str]]) -> None:
        """Tell what will be written where. call: finds out what it takes, and what else is to be said or an empty
        text; in a background thread.
        """
        self._asked += 1
        asked = self._asked
        self._background.submit(
            call,
            lambda found: self._show_space(asked, *found),
            lambda error: self._tell("error", explain(error)) if asked == self._asked else None,
            owner=self,
        )

    def tell_what_lacks(self, text: str) -> None:
        """Say what is still to be chosen, in place of what it takes."""
        self._asked += 1
        self._tell("warning", text)

    def _tell(self, kind: str, text: str) -> None:
        self._takes.setProperty("kind", kind)
        self._takes.style().polish(self._takes)
        self._takes.setText(text)

    def _show_space(self, asked: int, space: Space, note: str) -> None:
        if asked != self._asked:
            return  # something else was chosen meanwhile
        if space.warning:
            self._tell("warning", space.warning)
        else:
            takes = f"About {text_of(space.expected)}; {text_of(space.free)} are free."
            self._tell("muted", "\n".join(line for line in (str(space.folder), note, takes) if line))

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Folder for results", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
