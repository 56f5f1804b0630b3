"""What to export, by which methods, of which frames, where to; with what it will take."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QCheckBox, QRadioButton, QVBoxLayout, QWidget

from app.compare.naming import method_name
from app.export.mattes import MatteChoices
from app.export.naming import folder_name
from app.export.presets import PresetRow
from app.export.results_sheet import Planned, ResultsSheet
from app.messages import shorten
from app.player.background import Background
from app.player.clip import ClipInfo
from app.settings import ExportChoices, Written
from app.settings.store import SettingsStore
from engine.methods.base import Method
from engine.results.drawing import Drawing
from engine.results.folder import Part, contents_of, parts_of
from engine.results.masks import run_of
from engine.results.refine import Refine
from engine.storage.disk import foresee
from engine.tasks import task_of
from engine.video.clips import Clip

Slots = Literal["a", "b", "both"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What stands in a slot. name: as it is written. method: what is at work; None while it is on its way. drawing: of
    its masks in overlays.
    """

    name: str
    method: Method | None = None
    drawing: Drawing = field(default_factory=Drawing)


class ExportSheet(ResultsSheet):
    """Asks; the window starts what was chosen."""

    def __init__(
        self,
        clip: ClipInfo,
        range_: tuple[int, int] | None,
        slots: tuple[Exported, Exported | None],
        background: Background,
        store: SettingsStore,
        *,
        taken: Collection[Path] = (),
        parent: QWidget | None = None,
    ) -> None:
        """range_: in and out, offered where there are some. slots: A and B; None for an empty B. store: has
        what was chosen last, and the presets. taken: folders that other work is going to write to.
        """
        settings = store.settings
        super().__init__("Export", "", background, settings.export_folder, parent, taken=taken)
        self._clip = clip
        self._in_out = range_
        self._slots = slots
        self._choosing = False
        self._taken_up = ExportChoices()
        self.presets = PresetRow(store, lambda: self.choices)
        self.a, self.b, self.both = (QRadioButton() for _ in range(3))
        self.masks = QCheckBox("Masks: one indexed PNG a frame")
        self.overlay = QCheckBox("Overlay video, as masks are drawn now")
        self.whole, self.part = QRadioButton(), QRadioButton("From in to out")
        self._name_choices()
        self._groups = [QButtonGroup(self), QButtonGroup(self)]
        for group, buttons in zip(self._groups, ((self.a, self.b, self.both), (self.whole, self.part)), strict=True):
            for button in buttons:
                group.addButton(button)
        column = QVBoxLayout()
        column.addWidget(self.presets)
        self.add_row("Preset", column)
        self._add_choices("Masks of", self.a, self.b, self.both)
        self._add_choices("Write", self.masks, self.overlay)
        self.mattes = MatteChoices(settings, self) if any(map(_is_matte, slots)) else None
        if self.mattes is not None:
            self.masks.setText("Masks, indexed PNG, and alpha, 16-bit PNG")
            self.overlay.setText("Overlay video, over the background")
        for name, layout in () if self.mattes is None else self.mattes.rows:
            self.add_row(name, layout)
        self._add_choices("Frames", self.whole, self.part)
        self.start_button = self.finish("Export")
        self._take_up(
            ExportChoices(
                slots=settings.export_slots,
                what=settings.export_what,
                folder=settings.export_folder,
                movies=settings.export_movies,
                premultiplied=settings.export_premultiplied,
            )
        )
        if self.mattes is not None:
            self.mattes.changed.connect(self._on_changed)
        self.presets.chosen.connect(self._take_up)
        for each in (self.a, self.b, self.both, self.masks, self.overlay, self.whole):
            each.toggled.connect(self._on_changed)
        self.folder.textChanged.connect(self._on_changed)
        self.start_button.setFocus()

    def _name_choices(self) -> None:
        clip, (a, b) = self._clip, self._slots
        self.a.setText(f"A: {shorten(a.name)}")
        self.a.setToolTip(a.name)
        self.b.setText("B: nothing is in it" if b is None else f"B: {shorten(b.name)}")
        self.b.setToolTip("" if b is None else b.name)
        self.both.setText("A and B, a folder each")
        for button in (self.b, self.both):
            button.setEnabled(b is not None)
        count = f", {clip.frame_count} frames" if clip.frame_count else ""
        self.whole.setText(f"The whole clip{count}")
        if self._in_out is not None:
            self.part.setText(f"From in to out, frames {self._in_out[0]} to {self._in_out[1]}")
        self.part.setEnabled(self._in_out is not None)

    def _add_choices(self, name: str, *buttons: QAbstractButton) -> None:
        column = QVBoxLayout()
        column.setSpacing(4)
        for button in buttons:
            column.addWidget(button)
        self.add_row(name, column)

    @property
    def choices(self) -> ExportChoices:
        """All that is chosen, as a preset holds it."""
        whats: tuple[Written, ...] = ("neither", "masks", "overlay", "both")
        return ExportChoices(
            slots=self.slots,
            what=whats[self.masks.isChecked() + 2 * self.overlay.isChecked()],
            span="part" if self.part.isChecked() else "whole",
            folder=self.folder.text().strip(),
            **self._of_mattes,
        )

    @property
    def _of_mattes(self) -> dict[str, Any]:
        """What is chosen of mattes; where there are none, what was before."""
        if self.mattes is None:
            return {name: getattr(self._taken_up, name) for name in ("movies", "premultiplied", "behind")}
        return {
            "movies": self.mattes.movies,
            "premultiplied": self.mattes.premultiplied.isChecked(),
            "behind": self.mattes.picker.behind,
        }

    @property
    def slots(self) -> Slots:
        """Whose masks."""
        return "both" if self.both.isChecked() else "b" if self.b.isChecked() else "a"

    @property
    def exported(self) -> tuple[Exported, ...]:
        """What makes the masks, slot A first."""
        a, b = self._slots
        if b is None or self.slots == "a":
            return (a,)
        return (a, b) if self.slots == "both" else (b,)

    def parts(self, exported: Exported) -> tuple[Part, ...]:
        """What to write of one of `exported`: movies of mattes alone."""
        plain: tuple[tuple[Part, QCheckBox], ...] = (("masks", self.masks), ("overlay", self.overlay))
        chosen = tuple(part for part, box in plain if box.isChecked())
        return chosen if self.mattes is None or not _is_matte(exported) else (*chosen, *self.mattes.movies)

    def drawing(self, exported: Exported) -> Drawing:
        """How it is drawn."""
        if self.mattes is None or not _is_matte(exported):
            return exported.drawing
        return self.mattes.drawn(exported.drawing)

    def refine(self, exported: Exported) -> Refine | None:
        """How alpha is refined, of a matte."""
        return None if self.mattes is None or not _is_matte(exported) else self.mattes.refine

    @property
    def range_(self) -> tuple[int, int] | None:
        """(first, last) frame, both included; None for all."""
        return self._in_out if self.part.isChecked() else None

    @property
    def results(self) -> tuple[Path, ...]:
        """The folders of the results, one for each of `exported`; their names hold clip, span and method."""
        span = "" if self.range_ is None else f"{self.range_[0]}-{self.range_[1]}"
        names = [method_name(each.name) for each in self.exported]
        if len(set(names)) < len(names):
            names = [f"{name} {slot}" for name, slot in zip(names, "AB", strict=True)]
        return tuple(self.placed(self.where / folder_name((self._clip.stem, span, name))) for name in names)

    def refresh(self) -> None:
        """Look again at what it will take."""
        said = " and ".join(each.name for each in self.exported)
        self.say(f"{self._clip.name}, with {said}. You can go on watching meanwhile.")
        self.start_button.setText({"a": "Export A", "b": "Export B", "both": "Export A and B"}[self.slots])
        frames = self._clip.frame_count or 0
        if self.range_ is not None:
            frames = self.range_[1] - self.range_[0] + 1
        folders, size = self.results, self._clip.size
        lacking = [each for each in self.exported if not self.parts(each)]
        self.set_ready(not lacking and self.where.is_absolute())
        if lacking:
            named = f" of {lacking[0].name}, which gives no matte" if len(lacking) < len(folders) else ""
            self.tell_what_lacks(f"Choose what to write{named}.")
            return
        planned = [
            Planned(
                folder,
                contents_of("masks", self._all_parts(each)),
                partial(
                    self._run, each, folder.name, self.parts(each), self.drawing(each), self.range_, self.refine(each)
                ),
            )
            for folder, each in zip(folders, self.exported, strict=True)
        ]
        written = tuple(part for each in self.exported for part in self._all_parts(each))
        self.foresee_by(planned, self._clip.spec, lambda: foresee(folders[0], size, frames, written))

    def _all_parts(self, exported: Exported) -> tuple[Part, ...]:
        """With what comes by itself."""
        parts = self.parts(exported)
        return parts if exported.method is None else parts_of(parts, exported.method.card)

    def _run(
        self,
        exported: Exported,
        name: str,
        parts: tuple[Part, ...],
        drawing: Drawing,
        range_: tuple[int, int] | None,
        refine: Refine | None,
    ) -> Mapping[str, Any]:
        """What a marker would say of an export; nothing where it is not known yet. In a background thread."""
        if exported.method is None:
            return {}
        clip, rate = Clip(self._clip.spec, name), self._clip.asked_rate
        return run_of(clip, exported.method, rate, drawing, parts, range_, refine)

    def _on_changed(self) -> None:
        if not self._choosing:
            self.presets.show_chosen()
            self.refresh()

    def _take_up(self, choices: ExportChoices) -> None:
        """Show these, as far as they can be had here."""
        self._choosing = True
        slots = choices.slots if self._slots[1] is not None else "a"
        {"a": self.a, "b": self.b, "both": self.both}[slots].setChecked(True)
        self._taken_up = choices
        # Where there are no movies to choose, something else is wanted.
        what = "both" if choices.what == "neither" and self.mattes is None else choices.what
        self.masks.setChecked(what in ("masks", "both"))
        self.overlay.setChecked(what in ("overlay", "both"))
        if self.mattes is not None:
            self.mattes.take_up(choices.movies, premultiplied=choices.premultiplied, behind=choices.behind)
        (self.part if choices.span == "part" and self._in_out is not None else self.whole).setChecked(True)
        if choices.folder:
            self.folder.setText(choices.folder)
        self._choosing = False
        self.refresh()


def _is_matte(exported: Exported | None) -> bool:
    """Whether it is known to give mattes."""
    return exported is not None and exported.method is not None and task_of(exported.method.card.task).soft
