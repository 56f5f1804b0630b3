"""What is told while something is opened in place of a clip, which stays open until then."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import Action, Message, explain
from app.player.clip import short_name

_OPENING, _NOT_OPENED = "opening", "not-opened"
_PATIENCE_MS = 600
"""What is opened is mostly there sooner, and then nothing is said of it."""


class Replacing(QObject):
    """GUI thread only."""

    message = Signal(object)
    """A Message for the banner."""
    message_gone = Signal(str)
    """Key of a message that no longer holds."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._spec = ""
        self._give_up: Callable[[], object] = lambda: None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._tell)

    def begin(self, spec: str, give_up: Callable[[], object]) -> None:
        """`spec` is being opened. give_up: goes on with what is open."""
        self.end()
        self._spec, self._give_up = spec, give_up
        self._timer.start()

    def end(self) -> None:
        """It is open, or is no longer wanted."""
        self._timer.stop()
        for key in (_OPENING, _NOT_OPENED):
            self.message_gone.emit(key)

    def fail(self, error: BaseException, kept: str, again: Callable[[], object]) -> None:
        """It could not be opened. kept: name of what still is."""
        self.end()
        text = f"{explain(error)} {kept} is still open."
        self.message.emit(Message(_NOT_OPENED, text, "error", (Action("Try again", again),)))

    def _tell(self) -> None:
        cancel = Action("Cancel", self._give_up)
        text = f"Opening {short_name(self._spec)}…"
        self.message.emit(Message(_OPENING, text, "info", (cancel,), dismissible=False))
