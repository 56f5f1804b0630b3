"""The clip that is open and the model that runs on it: open, play, pause, step, seek, close.

Lives on the GUI thread and never waits there. What takes time (probing, opening, loading, closing) runs in background
threads; frames come from the player's threads through an inbox. Each clip has a session number; what an older session
still brings is dropped.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import Action, Message, explain
from app.player.background import Background
from app.player.clip import ClipInfo, ClipOpener, short_name
from app.player.inbox import Inbox
from app.player.model import SharedSegmenter
from app.player.stats import Stats
from engine.pipeline import FrameResult
from engine.player import Ended, Player, PlayerItem
from engine.video.source import VideoSource

_LOG = logging.getLogger(__name__)

_STATS_MS = 500
_JOIN_S = 2.0


@dataclass(slots=True)
class _Clip:
    """An open clip on the GUI thread."""

    session: int
    info: ClipInfo
    player: Player
    inbox: Inbox


class Controller(QObject):
    """Everything that the window's buttons ask for. GUI thread only."""

    opening = Signal(str)
    """What is being opened has begun to open (its spec)."""
    opened = Signal(object)
    """A ClipInfo; or None when nothing is open any more."""
    shown = Signal(object)
    """A FrameResult to draw."""
    playing_changed = Signal(bool)
    length_found = Signal(int)
    """The clip's true number of frames, where it differs from what was promised."""
    message = Signal(object)
    """A Message for the banner."""
    message_gone = Signal(str)
    """Key of a message that no longer holds."""
    stats_changed = Signal(object)
    """Stats to show."""
    model_loaded = Signal(object)
    """A SharedSegmenter."""
    model_failed = Signal()

    def __init__(
        self, opener: ClipOpener, load_model: Callable[[], SharedSegmenter], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._opener = opener
        self._load_model = load_model
        self._background = Background(self)
        self._session = 0
        self._clip: _Clip | None = None
        self._model: SharedSegmenter | None = None
        self._model_pending = False
        self._retired: list[Player] = []
        self._stats = Stats()
        self._shown: int | None = None
        # The frame that a seek is on its way to, and the one to seek to after it.
        self._seeking: int | None = None
        self._next_seek: int | None = None
        self._play_after_drag = False
        self._play_when_ready = False
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_STATS_MS)
        self._timer.timeout.connect(self._on_tick)

    # ---- opening and closing

    def start(self, spec: str | None) -> None:
        """Load the model and open `spec`, unless that is what was open when an earlier run died. Returns at once."""
        self._model_pending = True
        self._background.submit(
            self._load_model, self._on_model, self._on_model_failed, lambda model: model.close(_JOIN_S)
        )
        session = self._session
        self._background.submit(
            self._opener.left_over,
            lambda path: self._on_left_over(spec, session, None if path is None else str(path)),
            lambda error: self._on_left_over_unknown(spec, session, error),
        )

    def open(self, spec: str) -> None:
        """Open a file, a folder of images, a camera (`camera:0`) or a URL in place of what is open."""
        if self._closed:
            return
        self.close_clip()
        session = self._session
        self.opening.emit(spec)
        self._background.submit(
            lambda: self._opener.open(spec, session),
            lambda source: self._on_source(spec, session, source),
            lambda error: self._on_open_failed(session, error),
            lambda source: self._discard(source, session),
        )

    def close_clip(self) -> None:
        """Close what is open, or give up what is being opened."""
        self._session += 1
        clip, self._clip = self._clip, None
        self._shown = self._seeking = self._next_seek = None
        self._play_after_drag = self._play_when_ready = False
        self._timer.stop()
        for key in ("clip", "live", "frame"):
            self.message_gone.emit(key)
        if clip is None:
            return
        clip.inbox.close()
        clip.player.stop()
        self._retired = [player for player in self._retired if not player.ended]
        self._retired.append(clip.player)
        self._background.submit(lambda: self._release(clip))
        self.playing_changed.emit(False)
        self.opened.emit(None)

    def shutdown(self, finish: Callable[[], None] | None = None) -> bool:
        """Stop everything, and wait at most about 2.5 s for it; call with the window hidden already.

        finish: last work off the GUI thread (writing settings). Returns False when something hangs and was left behind.
        """
        if self._closed:
            return True
        self.close_clip()
        self._closed = True
        self._background.close()
        deadline = time.monotonic() + _JOIN_S
        outcome: list[bool] = []

        def stop() -> None:
            if finish is not None:
                try:
                    finish()
                except OSError as error:
                    _LOG.warning("settings were not kept: %s", error)
            ended = [player.close(max(0.0, deadline - time.monotonic())) for player in self._retired]
            ended.append(self._background.join(deadline))
            if self._model is not None:
                ended.append(self._model.close(max(0.1, deadline - time.monotonic())))
            outcome.append(all(ended))

        closer = threading.Thread(target=stop, name="steadymask-close", daemon=True)
        closer.start()
        closer.join(_JOIN_S + 0.5)
        return outcome == [True]

    # ---- playing

    @property
    def clip(self) -> ClipInfo | None:
        """What is open."""
        return self._clip.info if self._clip else None

    @property
    def position(self) -> int | None:
        """Index of the frame that is shown."""
        return self._shown

    @property
    def playing(self) -> bool:
        """Whether frames are running."""
        return self._clip is not None and self._clip.player.playing

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Play on from here; from the beginning when at the end."""
        if self._clip is not None:
            self.message_gone.emit("frame")
            self._hurry_seek()
            self._clip.player.play()
            self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stay at the frame that is shown."""
        self._play_when_ready = False
        if self._clip is not None:
            self._clip.player.pause()
            self.playing_changed.emit(False)

    def step(self, frames: int) -> None:
        """Pause, and go `frames` on (or back, where negative) from the frame shown or being sought."""
        if self._clip is None or self._clip.info.live:
            return
        self.pause()
        here = next(i for i in (self._next_seek, self._seeking, self._shown, 0) if i is not None)
        self.seek(here + frames)

    def seek(self, index: int) -> None:
        """Show frame `index`. While one seek is on its way only the newest of the others is kept, so that dragging
        shows pictures all along and no work piles up.
        """
        if self._clip is None or self._clip.info.live:
            return
        count = self._clip.info.frame_count
        index = max(0, index if count is None else min(index, count - 1))
        if self._seeking is None:
            self._seeking = index
            self._clip.player.seek(index)
        else:
            self._next_seek = None if index == self._seeking else index

    def seek_end(self) -> None:
        """Pause at the last frame."""
        if self._clip is not None and self._clip.info.frame_count is not None:
            self.pause()
            self.seek(self._clip.info.frame_count - 1)

    def seek_start(self) -> None:
        """Go to the first frame."""
        self.seek(0)

    def begin_drag(self) -> None:
        """The slider is held: show stills until it is let go."""
        self._play_after_drag = self.playing
        if self._clip is not None and self.playing:
            self._clip.player.pause()

    def end_drag(self) -> None:
        """The slider was let go: play on, if it played before."""
        if self._play_after_drag and self._clip is not None:
            self._play_after_drag = False
            self._hurry_seek()
            self._clip.player.play()

    def _hurry_seek(self) -> None:
        """Go to where the person last wanted to be, without waiting for the seek that is on its way."""
        if self._clip is not None and self._next_seek is not None:
            self._seeking, self._next_seek = self._next_seek, None
            self._clip.player.seek(self._seeking)

    # ---- what comes back

    def _on_left_over_unknown(self, spec: str | None, session: int, error: BaseException) -> None:
        _LOG.warning("what was open at the last exit cannot be told", exc_info=error)
        self._on_left_over(spec, session, None)

    def _on_left_over(self, spec: str | None, session: int, left: str | None) -> None:
        if session != self._session:
            return  # something else was opened in the meantime
        if left is not None and (spec is None or ClipOpener.same(spec, left)):
            self.message.emit(
                Message(
                    "sentinel",
                    f"Steadymask did not close cleanly while {left} was open.",
                    "warning",
                    (
                        Action("Open it anyway", lambda: self.open(left)),
                        Action("Start without it", lambda: self._background.submit(self._opener.forget)),
                    ),
                    dismissible=False,
                )
            )
        elif spec is not None:
            self.open(spec)

    def _on_source(self, spec: str, session: int, source: VideoSource) -> None:
        if session != self._session:
            self._background.submit(lambda: self._discard(source, session))
            return
        inbox = Inbox(lambda item: self._on_item(session, item), self)
        player = Player(source, inbox.put, *([self._model] if self._model else []))
        info = ClipInfo.of(spec, source)
        self._clip = _Clip(session, info, player, inbox)
        self._stats = Stats()
        self.message_gone.emit("open")
        self.message_gone.emit("sentinel")
        self.opened.emit(info)
        self._timer.start()
        if info.live or not self._model_pending:
            self.play()
        else:
            # The first picture while the model still loads; `_on_model` plays.
            self._play_when_ready = True
            self.seek(0)

    def _release(self, clip: _Clip) -> None:
        # What hangs keeps its mark, so that the next start can do without it.
        if clip.player.close(_JOIN_S):
            self._opener.released(clip.session)

    def _discard(self, source: VideoSource, session: int) -> None:
        source.close()
        self._opener.released(session)

    def _on_open_failed(self, session: int, error: BaseException) -> None:
        if session == self._session:
            self.opened.emit(None)
            self.message.emit(Message("open", explain(error), "error"))

    def _on_model(self, model: SharedSegmenter) -> None:
        self._model = model
        self._model_pending = False
        self.model_loaded.emit(model)
        if model.report.warning:
            self.message.emit(Message("provider", model.report.warning, "warning"))
        if self._clip is not None:
            self._clip.player.use(model)
        self._play_if_ready()

    def _on_model_failed(self, error: BaseException) -> None:
        self._model_pending = False
        self.model_failed.emit()
        self.message.emit(Message("model", f"No masks are shown: {explain(error)}", "error"))
        self._play_if_ready()

    def _play_if_ready(self) -> None:
        if self._play_when_ready:
            self._play_when_ready = False
            self.play()

    def _on_item(self, session: int, item: PlayerItem) -> None:
        clip = self._clip
        if clip is None or session != self._session or item.generation != clip.player.generation:
            return
        if isinstance(item, FrameResult):
            self._shown = item.frame.index
            self._stats.add(item)
            self.shown.emit(item)
            self._seek_arrived()
            return
        if isinstance(item, Ended):
            self._on_ended(clip, item)
        else:
            self.message.emit(Message("frame", f"{clip.info.name}: {explain(item.error)}", "error"))
        self._seek_arrived()
        self.playing_changed.emit(clip.player.playing)

    def _seek_arrived(self) -> None:
        self._seeking = None
        if self._next_seek is not None:
            index, self._next_seek = self._next_seek, None
            self.seek(index)

    def _on_ended(self, clip: _Clip, item: Ended) -> None:
        if item.error is not None:
            self.message.emit(Message("clip", explain(item.error), "warning"))
        elif item.note is not None:
            self.message.emit(Message("clip", item.note, "info"))
        count = clip.player.source.frame_count
        if not clip.info.live and count is not None and count != clip.info.frame_count:
            clip.info = ClipInfo.of(clip.info.spec, clip.player.source)
            self.length_found.emit(count)

    def _on_tick(self) -> None:
        if self._clip is None:
            return
        self._stats.gui_dropped = self._clip.inbox.dropped
        self.stats_changed.emit(self._stats)
        status = getattr(self._clip.player.source, "status", None)
        if status:
            self.message.emit(Message("live", f"{short_name(self._clip.info.spec)}: {status}", "warning"))
        else:
            self.message_gone.emit("live")
