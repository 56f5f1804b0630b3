"""What every sheet that writes results asks: where to. With what it will take there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from app.messages import explain, shorten
from app.player.background import Background
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.ownership.survey import Contents, Survey, free_folder, survey
from engine.storage.disk import Space, text_of


def default_folder() -> Path:
    """Where results go when nothing was chosen yet: the system's folder for videos."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(place or Path.home()) / "Steadymask"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What results will take, what stands in their folder, and the name that is free instead."""

    space: Space
    found: Survey
    free: Path


class ResultsSheet(Sheet):
    """Rows of what is asked, then the folder, then what it takes. The disk is looked at off the GUI thread.

    Where something is in the way that we did not write, it says so, and offers a free name, and to replace it.
    Those who are it add their rows, call `finish`, and call `foresee_by` whenever what they ask for has changed.
    """

    start_button: QPushButton

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
        self._instead: dict[Path, Path] = {}
        self._ready = False
        self._found: Survey | None = None
        self.replace = QCheckBox("Replace what is there")
        self.replace.toggled.connect(self._update_start)
        self.use_free = QPushButton()
        self.use_free.setAutoDefault(False)
        self.use_free.clicked.connect(self._use_free)
        self._free: Path | None = None

    @property
    def where(self) -> Path:
        """The folder that the clip's own folder is made in."""
        return Path(self.folder.text().strip()).expanduser()

    def placed(self, folder: Path) -> Path:
        """Where results go that would usually go to `folder`: the free name, where a person has taken it."""
        return self._instead.get(folder, folder)

    @property
    def replaces(self) -> frozenset[str]:
        """What a person was told is in the way, and let be replaced; paths inside the folder of the results."""
        allowed = self._found is not None and self.replace.isChecked()
        return frozenset(self._found.foreign) if allowed and self._found is not None else frozenset()

    @property
    def results(self) -> Path:
        """The folder of the results."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look again at what it will take."""
        raise NotImplementedError

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
        way = QHBoxLayout()
        way.setSpacing(12)
        way.addWidget(self.use_free)
        way.addWidget(self.replace, 1)
        self.body.addLayout(way)
        self._show_way(None)
        return self.add_buttons(accept_text)

    def set_ready(self, ready: bool) -> None:
        """Whether all that is asked for was given."""
        self._ready = ready
        self._update_start()

    def foresee_by(self, contents: Contents, source: str, space: Callable[[], Space]) -> None:
        """Tell what will be written where. contents: what results are made of. source: what opens the clip.

        space: finds out what they take; in a background thread.
        """
        self._asked += 1
        asked, folder = self._asked, self.results
        self._show_way(None)
        self._background.submit(
            lambda: Foreseen(space(), survey(folder, contents, Path(source)), free_folder(folder)),
            lambda found: self._show(found) if asked == self._asked else None,
            lambda error: self._tell("error", explain(error)) if asked == self._asked else None,
            owner=self,
        )

    def tell_what_lacks(self, text: str) -> None:
        """Say what is still to be chosen, in place of what it takes."""
        self._asked += 1
        self._show_way(None)
        self._tell("warning", text)

    def _tell(self, kind: str, text: str) -> None:
        self._takes.setProperty("kind", kind)
        self._takes.style().polish(self._takes)
        self._takes.setText(text)

    def _show(self, foreseen: Foreseen) -> None:
        space, found = foreseen.space, foreseen.found
        self._show_way(foreseen)
        if found.occupied is not None:
            replaced = f" {found.promise}" if self.replace.isVisibleTo(self) else ""
            self._tell("warning", f"{found.occupied}.{replaced}")
        elif space.warning:
            self._tell("warning", space.warning)
        else:
            note = "What Steadymask wrote there is replaced, or taken up." if found.ours else ""
            takes = f"About {text_of(space.expected)}; {text_of(space.free)} are free."
            self._tell("muted", "\n".join(line for line in (str(space.folder), note, takes) if line))

    def _show_way(self, foreseen: Foreseen | None) -> None:
        """Offer what can be done where something is in the way; None while that is not known."""
        self._found = None if foreseen is None else foreseen.found
        self._free = None if foreseen is None else foreseen.free
        occupied = self._found is not None and self._found.occupied is not None
        self.replace.setChecked(False)
        self.replace.setVisible(occupied and self._found is not None and self._found.problem is None)
        self.use_free.setVisible(occupied)
        if self._free is not None:
            self.use_free.setText(f"Use “{shorten(self._free.name, 40)}”")
        self._update_start()

    def _use_free(self) -> None:
        if self._found is not None and self._free is not None:
            usual = next((usual for usual, free in self._instead.items() if free == self._found.folder), None)
            self._instead[usual or self._found.folder] = self._free
            self.refresh()

    def _update_start(self) -> None:
        if hasattr(self, "start_button"):
            occupied = self._found is not None and self._found.occupied is not None
            self.start_button.setEnabled(self._ready and (not occupied or self.replace.isChecked()))

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Folder for results", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
