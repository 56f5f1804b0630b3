"""One strip that says what happened, or asks once before something is done. Never a dialog over the dialog."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

Choice = tuple[str, str, Callable[[], object]]
"""The text of a button, its kind in the style sheet, and what pressing it does; the strip goes first."""


class Notice(QFrame):
    """Hidden while it has nothing to say. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.asks = False
        self.label = QLabel()
        self.label.setWordWrap(True)
        # A name of a file must not become markup, nor widen the window.
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 8, 10, 8)
        self._row.setSpacing(10)
        self._row.addWidget(self.label, 1)
        self.buttons: list[QPushButton] = []
        # Escape would close the settings; while something is asked it only says no.
        self._no = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        self._no.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._no.activated.connect(self._press_no)
        self.hide()

    def tell(self, text: str, level: str = "info", *choices: Choice) -> None:
        """Say something; an empty text takes the strip away. level: `info`, `warning` or `error`."""
        self._show(text, level, choices)
        self._set_asks(False)

    def ask(self, text: str, yes: Choice, no: Choice) -> None:
        """Ask something. `no` has the focus, so that nothing is done by a key pressed twice; Escape presses it too."""
        self._show(text, "warning", (yes, no))
        self._set_asks(True)
        self.buttons[-1].setFocus()

    def clear(self) -> None:
        """Take the strip away."""
        self.tell("")

    def _set_asks(self, asks: bool) -> None:
        self.asks = asks
        self._no.setEnabled(asks)

    def _show(self, text: str, level: str, choices: tuple[Choice, ...]) -> None:
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(*choice) for choice in choices]
        self.label.setText(text)
        self.label.setAccessibleName(f"{level}: {text}")
        if self.property("level") != level:
            self.setProperty("level", level)
            self.style().polish(self)
        self.setVisible(bool(text))

    def _button(self, text: str, kind: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", kind)
        button.setAutoDefault(True)  # the return key presses the one that has the focus
        button.clicked.connect(lambda: self._press(run))
        self._row.addWidget(button)
        return button

    def _press_no(self) -> None:
        if self.asks:
            self.buttons[-1].click()

    def _press(self, run: Callable[[], object]) -> None:
        self.clear()
        run()
