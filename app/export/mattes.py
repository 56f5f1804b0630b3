"""What an export can be asked of mattes alone: the background of its videos, and movies with alpha."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QGridLayout, QHBoxLayout, QLayout, QRadioButton

from app.mattes.picker import GroundPicker
from app.settings import Behind, Settings
from engine.results.drawing import Drawing
from engine.results.folder import OF_MATTES, WITH_ALPHA, Part
from engine.results.refine import NEEDS, Refine, can_refine

_TEXTS: dict[Part, tuple[str, str]] = {
    "prores": ("ProRes 4444", "matte.mov, for editors; alpha is off by at most 1 of 255"),
    "vp9": ("WebM VP9", "matte.webm, small, for the web; alpha is lossy"),
    "ffv1": ("FFV1", "matte.mkv, lossless and large"),
    "png": ("RGBA pictures", "rgba/, one PNG a frame, lossless"),
    "h264": ("H.264, no alpha", "matte.mp4, over the background; over green where that is the frame"),
    "trimap": ("Trimap", "trimap/, one grey PNG a frame: person, background, and a band for other matting programs"),
}


class MatteChoices(QObject):
    """Rows of the export sheet. GUI thread only."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        """settings: have the background that the window shows, and what was chosen last."""
        super().__init__(parent)
        self._shown = settings.behind
        self.picker = GroundPicker("", stored=True)
        self.picker.show_behind(self._shown)
        self.picker.chosen.connect(self._on_behind)
        self._boxes: dict[Part, QCheckBox] = {}
        self._movies = QGridLayout()
        self._movies.setVerticalSpacing(4)
        for place, part in enumerate(OF_MATTES):
            box = self._boxes[part] = QCheckBox(_TEXTS[part][0])
            box.setToolTip(_TEXTS[part][1])
            box.toggled.connect(self._on_toggled)
            self._movies.addWidget(box, place // 3, place % 3)
        self.straight, self.premultiplied = QRadioButton("Straight"), QRadioButton("Premultiplied")
        self.straight.setToolTip("The colours of the frame as they are; what most editors expect")
        self.premultiplied.setToolTip("The colours of the frame times alpha")
        self.straight.setChecked(True)
        self._group = QButtonGroup(self)
        self._colours = QHBoxLayout()
        self._colours.setSpacing(18)
        for button in (self.straight, self.premultiplied):
            self._group.addButton(button)
            self._colours.addWidget(button)
        self._colours.addStretch(1)
        self.premultiplied.toggled.connect(lambda _: self.changed.emit())
        # Off each time: nobody should wait for hours because of an earlier choice.
        self.refined = QCheckBox("Solved from each frame's colours: seconds a frame")
        self.refined.setEnabled(can_refine())
        cost = "Closed-form matting, for final work; the very first time it takes a minute more"
        self.refined.setToolTip(cost if can_refine() else f"It takes pymatting, which is not installed: {NEEDS}")
        self.refined.toggled.connect(lambda _: self.changed.emit())
        self._edges = QHBoxLayout()
        self._edges.addWidget(self.refined)
        self._on_toggled()

    @property
    def rows(self) -> tuple[tuple[str, QLayout], ...]:
        """What the sheet shows, with what stands on the left."""
        background = QHBoxLayout()
        background.addWidget(self.picker)
        return (
            ("Background", background),
            ("For editors", self._movies),
            ("Colours", self._colours),
            ("Edges", self._edges),
        )

    @property
    def movies(self) -> tuple[Part, ...]:
        """Those to write, the trimap among them."""
        return tuple(part for part, box in self._boxes.items() if box.isChecked())

    @property
    def refine(self) -> Refine | None:
        """How alpha is refined."""
        return "closed-form" if self.refined.isChecked() else None

    def take_up(self, movies: tuple[str, ...], *, premultiplied: bool, behind: Behind | None = None) -> None:
        """Choose these. behind: None for what the window shows."""
        self.picker.show_behind(behind or self._shown)
        for part, box in self._boxes.items():
            box.setChecked(part in movies)
        (self.premultiplied if premultiplied else self.straight).setChecked(True)

    def drawn(self, drawing: Drawing) -> Drawing:
        """The drawing with what is chosen."""
        return replace(
            drawing,
            ground=self.picker.ground,
            premultiplied=self.premultiplied.isChecked(),
            foreground_colours=self.picker.behind.foreground,
        )

    def _on_behind(self, behind: Behind) -> None:
        self.picker.show_behind(behind)
        self.changed.emit()

    def _on_toggled(self) -> None:
        with_alpha = any(part in WITH_ALPHA for part in self.movies)
        for button in (self.straight, self.premultiplied):
            button.setEnabled(with_alpha)
        self.changed.emit()
