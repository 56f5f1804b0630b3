"""Asks for other names and colours of a model's classes."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.views.scrolled import scrolled_rows
from app.views.sheet import Sheet
from engine.models.classes import ClassSet, SegmentClass
from engine.models.relabel import why_not_named

_WHAT = "What a class is called and drawn in. The network stays as it is, and so does what was measured of it."
_SWATCH = 16


class ClassEditor(Sheet):
    """One row a class, in the order of their ids. `classes` is what was chosen."""

    def __init__(self, model: str, classes: ClassSet, parent: QWidget | None = None) -> None:
        """model: its name."""
        super().__init__(f"Classes of {model}", _WHAT, parent, width=420)
        self.names: list[QLineEdit] = []
        self.swatches: list[QPushButton] = []
        self._colours = [entry.colour for entry in classes.classes]
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        for row, entry in enumerate(classes.classes):
            number = QLabel(str(row + 1))
            number.setProperty("kind", "faint")
            swatch = QPushButton()
            swatch.setAutoDefault(False)
            swatch.setToolTip(f"Colour of {entry.name}")
            swatch.clicked.connect(lambda _=False, row=row: self.ask_colour(row))
            name = QLineEdit(entry.name)
            name.setAccessibleName(f"Name of class {row + 1}")
            name.textChanged.connect(self._check)
            self.swatches.append(swatch)
            self.names.append(name)
            for column, widget in enumerate((number, swatch, name)):
                grid.addWidget(widget, row, column)
            self.set_colour(row, entry.colour)
        grid.setRowStretch(len(classes), 1)
        self.body.addWidget(scrolled_rows(inside), 1)
        self.trouble = QLabel()
        self.trouble.setProperty("kind", "error")
        self.trouble.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble.setWordWrap(True)
        self.body.addWidget(self.trouble)
        self.save_button = self.add_buttons("Save")
        self._check()

    @property
    def classes(self) -> tuple[SegmentClass, ...]:
        """As they are chosen now. Raises ValidationError while `trouble` says something."""
        return tuple(
            SegmentClass(name=name, colour=colour) for name, colour in zip(self._named(), self._colours, strict=True)
        )

    def ask_colour(self, row: int) -> None:
        """Choose a colour for a class."""
        dialog = QColorDialog(QColor(self._colours[row]), self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle(f"Colour of {self.names[row].text()}")
        dialog.colorSelected.connect(lambda colour: self.set_colour(row, colour.name()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def set_colour(self, row: int, colour: str) -> None:
        """colour: `#rrggbb`."""
        self._colours[row] = colour
        picture = QPixmap(_SWATCH, _SWATCH)
        picture.fill(QColor(colour))
        self.swatches[row].setIcon(QIcon(picture))
        self.swatches[row].setAccessibleName(f"Colour of class {row + 1}, {colour}")

    def _named(self) -> list[str]:
        return [name.text().strip() for name in self.names]

    def _check(self) -> None:
        """Say what is wrong, and let only what is right be saved."""
        why = why_not_named(self._named())
        self.trouble.setText(why or "")
        self.trouble.setVisible(why is not None)
        self.save_button.setEnabled(why is None)
