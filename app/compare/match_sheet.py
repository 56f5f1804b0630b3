"""Asks which class of A each class of B stands for."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QWidget

from app.views.scrolled import scrolled_rows
from app.views.sheet import Sheet
from engine.models.classes import ClassSet
from engine.models.mapping import ClassMapping

NOT_COMPARED = "Not compared"
_TITLE = "Match classes"
_WHAT = (
    "A and B know other classes. Say which class of A each class of B stands for; several may stand for one. What is "
    "not compared counts in no number that compares the two."
)
_SWATCH = 12


class MatchSheet(Sheet):
    """One row a class of B. `mapping` is what was chosen."""

    def __init__(self, a: ClassSet, b: ClassSet, mapping: ClassMapping, parent: QWidget | None = None) -> None:
        """a, b: both sets. mapping: to begin with."""
        super().__init__(_TITLE, _WHAT, parent, width=460)
        self._by_name = ClassMapping.by_name(a, b)
        self._model = QStandardItemModel(self)
        self._model.appendRow(QStandardItem(NOT_COMPARED))
        for entry in a.classes:
            self._model.appendRow(QStandardItem(_swatch(entry.colour), entry.name))
        self.choices: list[QComboBox] = []
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for column, text in ((1, "Class of B"), (2, "stands for, in A")):
            head = QLabel(text)
            head.setProperty("kind", "muted")
            grid.addWidget(head, 0, column)
        for row, entry in enumerate(b.classes, 1):
            swatch = QLabel()
            swatch.setPixmap(_swatch(entry.colour))
            name = QLabel(entry.name)
            # A card may come from anybody, and must not become markup.
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setWordWrap(True)
            choice = QComboBox()
            choice.setModel(self._model)
            choice.setIconSize(QSize(_SWATCH, _SWATCH))
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(16)
            choice.setAccessibleName(f"{entry.name} of B stands for")
            self.choices.append(choice)
            for column, widget in enumerate((swatch, name, choice)):
                grid.addWidget(widget, row, column)
        grid.setRowStretch(len(b) + 1, 1)
        self.body.addWidget(scrolled_rows(inside), 1)
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.body.addWidget(self.told)
        self.names_button = QPushButton("By name")
        self.names_button.setToolTip("Match what has the same name, and nothing else")
        self.names_button.setAutoDefault(False)
        self.names_button.clicked.connect(lambda: self._show(self._by_name))
        self.buttons.addWidget(self.names_button)
        self.match_button = self.add_buttons("Match")
        self._show(mapping)
        for choice in self.choices:
            choice.currentIndexChanged.connect(self._tell)

    @property
    def mapping(self) -> ClassMapping:
        """As it is chosen now."""
        stands_for = tuple(choice.currentIndex() - 1 if choice.currentIndex() > 0 else None for choice in self.choices)
        return ClassMapping(self._by_name.a, self._by_name.b, stands_for)

    def _show(self, mapping: ClassMapping) -> None:
        for choice, place in zip(self.choices, mapping.stands_for, strict=True):
            choice.setCurrentIndex(0 if place is None else place + 1)
        self._tell()

    def _tell(self) -> None:
        self.told.setText(compared_text(self.mapping))


def compared_text(mapping: ClassMapping) -> str:
    """How many classes are compared, or why none is; in a sentence."""
    return mapping.why_not or f"{mapping.compared} of {len(mapping.b)} classes of B are compared."


def _swatch(colour: str) -> QPixmap:
    picture = QPixmap(_SWATCH, _SWATCH)
    picture.fill(QColor(colour))
    return picture
