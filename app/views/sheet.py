"""The base of every dialog: one title, one sentence, what is asked, and what to press. Never blocks."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class Sheet(QDialog):
    """A dialog in our look. Show it by `open()` (over its window) or `show()` (beside it); it deletes itself when it is
    finished. Fill `body`, then call `add_buttons` where it asks something. GUI thread only.
    """

    def __init__(self, title: str, text: str = "", parent: QWidget | None = None, *, width: int = 520) -> None:
        """width: pixels that it is at least wide. text: one sentence under the title, or none."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 22, 24, 20)
        self._column.setSpacing(14)
        head = QVBoxLayout()
        head.setSpacing(4)
        self.headline = QLabel(title)
        self.headline.setProperty("kind", "headline")
        head.addWidget(self.headline)
        self.sentence = QLabel(text)
        self.sentence.setProperty("kind", "muted")
        self.sentence.setWordWrap(True)
        # A sentence may quote a file's name, and that must not become markup.
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setVisible(bool(text))
        head.addWidget(self.sentence)
        self._column.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        self._column.addLayout(self.body, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(10)
        self.finished.connect(self.deleteLater)

    def say(self, text: str) -> None:
        """Replace the sentence under the title; an empty one takes it away."""
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def add_buttons(self, accept_text: str, cancel_text: str = "Cancel") -> QPushButton:
        """Add the row of buttons. Returns the primary one, which accepts; `buttons` takes more on its left.

        cancel_text: empty for a sheet that only shows something.
        """
        self.buttons.addStretch(1)
        if cancel_text:
            cancel = QPushButton(cancel_text)
            cancel.setAutoDefault(False)
            cancel.clicked.connect(self.reject)
            self.buttons.addWidget(cancel)
        accept = QPushButton(accept_text)
        accept.setProperty("kind", "primary")
        accept.setDefault(True)
        accept.clicked.connect(self.accept)
        self.buttons.addWidget(accept)
        self._column.addLayout(self.buttons)
        return accept


def section(text: str) -> QLabel:
    """A small heading over a group of controls."""
    label = QLabel(text.upper())
    label.setProperty("kind", "section")
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 0.82)
    label.setFont(font)
    return label


def separator() -> QFrame:
    """A thin line between two parts."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFixedHeight(1)
    line.setProperty("kind", "line")
    return line
