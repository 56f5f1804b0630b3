"""What stands where the picture will be: what to do first, or what is being waited for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.messages import shorten
from app.views.icons import mark


def _centred(text: str, kind: str, size: float = 1.0) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", kind)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * size)
    if kind == "headline":
        font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label


class EmptyState(QFrame):
    """Says what to do, and offers the bundled clip. GUI thread only."""

    open_asked = Signal()
    demo_asked = Signal()

    def __init__(self, *, demo: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        picture = QLabel()
        picture.setPixmap(mark(56))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._headline = _centred("", "headline", 1.6)
        self._text = _centred("", "muted")
        self.open_button = QPushButton("Open a video …")
        self.open_button.setProperty("kind", "primary")
        self.demo_button = QPushButton("Try the bundled street clip")
        self.demo_button.setVisible(demo)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addStretch(1)
        row.addWidget(self.open_button)
        row.addWidget(self.demo_button)
        row.addStretch(1)
        self._hint = _centred("Space plays and pauses · ← → step through frames · H hides the masks", "faint", 0.92)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(2)
        column.addWidget(picture)
        column.addSpacing(14)
        column.addWidget(self._headline)
        column.addSpacing(4)
        column.addWidget(self._text)
        column.addSpacing(20)
        column.addWidget(self._buttons)
        column.addStretch(2)
        column.addWidget(self._hint)
        for button in (self.open_button, self.demo_button):
            button.setAutoDefault(True)
        self.open_button.clicked.connect(self.open_asked)
        self.demo_button.clicked.connect(self.demo_asked)
        self.show_idle()

    def show_idle(self) -> None:
        """Nothing is open."""
        self._show(
            "Open a video to see its masks",
            "Drop a file or a folder of images here, or open a camera or a stream from the File menu.",
            buttons=True,
        )

    def show_loading(self, name: str) -> None:
        """name: what is being opened."""
        self._show(f"Opening {shorten(name)} …", "The file is checked first, in a process of its own.", buttons=False)

    def show_connecting(self, name: str) -> None:
        """name: the camera or stream that is being opened."""
        self._show(
            f"Connecting to {shorten(name)} …", "This may take some seconds. Opening something else cancels it.", False
        )

    def _show(self, headline: str, text: str, buttons: bool) -> None:
        self._headline.setText(headline)
        self._text.setText(text)
        self._buttons.setVisible(buttons)
        self._hint.setVisible(buttons)
