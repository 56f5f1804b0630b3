"""What shall stand behind a matte: one choice, and what it needs of a person."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from app.mattes.swatches import SIZE, swatch
from app.views.choice import Choice
from engine.results.matte import OVERLAID, Ground, parse_ground

GROUNDS: dict[str, tuple[str, str]] = {
    "overlay": ("The frame, tinted", "The frame, the person tinted as far as alpha goes"),
    "checkerboard": ("Checkerboard", "The person cut out"),
    "green": ("Green", "The green that keyers expect"),
    "colour": ("A colour", "A colour of your own"),
    "blur": ("Blurred", "The frame itself, out of focus behind the person"),
    "picture": ("A picture", "A picture of your own"),
    "band": ("Edge band", "Where alpha is between 0.05 and 0.95: neither the person nor what is behind"),
    "alpha": ("Matte in grey", "Alpha itself: white is the person"),
}
"""What each is called, and what it shows; in the order in which they follow one another."""

_PICTURES = f"Pictures ({' '.join('*.' + suffix for suffix in ('png', 'jpg', 'jpeg', 'webp', 'bmp', 'tif', 'tiff'))})"


def ground_of(chosen: str, colour: str, picture: str) -> Ground:
    """What shall stand behind a matte; the frame itself where a picture is wanted and there is none.

    chosen: of GROUNDS. colour: `#rrggbb`. picture: its path, empty for none.
    """
    if chosen == "colour":
        return parse_ground(colour)
    if chosen == "picture":
        return Ground("picture", path=Path(picture)) if picture else OVERLAID
    return parse_ground(chosen)


class GroundPicker(QWidget):
    """GUI thread only. It only says what is chosen; whoever holds it decides what holds."""

    ground_chosen = Signal(str)
    """One of GROUNDS."""
    colour_chosen = Signal(str)
    """`#rrggbb`."""
    picture_chosen = Signal(str)
    """A path."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        """label: what stands on its left; empty for nothing."""
        super().__init__(parent)
        self._ground, self._colour, self._picture = "overlay", "#000000", ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
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
        self.show_ground(self._ground, self._colour, self._picture)

    @property
    def ground(self) -> Ground:
        """What holds."""
        return ground_of(self._ground, self._colour, self._picture)

    def show_ground(self, ground: str, colour: str, picture: str) -> None:
        """What holds. ground: of GROUNDS. colour, picture: one's own, whatever is chosen."""
        self._ground, self._colour, self._picture = ground, colour, picture
        for place, each in enumerate(GROUNDS):
            self.choice.setItemIcon(place, swatch(each, colour))
        self.choice.setCurrentIndex(list(GROUNDS).index(ground))
        self.choice.setToolTip(picture if ground == "picture" and picture else GROUNDS[ground][1])
        self.other.setVisible(ground in ("colour", "picture"))
        self.other.setAccessibleName("Choose a colour" if ground == "colour" else "Choose a picture")

    def _on_activated(self, ground: str) -> None:
        if ground == "picture" and not self._picture:
            self._ask_picture()
        else:
            self.ground_chosen.emit(ground)

    def _ask(self) -> None:
        if self.choice.currentData() == "colour":
            self._ask_colour()
        else:
            self._ask_picture()

    def _ask_colour(self) -> None:
        dialog = QColorDialog(QColor(self._colour), self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle("Colour behind the person")
        dialog.colorSelected.connect(lambda colour: self.colour_chosen.emit(colour.name()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_picture(self) -> None:
        folder = str(Path(self._picture).parent) if self._picture else ""
        dialog = QFileDialog(self, "Picture behind the person", folder, f"{_PICTURES};;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.picture_chosen)
        dialog.rejected.connect(lambda: self.show_ground(self._ground, self._colour, self._picture))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
