"""The clip that is open and the model that runs on it; what plays and seeks in it is `app.player.playhead`.

Lives on the GUI thread and never waits there. What takes time (probing, opening, loading, closing) runs in background
threads; frames come from the player's threads through an inbox. Each clip has a session number; what an older session
still brings is dropped.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import Action, Message, explain
from app.player.background import Background
from app.player.clip import ClipInfo, ClipOpener, OpenedClip, is_local, short_name
from app.player.inbox import Inbox
from app.player.methods import MethodLoader
from app.player.playhead import OpenClip, Playhead
from app.player.stats import Stats
from engine.frame_result import FrameResult
from engine.live.analysis import ClipAnalysis
from engine.live.player import Ended, Player, PlayerItem
from engine.live.track import MeasureTrack
from engine.methods.base import Method
from engine.video.filmstrip import Filmstrip
from engine.video.live import LiveSource
from engine.video.source import VideoSource

_LOG = logging.getLogger(__name__)

_STATS_MS = 500
_JOIN_S = 2.0


class Controller(Playhead):
    """Everything that the window's buttons ask for. GUI thread only."""

    opening = Signal(str)
    """What is being opened has begun to open (its spec)."""
    opened = Signal(object)
    """A ClipInfo; or None when nothing is open any more."""
    shown = Signal(object)
    """A FrameResult to draw."""
    length_found = Signal(int)
    """The clip's true number of frames, where it differs from what was promised."""
    message = Signal(object)
    """A Message for the banner."""
    stats_changed = Signal(object)
    """Stats to show."""
    model_loading = Signal(str)
    """Name of the model that is on its way."""
    model_loaded = Signal(object)
    """The Method in slot A."""
    b_loading = Signal(str)
    """Name of the method for slot B that is on its way."""
    b_changed = Signal(object)
    """The Method in slot B, or None where there is none."""
    model_failed = Signal()
    preview = Signal(object)
    """While dragging, a small picture near the place, uint8 (h, w, 3) RGB; the exact one follows by `shown`."""

    def __init__(
        self,
        opener: ClipOpener,
        load_model: Callable[[str], Method],
        method: str,
        method_b: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        """load_model: makes a method by what is written, in a background thread. method, method_b: what slots A and B
        begin with.
        """
        super().__init__(parent)
        self._opener = opener
        self._background = Background(self)
        self._first_method = method
        self._first_b = method_b
        self._load_model = load_model
        self._methods = MethodLoader(load_model, self._background, self)
        self._methods.loading.connect(self.model_loading)
        self._methods.loaded.connect(self._on_model)
        self._methods.failed.connect(self._on_model_failed)
        self._b = MethodLoader(load_model, self._background, self)
        self._b.loading.connect(self.b_loading)
        self._b.loaded.connect(self._on_b)
        self._b.failed.connect(self._on_b_failed)
        self._scrubber.preview.connect(self._on_preview)
        self._session = 0
        self._clip: OpenClip | None = None
        self._last_spec: str | None = None
        self._retired: list[Player] = []
        self._analyses: list[ClipAnalysis] = []
        self._stats = Stats()
        self._listeners: tuple[Callable[[FrameResult], object], ...] = ()
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_STATS_MS)
        self._timer.timeout.connect(self._on_tick)

    # ---- opening and closing

    def start(self, spec: str | None, open_clip: Callable[[str], None] | None = None) -> None:
        """Load the model and open `spec`, unless that is what was open when an earlier run died. Returns at once.

        open_clip: opens in place of `open`, for a window that knows where in the clip to go on.
        """
        self._methods.use(self._first_method)
        self.use_method_b(self._first_b)
        session, open_clip = self._session, open_clip or self.open
        self._background.submit(
            self._opener.left_over,
            lambda path: self._on_left_over(spec, session, None if path is None else str(path), open_clip),
            lambda error: self._on_left_over_unknown(spec, session, error, open_clip),
        )

    def open(self, spec: str, *, frame: int = 0, range_: tuple[int, int] | None = None, play: bool = True) -> None:
        """Open a file, a folder of images, a camera (`camera:0`) or a URL in place of what is open.

        frame: to begin at. range_: (first, last) frame to play. play: whether to play at once.
        """
        if self._closed:
            return
        self.close_clip()
        session = self._session
        self._last_spec = spec
        self.opening.emit(spec)
        self._background.submit(
            lambda: self._opener.open(spec, session),
            lambda opened: self._on_source(spec, session, opened, frame, range_, play),
            lambda error: self._on_open_failed(session, error),
            lambda opened: self._discard(opened.source, session),
        )

    def reopen(self) -> None:
        """Open what is or was last open once more: a camera or a stream connects anew."""
        if self._last_spec is not None:
            self.open(self._last_spec)

    def close_clip(self) -> None:
        """Close what is open, or give up what is being opened."""
        self._session += 1
        clip, self._clip = self._clip, None
        self._leave()
        self._timer.stop()
        for key in ("clip", "live", "frame"):
            self.message_gone.emit(key)
        if clip is None:
            return
        clip.inbox.close()
        clip.player.stop()
        for analysis in self._analyses:
            analysis.stop()
        self._retired = [player for player in self._retired if not player.ended]
        self._retired.append(clip.player)
        strip = self._scrubber.close()
        self._background.submit(lambda: self._release(clip, strip))
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
            ended.extend(each.close(max(0.0, deadline - time.monotonic())) for each in self._analyses)
            ended.append(self._background.join(deadline))
            ended.extend(loader.close(max(0.1, deadline - time.monotonic())) for loader in (self._b, self._methods))
            outcome.append(all(ended))

        closer = threading.Thread(target=stop, name="steadymask-close", daemon=True)
        closer.start()
        closer.join(_JOIN_S + 0.5)
        return outcome == [True]

    # ---- the model, and who else wants its masks

    @property
    def method(self) -> str | None:
        """What is at work in slot A, or on its way there, as it is written."""
        return self._methods.name

    @property
    def model_name(self) -> str | None:
        """Name of the model at work in slot A, whatever is around it."""
        return self._methods.model.card.name if self._methods.model is not None else None

    def use_method(self, name: str) -> None:
        """Put another method to work; the one at work goes on until it is loaded, and stays if that fails."""
        if not self._closed:
            self._methods.use(name)

    @property
    def method_b(self) -> str | None:
        """The same of slot B; None where there is none."""
        return self._b.name

    def use_method_b(self, name: str | None) -> None:
        """Put a method into slot B, beside the model in A and on the same frames; None empties the slot."""
        if self._closed:
            return
        if name is None:
            self._b.drop()
        else:
            self._b.use(name)

    @property
    def methods(self) -> tuple[Method, ...]:
        """What is at work: slot A's, and B's where there is one."""
        a, b = self._methods.model, self._b.model
        return () if a is None else (a,) if b is None else (a, b)

    def analyse(self, track: MeasureTrack, *, paused: bool = False) -> ClipAnalysis | None:
        """Measure every frame of the clip that is open with what is at work, in a thread of its own, gentle while a
        frame is on its way. None where nothing is open, it is live, or no model is there yet.
        """
        clip, names = self._clip, (self.method, self.method_b)
        if clip is None or clip.info.live or not self.methods or self._closed:
            return None
        spec = clip.info.spec
        slots = {slot: name for slot, name in enumerate(names[: len(self.methods)]) if name is not None}
        analysis = ClipAnalysis(
            lambda: self._opener.open_again(spec),
            self._load_model,
            slots,
            track,
            busy=lambda: self._seeking is not None or clip.player.playing,
            paused=paused,
        )
        self._analyses = [each for each in self._analyses if each.running]
        self._analyses.append(analysis)
        return analysis

    def add_listener(self, listener: Callable[[FrameResult], object]) -> None:
        """Hand every result that has masks to `listener` too, in the player's thread; it must return soon."""
        self._listeners = (*self._listeners, listener)

    def remove_listener(self, listener: Callable[[FrameResult], object]) -> None:
        """Hand it nothing more, but what is just on its way. Nothing happens if it was not added."""
        self._listeners = tuple(known for known in self._listeners if known != listener)

    # ---- what comes back

    def _on_left_over_unknown(
        self, spec: str | None, session: int, error: BaseException, open_clip: Callable[[str], None]
    ) -> None:
        _LOG.warning("what was open at the last exit cannot be told", exc_info=error)
        self._on_left_over(spec, session, None, open_clip)

    def _on_left_over(self, spec: str | None, session: int, left: str | None, open_clip: Callable[[str], None]) -> None:
        if session != self._session:
            return  # something else was opened in the meantime
        if left is not None and (spec is None or ClipOpener.same(spec, left)):
            self.message.emit(
                Message(
                    "sentinel",
                    f"Steadymask did not close cleanly while {left} was open.",
                    "warning",
                    (
                        Action("Open it anyway", lambda: open_clip(left)),
                        Action("Start without it", lambda: self._background.submit(self._opener.forget)),
                    ),
                    dismissible=False,
                )
            )
        elif spec is not None:
            open_clip(spec)

    def _on_source(
        self, spec: str, session: int, opened: OpenedClip, frame: int, range_: tuple[int, int] | None, play: bool
    ) -> None:
        source = opened.source
        if session != self._session:
            self._background.submit(lambda: self._discard(source, session))
            return
        inbox = Inbox(lambda item: self._on_item(session, item), self)
        player = Player(source, lambda item: self._deliver(inbox, item), *self.methods)
        info = ClipInfo.of(spec, source)
        self._clip = OpenClip(session, info, player, inbox)
        self._stats = Stats()
        self.message_gone.emit("open")
        self.message_gone.emit("sentinel")
        self.opened.emit(info)
        if opened.warning is not None:
            self.message.emit(Message("clip", opened.warning, "warning"))
        self._timer.start()
        if info.live:
            self.play()
            return
        if is_local(spec) and Path(spec).is_file() and info.frame_count:
            self._scrubber.open(Path(spec), info.frame_count)
        player.set_speed(self._speed)
        player.set_loop(self._loop)
        if range_ is not None:
            self.set_range(range_)
        # The first picture while the model still loads; `_on_model` plays.
        self._play_when_ready = play and self._methods.pending
        if play and frame == 0 and not self._methods.pending:
            self.play()
        else:
            self.seek(frame)
            if play and not self._methods.pending:
                self.play()

    def _deliver(self, inbox: Inbox, item: PlayerItem) -> None:
        """In the player's threads."""
        clip = self._clip
        current = clip is not None and clip.inbox is inbox
        if current and isinstance(item, FrameResult) and item.slots:
            for listener in self._listeners:
                listener(item)
        inbox.put(item)

    def _release(self, clip: OpenClip, strip: Filmstrip | None) -> None:
        # What hangs keeps its mark, so that the next start can do without it.
        ended = clip.player.close(_JOIN_S)
        if (strip is None or strip.close(_JOIN_S)) and ended:
            self._opener.released(clip.session)

    def _discard(self, source: VideoSource, session: int) -> None:
        source.close()
        self._opener.released(session)

    def _on_open_failed(self, session: int, error: BaseException) -> None:
        if session == self._session:
            self.opened.emit(None)
            self.message.emit(Message("open", explain(error), "error"))

    def _on_model(self, model: Method) -> None:
        self.message_gone.emit("model")
        self.message_gone.emit("provider")
        self.model_loaded.emit(model)
        if model.report.warning:
            self.message.emit(Message("provider", model.report.warning, "warning"))
        if self._clip is not None:
            self._clip.player.use(*self.methods)
        self._play_if_ready()

    def _on_b(self, method: Method | None) -> None:
        self.message_gone.emit("model-b")
        self.b_changed.emit(method)
        if self._clip is not None:
            self._clip.player.use(*self.methods)

    def _on_b_failed(self, error: BaseException, name: str) -> None:
        self.b_changed.emit(self._b.model)
        self.message.emit(Message("model-b", f"B: {name} was not loaded: {explain(error)}", "error"))

    def _on_model_failed(self, error: BaseException, name: str) -> None:
        model = self._methods.model
        if model is None:
            self.model_failed.emit()
            self.message.emit(Message("model", f"No masks are shown: {explain(error)}", "error"))
        else:
            self.model_loaded.emit(model)
            text = f"{name} was not loaded, {model.name} is still at work: {explain(error)}"
            self.message.emit(Message("model", text, "error"))
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
            self._result = item
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

    def _on_preview(self, rgb: NDArray[np.uint8]) -> None:
        # Once the exact picture is there, the small one has nothing more to say.
        if self._seeking is not None:
            self.preview.emit(rgb)

    def _on_ended(self, clip: OpenClip, item: Ended) -> None:
        again = (Action("Reconnect", self.reopen),) if clip.info.live else ()
        if item.error is not None:
            self.message.emit(Message("clip", explain(item.error), "warning", again))
        elif item.note is not None:
            self.message.emit(Message("clip", item.note, "info", again))
        self._correct_length(clip)

    def _correct_length(self, clip: OpenClip) -> None:
        count = clip.player.source.frame_count
        if not clip.info.live and count is not None and count != clip.info.frame_count:
            clip.info = ClipInfo.of(clip.info.spec, clip.player.source)
            self.length_found.emit(count)

    def _on_tick(self) -> None:
        if self._clip is None:
            return
        self._correct_length(self._clip)
        self._stats.gui_dropped = self._clip.inbox.dropped
        self.stats_changed.emit(self._stats)
        source = self._clip.player.source
        status = getattr(source, "status", None)
        if status:
            again = (Action("Try now", source.reconnect),) if isinstance(source, LiveSource) else ()
            self.message.emit(Message("live", f"{short_name(self._clip.info.spec)}: {status}", "warning", again))
        else:
            self.message_gone.emit("live")
