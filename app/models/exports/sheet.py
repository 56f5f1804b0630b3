"""In which form and precision a model is to be written, and where to."""

import re
from collections.abc import Collection
from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from app.export.naming import folder_name
from app.export.results_sheet import Planned, ResultsSheet
from app.messages import shorten
from app.player.background import Background
from app.player.clip import short_name
from engine.exporting.wanted import CARD_PRECISION, Graph, Precision, name_of
from engine.models.card import ModelCard
from engine.ownership.survey import Contents
from engine.storage.disk import Space, foresee
from resources import DEMO_CLIP

_GRAPHS: dict[Graph, str] = {
    "own": "Steadymask: to import, and to look at in A or B",
    "plain": "Other tools: a picture in, logits out",
}
_PRECISIONS: dict[Precision, str] = {
    "fp32": "float32: nothing is lost",
    "fp16": "float16: half the file, made for GPUs",
    "int8": "int8: a third of the file; its ranges come from the clip",
}
_WITH_VERDICT = "float32: as it is, with its verdict"
_EXPECTED: dict[Precision, float] = {"fp32": 2.1, "fp16": 1.6, "int8": 1.5}
"""How many times the model's own file all files take together; about, for the sheet."""


class ModelExportSheet(ResultsSheet):
    """Asks; the window starts what was chosen."""

    def __init__(
        self,
        model: str,
        card: ModelCard,
        clip: str | None,
        background: Background,
        *,
        folder: str = "",
        judged: bool = False,
        taken: Collection[Path] = (),
        parent: QWidget | None = None,
    ) -> None:
        """model: its name or path. clip: that is open, or None for the bundled one. folder: what was chosen last.
        judged: whether it has a verdict, which goes with it where nothing is converted. taken: see `ResultsSheet`.
        """
        name = short_name(clip) if clip is not None else f"the bundled clip, {DEMO_CLIP.name}"
        super().__init__(
            "Export a model",
            f"{card.name}, judged on {shorten(name, 40)}. You can go on watching meanwhile.",
            background,
            folder,
            parent,
            taken=taken,
        )
        self.model, self.card = model, card
        self.clip = clip if clip is not None else str(DEMO_CLIP)
        self._judged = judged
        self.graphs = {graph: QRadioButton(text) for graph, text in _GRAPHS.items()}
        self.precisions = {precision: QRadioButton(text) for precision, text in _PRECISIONS.items()}
        self._groups: list[QButtonGroup] = []
        self._add_choices("For", tuple(self.graphs.values()))
        self._add_choices("Precision", tuple(self.precisions.values()))
        self.start_button = self.finish("Export")
        self.graphs["own"].setChecked(True)
        self._allow()
        for button in (*self.graphs.values(), *self.precisions.values()):
            button.toggled.connect(self._on_changed)
        self.folder.textChanged.connect(self.refresh)
        self.start_button.setFocus()
        self._on_changed()

    @property
    def graph(self) -> Graph:
        """The form that is chosen."""
        return next(graph for graph, button in self.graphs.items() if button.isChecked())

    @property
    def precision(self) -> Precision:
        """The precision that is chosen."""
        return next(precision for precision, button in self.precisions.items() if button.isChecked())

    @property
    def copies(self) -> bool:
        """Whether what there is, is to be copied with its verdict: nothing is made of it then."""
        return self._judged and self.graph == "own" and self.precision == "fp32"

    @property
    def results(self) -> Path:
        """The folder of the files; its name holds model, form and precision. Of a copy, the folder that was chosen."""
        if self.copies:
            return self.where
        return self.placed(self.where / folder_name((name_of(self.card.name, self.graph, self.precision),)))

    def refresh(self) -> None:
        """Look again at what it will take."""
        folder = self.results
        self.set_ready(self.where.is_absolute())
        size = self.card.parameters * 4 * _EXPECTED[self.precision]
        contents = _contents(name_of(self.card.name, self.graph, self.precision))
        if self.copies:
            contents = Contents("model", re.compile(r"(?!)"))  # what is in the way is asked about when it is copied
        self.foresee_by([Planned(folder, contents)], self.clip, lambda: _space(folder, int(size)))

    def _add_choices(self, name: str, buttons: tuple[QRadioButton, ...]) -> None:
        column, group = QVBoxLayout(), QButtonGroup(self)
        column.setSpacing(4)
        for button in buttons:
            button.setMinimumHeight(
                button.sizeHint().height()
            )  # else it is squeezed where the sentence takes two lines
            group.addButton(button)
            column.addWidget(button)
        self._groups.append(group)
        self.add_row(name, column)

    def _allow(self) -> None:
        """Offer what can be made of this model."""
        plain = self.graphs["plain"]
        plain.setEnabled(self.card.gives_scores)
        if not self.card.gives_scores:
            plain.setText("Other tools: it gives no logits")
        own = {name: short for short, name in CARD_PRECISION.items()}[self.card.precision]
        for precision, button in self.precisions.items():
            button.setEnabled(self.card.precision == "float32" or precision == own)
        self.precisions[own].setChecked(True)

    def _on_changed(self) -> None:
        exact = _WITH_VERDICT if self._judged and self.graph == "own" else _PRECISIONS["fp32"]
        self.precisions["fp32"].setText(exact)
        self.refresh()


def _contents(name: str) -> Contents:
    return Contents("model", re.compile(rf"{re.escape(name)}\.(onnx|safetensors|parity\.json)"))


def _space(folder: Path, expected: int) -> Space:
    """What it takes. Touches the disk."""
    free = foresee(folder, (0, 0), 0, ()).free
    return Space(folder, expected, expected, free)
