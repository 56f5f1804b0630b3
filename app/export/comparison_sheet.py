"""What is compared, and where the report on it goes."""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.compare.naming import method_name
from app.compare.slot_tag import SlotTag
from app.export.naming import folder_name
from app.export.results_sheet import Planned, ResultsSheet
from app.player.background import Background
from app.player.clip import ClipInfo
from app.report.contents import COMPARISON
from app.views.elided import Elided
from engine.storage.disk import Space

_TITLE = "Write a comparison"
_WHAT = (
    "The whole of {}, both methods on the same frames: a video, curves, flicker maps, the worst moments and a page. "
    "You can go on watching meanwhile."
)


class ComparisonSheet(ResultsSheet):
    """Asks; the window starts it."""

    fill_asked = Signal()
    """Slot B is empty, and the usual method is wanted there."""

    def __init__(
        self,
        clip: ClipInfo,
        a: str,
        b: str | None,
        background: Background,
        *,
        folder: str = "",
        taken: Collection[Path] = (),
        parent: QWidget | None = None,
    ) -> None:
        """a, b: methods, as they are written; None where slot B is empty. folder: what was chosen last. taken: folders
        that other work is going to write to.
        """
        super().__init__(_TITLE, _WHAT.format(clip.name), background, folder, parent, taken=taken)
        self._clip = clip
        self.a, self.b = a, b
        self._name_b = Elided(Qt.TextElideMode.ElideRight)
        self.fill_button = QPushButton("Fill it")
        self.fill_button.setToolTip("Puts what A is usually compared with into slot B")
        self.fill_button.setAutoDefault(False)
        self.fill_button.clicked.connect(self.fill_asked)
        name_a = Elided(Qt.TextElideMode.ElideRight)
        _name(name_a, a)
        self._add_method("A", name_a)
        self._add_method("B", self._name_b).addWidget(self.fill_button)
        self.start_button = self.finish("Compare")
        self.folder.textChanged.connect(self.refresh)
        self.set_b(b)

    def set_b(self, b: str | None) -> None:
        """What stands in slot B now."""
        self.b = b
        _name(self._name_b, b or "Nothing is in slot B yet", known=b is not None)
        self.fill_button.setVisible(b is None)
        self.refresh()

    @property
    def results(self) -> Path:
        """The folder of the results; its name holds the clip and both methods."""
        methods = method_name(self.a), "" if self.b is None else f"and {method_name(self.b)}"
        return self.placed(self.where / folder_name((f"{self._clip.stem}-compare", *methods)))

    def _add_method(self, slot: str, name: QLabel) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(SlotTag(slot))
        row.addWidget(name, 1)
        self.add_row("Compare" if slot == "A" else "With", row)
        return row

    def refresh(self) -> None:
        """Look again at what it will take."""
        folder, size, frames = self.results, self._clip.size, self._clip.frame_count or 0
        self.set_ready(self.b is not None and self.where.is_absolute())
        self.foresee_by([Planned(folder, COMPARISON)], self._clip.spec, lambda: _space(folder, size, frames))


def _name(label: QLabel, text: str, *, known: bool = True) -> None:
    """Show a method, which may be a path."""
    label.setToolTip(text)
    label.setProperty("kind", "title" if known else "muted")
    label.style().polish(label)
    label.setText(text)


def _space(folder: Path, size: tuple[int, int], frames: int) -> Space:
    """What it takes. Touches the disk."""
    from app.report.video import space_of

    return space_of(folder, size, frames)
