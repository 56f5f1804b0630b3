"""How many images of a folder make a second."""

from fractions import Fraction

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from app.dialogs.parts import Remark
from app.messages import shorten
from app.views.sheet import Sheet
from engine.video.images import parse_rate

_USUAL = ("5", "10", "15", "24", "25", "30", "50", "60")


class RateSheet(Sheet):
    """A field for the rate, with the usual ones to press; how long the clip then lasts is said. GUI thread only.

    rate: frames a second; None while the field holds none.
    """

    def __init__(self, name: str, count: int | None, rate: Fraction, parent: QWidget | None = None) -> None:
        """name, count: of the folder and of its images. rate: as it is now."""
        text = f"How many images of {shorten(name)} make a second? It is remembered for this folder."
        super().__init__("Frame rate of the images", text, parent, width=470)
        self._count = count
        self.rate: Fraction | None = None
        decimal = f"{float(rate):g}"
        self.field = QLineEdit(decimal if Fraction(decimal) == rate else str(rate))
        self.field.setAccessibleName("Images a second")
        self.field.setPlaceholderText("25, 29.97 or 30000/1001")
        self.field.selectAll()
        row = QHBoxLayout()
        row.setSpacing(6)
        for usual in _USUAL:
            row.addWidget(self._chip(usual))
        row.addStretch(1)
        self.remark = Remark()
        self.body.addWidget(self.field)
        self.body.addLayout(row)
        self.body.addWidget(self.remark)
        self.set_button = self.add_buttons("Set")
        self.field.textChanged.connect(self._check)
        self._check()
        self.field.setFocus()

    def _chip(self, usual: str) -> QPushButton:
        chip = QPushButton(usual)
        chip.setProperty("kind", "chip")
        chip.setAccessibleName(f"{usual} images a second")
        chip.setAutoDefault(False)
        chip.clicked.connect(lambda: self.field.setText(usual))
        return chip

    def _check(self) -> None:
        try:
            self.rate = parse_rate(self.field.text().replace(",", "."))
        except ValueError as error:
            self.rate = None
            # An empty field is no mistake.
            blank = not self.field.text().strip()
            self.remark.say("Images a second." if blank else f"{error}.", "muted" if blank else "warning")
        else:
            lasts = f"{self._count} images last {float(self._count / self.rate):,.1f} s." if self._count else ""
            self.remark.say(lasts)
        self.set_button.setEnabled(self.rate is not None)
