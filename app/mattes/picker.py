"""What shall stand behind a matte: one choice, and what it needs of a person."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.mattes.swatches import SIZE, swatch
from app.settings import Behind
from app.views.choice import Choice
from engine.results.matte import OVERLAID, Ground, parse_ground
from engine.video.clips import VIDEO_SUFFIXES

GROUNDS: dict[str, tuple[str, str]] = {
    "overlay": ("The frame, tinted", "The frame, the person tinted as far as alpha goes"),
    "checkerboard": ("Checkerboard", "The person cut out"),
    "green": ("Green", "The green that keyers expect"),
    "colour": ("A colour", "A colour of your own"),
    "blur": ("Blurred", "The frame itself, out of focus behind the person"),
    "picture": ("A picture", "A picture of your own"),
    "clip": ("A clip", "A clip of your own, from its start again after its end"),
    "band": ("Edge band", "Where alpha is between 0.05 and 0.95: neither the person nor what is behind"),
    "alpha": ("Matte in grey", "Alpha itself: white is the person"),
}
"""What each is called, and what it shows; in the order in which they follow one another."""

_PICTURES = f"Pictures ({' '.join('*.' + suffix for suffix in ('png', 'jpg', 'jpeg', 'webp', 'bmp', 'tif', 'tiff'))})"
_CLIPS = f"Videos ({' '.join(f'*{suffix}' for suffix in sorted(VIDEO_SUFFIXES))})"
_FILES: dict[str, tuple[str, str]] = {
    "picture": ("Picture behind the person", f"{_PICTURES};;All files (*)"),
    "clip": ("Clip behind the person", f"{_CLIPS};;All files (*)"),
}
"""What is chosen as a file: the dialog's title and filters."""
_FOREGROUND = (
    "At the edge, the person's own colours, without the old background that shines through there. They are estimated, "
    "which takes about 14 ms of one processor core for a frame of 1280 × 720."
)


def ground_of(behind: Behind) -> Ground:
    """What shall stand behind a matte; the frame itself where a picture or a clip is wanted and there is none."""
    if behind.ground == "colour":
        return parse_ground(behind.colour)
    if behind.ground == "picture" or behind.ground == "clip":
        path = path_of(behind)
        return Ground(behind.ground, path=Path(path)) if path else OVERLAID
    return parse_ground(behind.ground)


def path_of(behind: Behind) -> str:
    """The file that is wanted behind; empty where none is, or none was chosen yet."""
    return str(getattr(behind, behind.ground)) if behind.ground in _FILES else ""


class GroundPicker(QWidget):
    """GUI thread only. It only says what is chosen; whoever holds it decides what holds."""

    chosen = Signal(object)
    """A Behind."""

    def __init__(self, label: str, *, stored: bool = False, parent: QWidget | None = None) -> None:
        """label: what stands on its left; empty for nothing. stored: the person's colours count over the frame, too,
        since they are written with alpha.
        """
        super().__init__(parent)
        self.behind = Behind()
        self._stored = stored
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        column.addLayout(row)
        self.choice = Choice()
        self.choice.setAccessibleName("What stands behind the person")
        self.choice.setIconSize(QSize(SIZE, SIZE))
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for place, (ground, (text, tip)) in enumerate(GROUNDS.items()):
            self.choice.addItem(text, ground)
            self.choice.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.choice.activated.connect(lambda place: self._on_activated(str(self.choice.itemData(place))))
        self.other = QPushButton("Choose…")
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self._ask)
        if label:
            said = QLabel(label)
            said.setProperty("kind", "muted")
            said.setBuddy(self.choice)
            row.addWidget(said)
        row.addWidget(self.choice, 1)
        row.addWidget(self.other)
        self.foreground = QCheckBox("Foreground colours")
        self.foreground.setToolTip(_FOREGROUND)
        self.foreground.clicked.connect(lambda checked: self._choose(foreground=checked))
        column.addWidget(self.foreground)
        self.show_behind(self.behind)

    @property
    def ground(self) -> Ground:
        """What holds."""
        return ground_of(self.behind)

    def show_behind(self, behind: Behind) -> None:
        """What holds."""
        self.behind, ground = behind, behind.ground
        for place, each in enumerate(GROUNDS):
            self.choice.setItemIcon(place, swatch(each, behind.colour))
        self.choice.setCurrentIndex(list(GROUNDS).index(ground))
        self.choice.setToolTip(path_of(behind) or GROUNDS[ground][1])
        self.other.setVisible(ground == "colour" or ground in _FILES)
        self.other.setAccessibleName(f"Choose a {ground}")
        self.foreground.setChecked(behind.foreground)
        self.foreground.setEnabled(self._stored or self.ground.mixes)

    def _choose(self, **changes: object) -> None:
        self.chosen.emit(self.behind.model_copy(update=changes))

    def _on_activated(self, ground: str) -> None:
        if ground in _FILES and not getattr(self.behind, ground):
            self._ask_file(ground)
        else:
            self._choose(ground=ground)

    def _ask(self) -> None:
        if self.behind.ground == "colour":
            self._ask_colour()
        else:
            self._ask_file(self.behind.ground)

    def _ask_colour(self) -> None:
        dialog = QColorDialog(QColor(self.behind.colour), self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle("Colour behind the person")
        dialog.colorSelected.connect(lambda colour: self._choose(ground="colour", colour=colour.name()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_file(self, ground: str) -> None:
        title, filters = _FILES[ground]
        before = getattr(self.behind, ground)
        dialog = QFileDialog(self, title, str(Path(before).parent) if before else "", filters)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._choose(**{"ground": ground, ground: path}))
        dialog.rejected.connect(lambda: self.show_behind(self.behind))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
