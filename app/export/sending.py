"""Sending from the window to a virtual camera: what slot A makes, while it is being watched."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import shorten
from app.player.background import Background
from app.player.controller import Controller
from engine.models.card import ModelCard
from engine.results.drawing import Drawing
from engine.results.sending import Sender, SendingState

_POLL_MS = 500


class Sending(QObject):
    """One sending at a time. GUI thread only; the camera is opened and closed in other threads.

    what: is or was sent, as a person reads it: the method in A, the source.
    """

    running_changed = Signal(bool)
    changed = Signal(object)
    """A SendingState, twice a second; None when it has just begun."""
    ended = Signal(str, str)
    """(what failed, the method that came into slot A and ended it); empty where a person stopped it."""
    refused = Signal(str)
    """It could not begin; why."""

    def __init__(
        self,
        controller: Controller,
        background: Background,
        how: Callable[[], tuple[ModelCard | None, Drawing]],
        parent: QObject | None = None,
    ) -> None:
        """how: the card of the model in A, None where there is none, and how its masks are drawn now."""
        super().__init__(parent)
        self._controller = controller
        self._background = background
        self._how = how
        self._sender: Sender | None = None
        self._method = ""
        self.what = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        controller.opened.connect(lambda info: self.stop() if info is None else None)
        controller.a.changed.connect(lambda _: self._on_method())

    @property
    def running(self) -> bool:
        """Whether something is being sent, or about to be."""
        return self._sender is not None

    def toggle(self) -> None:
        """Send what is being shown, or stop."""
        if self._sender is not None:
            self.stop()
            return
        clip, (card, drawing) = self._controller.clip, self._how()
        if clip is None or card is None:
            self.refused.emit("There is nothing to send: open a clip or a camera first.")
            self.running_changed.emit(False)
            return
        self._method = self._controller.a.name or card.name
        self.what = f"{shorten(self._method, 40)} on {shorten(clip.name, 32)}"
        rate = None if clip.frame_rate is None else float(clip.frame_rate)
        self._sender = Sender(clip.size, card.class_set, drawing, rate)
        self._controller.add_listener(self._sender.put)
        self._timer.start()
        self.changed.emit(None)
        self.running_changed.emit(True)

    def stop(self) -> None:
        """End it; returns at once."""
        self._end("", "")

    def draw(self) -> None:
        """What is drawn has changed."""
        if self._sender is not None:
            self._sender.draw(self._how()[1])

    def finish(self) -> Callable[[], object]:
        """The window closes: what closes the camera; call it off the GUI thread."""
        sender = self._take()
        return (lambda: None) if sender is None else sender.stop

    def _take(self) -> Sender | None:
        sender, self._sender = self._sender, None
        self._timer.stop()
        if sender is not None:
            self._controller.remove_listener(sender.put)
        return sender

    def _end(self, error: str, other: str) -> None:
        sender = self._take()
        if sender is not None:
            self._background.submit(sender.stop)
            self.ended.emit(error, other)
            self.running_changed.emit(False)

    def _on_method(self) -> None:
        """What others see is of one method: another may give no matte, and show what was to stay behind it."""
        now = self._controller.a.name
        if self._sender is not None and now is not None and now != self._method:
            self._end("", now)

    def _poll(self) -> None:
        if self._sender is None:
            return
        state: SendingState = self._sender.state
        self.changed.emit(state)
        if not state.running:
            self._end(state.error or "", "")
