"""What to export, of which frames, where to; with what it will take."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.messages import explain
from app.player.background import Background
from app.player.clip import ClipInfo
from app.views.icons import icon
from app.views.sheet import Sheet
from engine.disk import Space, foresee, text_of
from engine.results_folder import Part


def default_folder() -> Path:
    """Where exports go when nothing was chosen yet: the system's folder for videos."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return Path(place or Path.home()) / "Steadymask"


class ExportSheet(Sheet):
    """Asks; the window starts what was chosen. The disk is looked at off the GUI thread."""

    def __init__(
        self,
        clip: ClipInfo,
        range_: tuple[int, int] | None,
        method: str,
        background: Background,
        *,
        folder: str = "",
        what: str = "both",
        parent: QWidget | None = None,
    ) -> None:
        """range_: in and out, offered where there are some. folder, what: what was chosen last."""
        super().__init__("Export", f"{clip.name}, with {method}. You can go on watching meanwhile.", parent)
        self._clip = clip
        self._in_out = range_
        self._background = background
        self._asked: tuple[object, ...] = ()
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(12)
        self.masks = QCheckBox("Masks: one indexed PNG a frame")
        self.overlay = QCheckBox("Overlay video, as masks are drawn now")
        self.masks.setChecked(what != "overlay")
        self.overlay.setChecked(what != "masks")
        parts = QVBoxLayout()
        parts.setSpacing(4)
        parts.addWidget(self.masks)
        parts.addWidget(self.overlay)
        self._add(grid, 0, "Write", parts)
        frames = QVBoxLayout()
        frames.setSpacing(4)
        count = f", {clip.frame_count} frames" if clip.frame_count else ""
        self.whole = QRadioButton(f"The whole clip{count}")
        self.part = QRadioButton("From in to out")
        self._spans = QButtonGroup(self)
        for button in (self.whole, self.part):
            self._spans.addButton(button)
            frames.addWidget(button)
        if range_ is not None:
            self.part.setText(f"From in to out, frames {range_[0] + 1} to {range_[1] + 1}")
        self.part.setEnabled(range_ is not None)
        (self.whole if range_ is None else self.part).setChecked(True)
        self._add(grid, 1, "Frames", frames)
        place = QHBoxLayout()
        place.setSpacing(8)
        self.folder = QLineEdit(folder or str(default_folder()))
        self.folder.setAccessibleName("Folder")
        choose = QPushButton("Choose…")
        choose.setIcon(icon("folder", "muted"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        place.addWidget(self.folder, 1)
        place.addWidget(choose)
        self._add(grid, 2, "Folder", place)
        self.body.addLayout(grid)
        self._takes = QLabel()
        self._takes.setProperty("kind", "muted")
        self._takes.setTextFormat(Qt.TextFormat.PlainText)
        self._takes.setWordWrap(True)
        self.body.addWidget(self._takes)
        self.start_button = self.add_buttons("Export")
        for box in (self.masks, self.overlay):
            box.toggled.connect(self._foresee)
        self.whole.toggled.connect(self._foresee)
        self.folder.textChanged.connect(self._foresee)
        self._foresee()

    @property
    def parts(self) -> tuple[Part, ...]:
        """What to write."""
        masks: tuple[Part, ...] = ("masks",) if self.masks.isChecked() else ()
        return (*masks, "overlay") if self.overlay.isChecked() else masks

    @property
    def what(self) -> str:
        """The same, for the settings."""
        return "both" if len(self.parts) == 2 else (self.parts or ("both",))[0]

    @property
    def range_(self) -> tuple[int, int] | None:
        """(first, last) frame, both included; None for all."""
        return self._in_out if self.part.isChecked() else None

    @property
    def where(self) -> Path:
        """The folder that the clip's own folder is made in."""
        return Path(self.folder.text().strip()).expanduser()

    @property
    def results(self) -> Path:
        """The folder of the results."""
        span = f" {self._in_out[0] + 1}-{self._in_out[1] + 1}" if self.range_ and self._in_out else ""
        return self.where / f"{Path(self._clip.name).stem}{span}"

    def _add(self, grid: QGridLayout, row: int, name: str, layout: QVBoxLayout | QHBoxLayout) -> None:
        label = QLabel(name)
        label.setProperty("kind", "muted")
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(layout, row, 1)
        grid.setColumnStretch(1, 1)

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Folder for exports", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _foresee(self) -> None:
        frames = self._clip.frame_count or 0
        if self.range_ is not None:
            frames = self.range_[1] - self.range_[0] + 1
        parts, folder, size = self.parts, self.results, self._clip.size
        self.start_button.setEnabled(bool(parts) and self.where.is_absolute())
        asked = (folder, parts, frames)
        self._asked = asked
        self._background.submit(
            lambda: foresee(folder, size, frames, parts),
            lambda space: self._show(asked, space),
            lambda error: self._tell("error", explain(error)),
            owner=self,
        )

    def _show(self, asked: tuple[object, ...], space: Space) -> None:
        if asked != self._asked:
            return  # something else was chosen meanwhile
        if not self.parts:
            self._tell("warning", "Choose what to write.")
        elif space.warning:
            self._tell("warning", space.warning)
        else:
            takes = f"About {text_of(space.expected)}; {text_of(space.free)} are free."
            self._tell("muted", f"{self.results}\n{takes}")

    def _tell(self, kind: str, text: str) -> None:
        self._takes.setProperty("kind", kind)
        self._takes.style().polish(self._takes)
        self._takes.setText(text)
