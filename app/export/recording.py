"""Recording from the window: starts and stops a recorder on what is being watched, off the GUI thread."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import explain, shorten
from app.player.background import Background
from app.player.controller import Controller
from engine.models.card import ModelCard
from engine.ownership.survey import free_folder
from engine.results.drawing import Drawing
from engine.results.folder import BOTH, Part, parts_of
from engine.results.recording import Recorder

_POLL_MS = 500


class Recording(QObject):
    """One recording at a time, of what slot A makes. GUI thread only.

    what: is or was recorded, as a person reads it: the slot, its method, the source.
    """

    started = Signal(object)
    """The folder that is written to."""
    changed = Signal(object)
    """A RecordingState, twice a second."""
    ended = Signal(object, str, str)
    """(the folder, what failed, the method that came into slot A and ended it); empty where a person stopped it."""
    failed = Signal(str)
    """It could not begin; what and what to do."""

    def __init__(self, controller: Controller, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._background = background
        self._recorder: Recorder | None = None
        self._starting = False
        self._method = ""
        self._other = ""
        self.what = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        controller.opened.connect(lambda info: self.stop() if info is None else None)
        controller.a.changed.connect(lambda _: self._on_method())

    @property
    def running(self) -> bool:
        """Whether something is being recorded, or about to be."""
        return self._recorder is not None or self._starting

    def start(self, where: Path, card: ModelCard, drawing: Drawing, parts: tuple[Part, ...] = BOTH) -> None:
        """Record what is open into a new folder in `where`, named by the source and the time."""
        clip = self._controller.clip
        if clip is None or self.running:
            return
        self._starting = True
        stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in clip.stem)
        folder = where / f"{stem} {time.strftime('%Y-%m-%d %H.%M.%S')}"
        name, size, method = clip.name, clip.size, self._controller.a.name or card.name
        self._method, self._other, self.what = method, "", f"A: {shorten(method, 40)} on {shorten(name, 32)}"
        self._background.submit(
            lambda: Recorder(
                free_folder(folder), name, method, size, card.class_set, parts=parts_of(parts, card), drawing=drawing
            ),
            self._on_started,
            self._on_failed,
            lambda recorder: recorder.stop(),
            owner=self,
        )

    def stop(self) -> None:
        """Finish what is being recorded; returns at once."""
        self._starting = False
        recorder = self._take()
        if recorder is not None:
            self._background.submit(recorder.stop, lambda _: self._tell_end(recorder), owner=self)

    def finish(self) -> Callable[[], object]:
        """The window closes: what finishes the file; call it off the GUI thread."""
        recorder = self._take()
        return (lambda: None) if recorder is None else recorder.stop

    def _take(self) -> Recorder | None:
        recorder, self._recorder = self._recorder, None
        self._timer.stop()
        if recorder is not None:
            self._controller.remove_listener(recorder.put)
        return recorder

    def _on_method(self) -> None:
        """A recording is of one method, which its folder says."""
        now = self._controller.a.name
        if self.running and now is not None and now != self._method:
            self._other = now
            self.stop()

    def _on_started(self, recorder: Recorder) -> None:
        if not self._starting:  # stopped before it began
            self._background.submit(recorder.stop, lambda _: self._tell_end(recorder), owner=self)
            return
        self._starting = False
        self._recorder = recorder
        self._controller.add_listener(recorder.put)
        self._timer.start()
        self.started.emit(recorder.folder)

    def _on_failed(self, error: BaseException) -> None:
        self._starting = False
        self.failed.emit(explain(error))

    def _poll(self) -> None:
        if self._recorder is None:
            return
        state = self._recorder.state
        self.changed.emit(state)
        if not state.running:
            recorder = self._take()
            if recorder is not None:
                self._tell_end(recorder)

    def _tell_end(self, recorder: Recorder) -> None:
        self.ended.emit(recorder.folder, recorder.state.error or "", self._other)
