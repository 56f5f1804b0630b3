"""What a person states of a third-party model; everything else is guessed, and says so."""

import math
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QLabel, QLineEdit, QWidget

from app.models.numbers import Triple, pixels, triple
from engine.importing.plan import Stated

_GUESS = "guess"
_USUAL_MEMORY = 0.5
_NORMALISATIONS: tuple[tuple[str, Triple, Triple], ...] = (
    ("0 … 1", (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
    ("−1 … 1", (127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    ("0 … 255, as it is", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    ("ImageNet", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
)
_OWN = "own numbers"


class StatedForm(QWidget):
    """One row for each thing that can be stated, with what was understood beside it. GUI thread only."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._notes: dict[str, QLabel] = {}
        self._has_ratio = False
        self.pixels = self._choice("Pixels", [(text, text) for text, _, _ in _NORMALISATIONS] + [(_OWN, _OWN)])
        self.mean = self._field("Mean", "123.7, 116.3, 103.5")
        self.std = self._field("Std", "58.4, 57.1, 57.4")
        self.channels = self._choice("Channels", [("RGB", "rgb"), ("BGR", "bgr")])
        self.layout_ = self._choice("Layout", [("N C H W", "nchw"), ("N H W C", "nhwc")])
        self.output = self._choice(
            "Output",
            [
                ("logits", "logits"),
                ("softmax", "softmax"),
                ("one sigmoid channel", "sigmoid"),
                ("class ids", "classes"),
            ],
        )
        self.output_name = self._field("From", "the output that fits")
        self.output_name.setToolTip("Of several outputs, the name of the one that tells the classes")
        self.input_size = self._field("Input", "512x256")
        self.input_size.setToolTip("What to give a network whose file does not say its size")
        self.task = QComboBox()
        self.task.addItem("Masks of classes", "semantic")
        self.task.addItem("A matte", "matting")
        self.task.activated.connect(lambda _: self.changed.emit())
        self._add("It gives", self.task)
        self.ratio = self._field("Ratio", "0.25")
        self.ratio.setToolTip("How far the network shrinks a frame within itself (downsample_ratio), up to 1")
        self.classes = self._field("Classes", "background, person")
        self.scale = self._field("Scale", "1, after mean and std")
        self.licence = self._field("Licence", "MIT")
        self.memory = QDoubleSpinBox()
        self.memory.setRange(_USUAL_MEMORY, 64)
        self.memory.setValue(_USUAL_MEMORY)
        self.memory.setSpecialValueText("As much as is usual")
        self.memory.setSuffix(" GB")
        self.memory.lineEdit().setTextMargins(7, 0, 0, 0)
        self.memory.setToolTip("What looking at the file may take; large models need more")
        self.memory.valueChanged.connect(lambda _: self.changed.emit())
        self._add("Memory", self.memory)
        self.offer_task(False)
        self._show_row(self.ratio, False)
        self._show_numbers()
        self.pixels.activated.connect(self._show_numbers)

    @property
    def stated(self) -> Stated:
        """What was stated. Raises ValueError that names the field."""
        mean: Triple | None = None
        std: Triple | None = None
        chosen = self.pixels.currentData()
        for text, known_mean, known_std in _NORMALISATIONS:
            if chosen == text:
                mean, std = known_mean, known_std
        if chosen == _OWN:
            mean, std = _field("Mean", self.mean.text()), _field("Std", self.std.text(), positive=True)
        names = tuple(name.strip() for name in self.classes.text().replace("\n", ",").split(",") if name.strip())
        return Stated(
            classes=names or None,
            layout=self._stated(self.layout_),
            channels=self._stated(self.channels),
            mean=mean,
            std=std,
            scale=_number("Scale", self.scale.text()),
            output=self._stated(self.output),
            task=self.task.currentData(),
            downsample_ratio=_number("Ratio", self.ratio.text(), most=1) if self._has_ratio else None,
            output_name=self.output_name.text().strip() or None,
            input_size=_size(self.input_size.text()),
        )

    @property
    def chosen_memory_mb(self) -> int | None:
        """Megabytes that looking at the model may take; None for what is usual of its kind."""
        return None if self.memory.value() == _USUAL_MEMORY else round(self.memory.value() * 1000)

    def offer_task(self, offered: bool) -> None:
        """Ask whether the masks are a matte, of a model that can be either; of another they are none."""
        if not offered:
            self.task.setCurrentIndex(0)
        self._show_row(self.task, offered)
        note, matte = self._notes["It gives"], self.task.currentData() == "matting"
        told = "Alpha as it is, soft at edges" if matte else "One channel may be a matte: compare"
        note.setText(told)
        note.setProperty("kind", "faint" if matte else "warning")
        note.style().polish(note)
        note.setVisible(offered)

    def show_notes(self, notes: dict[str, str], guessed: tuple[str, ...]) -> None:
        """Say beside each field how it was understood; amber where it was guessed. Of a network with a memory its ratio
        is asked for.
        """
        self._has_ratio = "downsample_ratio" in notes
        self._show_row(self.ratio, self._has_ratio)
        of = {"Pixels": ("mean", "std"), "Channels": ("channels",), "Layout": ("layout",)}
        of |= {
            "Classes": ("classes",),
            "Input": ("input",),
            "Ratio": ("downsample_ratio",),
            "Output": ("output", "memory"),
        }
        for name, fields in of.items():
            label = self._notes[name]
            is_guess = any(field in guessed for field in fields)
            texts = dict.fromkeys(notes[field] for field in fields if notes.get(field))
            label.setText(("Guessed: " if is_guess else "") + "; ".join(texts) if texts else "")
            label.setVisible(bool(texts))
            label.setProperty("kind", "warning" if is_guess else "faint")
            label.style().polish(label)

    def _stated(self, box: QComboBox) -> Any:
        value = box.currentData()
        return None if value == _GUESS else value

    def _choice(self, name: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        box.addItem("As the file suggests", _GUESS)
        for text, value in choices:
            box.addItem(text, value)
        box.activated.connect(lambda _: self.changed.emit())
        self._add(name, box)
        return box

    def _field(self, name: str, example: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(example)
        field.textEdited.connect(lambda _: self.changed.emit())
        self._add(name, field)
        return field

    def _add(self, name: str, widget: QWidget) -> None:
        widget.setAccessibleName(name)
        row = self._grid.rowCount()
        label = QLabel(name)
        label.setProperty("kind", "muted")
        label.setBuddy(widget)
        note = self._notes[name] = QLabel()
        note.setWordWrap(True)
        note.hide()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
        self._grid.addWidget(note, row + 1, 1)

    def _show_numbers(self) -> None:
        own = self.pixels.currentData() == _OWN
        for field in (self.mean, self.std):
            self._show_row(field, own)

    def _show_row(self, field: QWidget, shown: bool) -> None:
        """Show or hide a field with its label."""
        field.setVisible(shown)
        place = self._grid.getItemPosition(self._grid.indexOf(field))
        label = self._grid.itemAtPosition(place[0], 0)  # type: ignore[index]
        if label is not None and (widget := label.widget()) is not None:
            widget.setVisible(shown)


def _number(name: str, text: str, most: float = math.inf) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise ValueError(f"{name}: give a number above 0" + (f", {most:g} at most" if most < math.inf else ""))
    return number


def _size(text: str) -> tuple[int, int] | None:
    try:
        return pixels(text) if text.strip() else None
    except ValueError as error:
        raise ValueError(f"Input: {error}") from error


def _field(name: str, text: str, *, positive: bool = False) -> Triple:
    try:
        return triple(text, positive=positive)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
