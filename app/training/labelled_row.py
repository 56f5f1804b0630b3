"""The folder of labelled images that is learnt again and tells how right a student is, with a cross to take it away."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.export.work_queue import cross
from app.views.elided import Elided


class LabelledRow(QWidget):
    """GUI thread only."""

    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.name = Elided(Qt.TextElideMode.ElideMiddle, "")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.count = QLabel()
        self.count.setProperty("kind", "faint")
        self.away = cross("Take the labelled images away")
        self.away.clicked.connect(self.removed)
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.count)
        row.addWidget(self.away)
        said = QLabel("Two thirds are learnt again. The rest tell the accuracy before and after.")
        said.setProperty("kind", "muted")
        said.setWordWrap(True)
        column.addLayout(row)
        column.addWidget(said)

    def show_folder(self, folder: Path) -> None:
        """How many images are in it is not known yet."""
        self.name.setText(folder.name)
        self.name.setToolTip(str(folder))
        self.count.setText("")

    def show_count(self, images: int) -> None:
        """How many of them have a label; 0 for not known."""
        self.count.setText(f"{images} images" if images else "")
