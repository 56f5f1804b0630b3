"""Messages above the picture: what happened, to which file, what to do. Never a dialog."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.messages import Message
from app.views.icons import icon

_MOST = 3
_LONG = 160


class _Banner(QFrame):
    def __init__(self, message: Message, stack: "BannerStack") -> None:
        super().__init__(stack)
        self.message = message
        self.setObjectName("banner")
        self.setProperty("level", message.level)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 10, 8)
        row.setSpacing(10)
        self.label = QLabel(message.text)
        self.label.setWordWrap(True)
        # Errors quote file names, and a file name must not become markup.
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # A path without spaces cannot be wrapped; it is cut rather than widening the window.
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.label.setToolTip(message.text if len(message.text) > _LONG else "")
        self.label.setAccessibleName(f"{message.level}: {message.text}")
        row.addWidget(self.label, 1)
        for number, action in enumerate(message.actions):
            button = QPushButton(action.label)
            button.setAutoDefault(True)
            if number == 0:
                button.setProperty("kind", "primary")
            button.clicked.connect(lambda _=False, run=action.run: stack.act(message.key, run))
            row.addWidget(button)
        if message.dismissible:
            close = QToolButton()
            close.setIcon(icon("close", "muted"))
            close.setIconSize(QSize(18, 18))
            close.setToolTip("Dismiss")
            close.setAccessibleName("Dismiss the message")
            close.clicked.connect(lambda: stack.remove(message.key))
            row.addWidget(close)


class BannerStack(QWidget):
    """At most three banners, newest on top. GUI thread only."""

    added = Signal()
    """Another banner, with buttons of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banners: dict[str, _Banner] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show `message`; one that is already there word for word is left alone."""
        shown = self._banners.get(message.key)
        if shown is not None and (shown.message.text, shown.message.level) == (message.text, message.level):
            return
        self.remove(message.key)
        for key in list(self._banners)[: len(self._banners) - _MOST + 1]:
            self.remove(key)
        banner = _Banner(message, self)
        self._banners[message.key] = banner
        self._column.insertWidget(0, banner)
        self.show()
        self.added.emit()

    def remove(self, key: str) -> None:
        """Take the message about `key` away, if there is one."""
        banner = self._banners.pop(key, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def act(self, key: str, run: Callable[[], object]) -> None:
        """Take the message away and do what its button says."""
        self.remove(key)
        run()

    @property
    def messages(self) -> dict[str, Message]:
        """What is shown, by key."""
        return {key: banner.message for key, banner in self._banners.items()}
