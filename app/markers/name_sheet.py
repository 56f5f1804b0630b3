"""What a marker is called."""

from PySide6.QtWidgets import QLineEdit, QWidget

from app.views.sheet import Sheet

_LONGEST = 80  # characters


class NameSheet(Sheet):
    """A field for the name of a marker; an empty one is no name. GUI thread only."""

    def __init__(self, frame: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(f"Marker at frame {frame}", "What is to be seen there?", parent, width=440)
        self.field = QLineEdit(name)
        self.field.setMaxLength(_LONGEST)
        self.field.setAccessibleName("Name of the marker")
        self.field.setPlaceholderText("A name, or none")
        self.field.selectAll()
        self.body.addWidget(self.field)
        self.add_buttons("Keep")
        self.field.setFocus()

    @property
    def name(self) -> str:
        """What was written, without space around it."""
        return self.field.text().strip()
