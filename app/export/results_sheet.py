"""What every sheet that writes results asks: where to. With what it will take there, and what is there already."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
from engine.ownership.survey import Contents, Survey, free_folder, some, survey
from engine.storage.disk import Space, text_of


def default_folder() -> Path:
    """Where results go when nothing was chosen yet: the system's folder for videos."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(place or Path.home()) / "Steadymask"


@dataclass(frozen=True, slots=True)
class Planned:
    """Results that are to be written. contents: what they are made of. run: finds out what a marker would say of them,
    in a background thread; None where they are never the same as earlier ones.
    """

    folder: Path
    contents: Contents
    run: Callable[[], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands where results are to go. free: the name that is free instead. same: whether it is the same results,
    whole or cut off, so that nothing of it is replaced.
    """

    found: Survey
    free: Path
    same: bool

    @property
    def in_the_way(self) -> str | None:
        """What must be asked about, as the beginning of a sentence; None where nothing is."""
        if self.found.occupied is not None:
            return self.found.occupied
        if self.found.ours and not self.same:
            return f"{self.found.folder} holds results of Steadymask already ({some(self.found.ours)})"
        return None

    @property
    def promise(self) -> str:
        """What replacing comes to, as a sentence."""
        if self.found.occupied is not None:
            return self.found.promise
        return f"In {self.found.folder} they will be replaced."


class ResultsSheet(Sheet):
    """Rows of what is asked, then the folder, then what it takes. The disk is looked at off the GUI thread.

    Where something is in the way, ours or not, it says so, and offers a free name, and to replace it.
    Those who are it add their rows, call `finish`, and call `foresee_by` whenever what they ask for has changed.
    """

    start_button: QPushButton

    def __init__(
        self,
        title: str,
        text: str,
        background: Background,
        folder: str,
        parent: QWidget | None,
        *,
        taken: Collection[Path] = (),
    ) -> None:
        """folder: what was chosen last, or empty. taken: folders that other work is going to write to."""
        super().__init__(title, text, parent, width=560)
        self._background = background
        self._taken = frozenset(taken)
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
        self._ready = self._known = False
        self._standing: tuple[Standing, ...] = ()
        self.replace = QCheckBox("Replace what is there")
        self.replace.toggled.connect(self._update_start)
        self.use_free = QPushButton()
        self.use_free.setAutoDefault(False)
        self.use_free.clicked.connect(self._use_free)

    @property
    def where(self) -> Path:
        """The folder that the clip's own folder is made in."""
        return Path(self.folder.text().strip()).expanduser()

    def placed(self, folder: Path) -> Path:
        """Where results go that would usually go to `folder`: the free name, where a person has taken it."""
        return self._instead.get(folder, folder)

    def replaces(self, folder: Path) -> frozenset[str]:
        """What a person was told is in the way, and let be replaced; paths inside `folder`, of files that are not
        ours.
        """
        found = next((each.found for each in self._standing if each.found.folder == folder), None)
        return frozenset(found.foreign) if found is not None and self.replace.isChecked() else frozenset()

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
        self._show_way()
        return self.add_buttons(accept_text)

    def set_ready(self, ready: bool) -> None:
        """Whether all that is asked for was given."""
        self._ready = ready
        self._update_start()

    def foresee_by(self, planned: Sequence[Planned], source: str, space: Callable[[], Space]) -> None:
        """Tell what will be written where. source: what opens the clip.

        space: finds out what they take; in a background thread.
        """
        self._asked += 1
        asked, taken = self._asked, self._taken
        self._standing = ()
        self._known = False
        self._show_way()
        self._background.submit(
            lambda: (space(), tuple(_look(each, Path(source), taken) for each in planned)),
            lambda seen: self._show(*seen) if asked == self._asked else None,
            lambda error: self._tell("error", explain(error)) if asked == self._asked else None,
            owner=self,
        )

    def tell_what_lacks(self, text: str) -> None:
        """Say what is still to be chosen, in place of what it takes."""
        self._asked += 1
        self._standing = ()
        self._show_way()
        self._tell("warning", text)

    @property
    def _in_the_way(self) -> tuple[Standing, ...]:
        return tuple(each for each in self._standing if each.in_the_way is not None)

    def _tell(self, kind: str, text: str) -> None:
        self._takes.setProperty("kind", kind)
        self._takes.style().polish(self._takes)
        self._takes.setText(text)

    def _show(self, space: Space, standing: tuple[Standing, ...]) -> None:
        self._standing = standing
        self._known = True
        self._show_way()
        if self._in_the_way:
            promised = self.replace.isVisibleTo(self)
            told = [f"{each.in_the_way}." + (f" {each.promise}" if promised else "") for each in self._in_the_way]
            self._tell("warning", "\n".join(told))
        elif space.warning:
            self._tell("warning", space.warning)
        else:
            folders = [str(each.found.folder) for each in standing]
            note = "What is there of the same results already is taken up." if any(map(_is_ours, standing)) else ""
            takes = f"About {text_of(space.expected)}; {text_of(space.free)} are free."
            self._tell("muted", "\n".join(line for line in (*folders, note, takes) if line))

    def _show_way(self) -> None:
        """Offer what can be done where something is in the way; nothing while that is not known."""
        way = self._in_the_way
        self.replace.setChecked(False)
        self.replace.setVisible(bool(way) and all(each.found.problem is None for each in way))
        self.use_free.setVisible(bool(way))
        if way:
            names = " and ".join(f"“{shorten(each.free.name, 40)}”" for each in way)
            self.use_free.setText(f"Use {names}")
        self._update_start()

    def _use_free(self) -> None:
        for each in self._in_the_way:
            usual = next((usual for usual, free in self._instead.items() if free == each.found.folder), None)
            self._instead[usual or each.found.folder] = each.free
        self.refresh()

    def _update_start(self) -> None:
        if hasattr(self, "start_button"):
            settled = not self._in_the_way or self.replace.isChecked()
            self.start_button.setEnabled(self._ready and self._known and settled)

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Folder for results", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _is_ours(standing: Standing) -> bool:
    return bool(standing.found.ours)


def _look(planned: Planned, source: Path, taken: frozenset[Path]) -> Standing:
    """What is there. Touches the disk."""
    folder = planned.folder
    found = survey(folder, planned.contents, source)
    if folder in taken:
        found = replace(found, problem=f"{folder} is where other work of this window goes")
    same = planned.run is not None and found.marker is not None and found.marker.run == planned.run()
    return Standing(found, free_folder(folder, taken), same)
