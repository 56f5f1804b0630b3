"""The two small questions: which camera, which address."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget


class _Ask(QDialog):
    """A title, a sentence, one field, Open and Cancel. Shown without blocking; `accepted` tells the answer is there."""

    def __init__(self, title: str, text: str, field: QWidget, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(440)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        label = QLabel(text)
        label.setWordWrap(True)
        label.setProperty("kind", "muted")
        label.setBuddy(field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.open_button = buttons.button(QDialogButtonBox.StandardButton.Open)
        self.open_button.setProperty("kind", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        for widget in (label, field, buttons):
            column.addWidget(widget)
        self.finished.connect(self.deleteLater)


class CameraDialog(_Ask):
    """Which camera, by its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.number = QSpinBox()
        self.number.setRange(0, 99)
        self.number.setAccessibleName("Camera number")
        super().__init__("Open a camera", "Number of the camera; 0 is the first one.", self.number, parent)

    @property
    def spec(self) -> str:
        """What to open."""
        return f"camera:{self.number.value()}"


class AddressDialog(_Ask):
    """Which stream, by its URL."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.address = QLineEdit()
        self.address.setPlaceholderText("rtsp://192.168.1.20:554/stream")
        self.address.setAccessibleName("Address of the stream")
        super().__init__("Open a stream", "Address of an RTSP, HTTP, RTMP or SRT stream.", self.address, parent)
        self.open_button.setEnabled(False)
        self.address.textChanged.connect(lambda text: self.open_button.setEnabled("://" in text))

    @property
    def spec(self) -> str:
        """What to open."""
        return self.address.text().strip()
