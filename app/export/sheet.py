"""What to export, of which frames, where to; with what it will take."""

from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QVBoxLayout, QWidget

from app.export.results_sheet import ResultsSheet
from app.player.background import Background
from app.player.clip import ClipInfo
from engine.results.folder import Part, contents_of
from engine.storage.disk import foresee


class ExportSheet(ResultsSheet):
    """Asks; the window starts what was chosen."""

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
        text = f"{clip.name}, with {method}. You can go on watching meanwhile."
        super().__init__("Export", text, background, folder, parent)
        self._clip = clip
        self._in_out = range_
        self.masks = QCheckBox("Masks: one indexed PNG a frame")
        self.overlay = QCheckBox("Overlay video, as masks are drawn now")
        self.masks.setChecked(what != "overlay")
        self.overlay.setChecked(what != "masks")
        parts = QVBoxLayout()
        parts.setSpacing(4)
        parts.addWidget(self.masks)
        parts.addWidget(self.overlay)
        self.add_row("Write", parts)
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
            self.part.setText(f"From in to out, frames {range_[0]} to {range_[1]}")
        self.part.setEnabled(range_ is not None)
        (self.whole if range_ is None else self.part).setChecked(True)
        self.add_row("Frames", frames)
        self.start_button = self.finish("Export")
        for box in (self.masks, self.overlay):
            box.toggled.connect(self.refresh)
        self.whole.toggled.connect(self.refresh)
        self.folder.textChanged.connect(self.refresh)
        self.refresh()

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
    def results(self) -> Path:
        """The folder of the results."""
        span = f" {self._in_out[0]}-{self._in_out[1]}" if self.range_ and self._in_out else ""
        return self.placed(self.where / f"{Path(self._clip.name).stem}{span}")

    def refresh(self) -> None:
        """Look again at what it will take."""
        frames = self._clip.frame_count or 0
        if self.range_ is not None:
            frames = self.range_[1] - self.range_[0] + 1
        parts, folder, size = self.parts, self.results, self._clip.size
        self.set_ready(bool(parts) and self.where.is_absolute())
        if parts:
            self.foresee_by(contents_of("masks", parts), self._clip.spec, lambda: foresee(folder, size, frames, parts))
        else:
            self.tell_what_lacks("Choose what to write.")
