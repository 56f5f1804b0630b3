"""The clip that is open and the slots that run on it; what plays and seeks in it is its `app.player.playhead`.

Lives on the GUI thread and never waits there. What takes time (probing, opening, loading, closing) runs in background
threads; frames come from the player's threads through an inbox. Each clip has a session number; what an older session
still brings is dropped.
"""

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.messages import Action, Message, explain
from app.player.background import Background
from app.player.clip import ClipInfo, ClipOpener, OpenedClip, is_local, short_name
from app.player.inbox import Inbox
from app.player.playhead import OpenClip, Playhead
from app.player.replacing import Replacing
from app.player.slot import TOLD_OF_A, TOLD_OF_B, Slot
from app.player.stats import Stats
from app.threads import start_thread
from engine.frame_result import FrameResult
from engine.live.analysis import ClipAnalysis
from engine.live.handover import Ended
from engine.live.player import Player, PlayerItem
from engine.live.track import MeasureTrack
from engine.methods.base import Method
from engine.shelves import Shelves
from engine.video.filmstrip import Filmstrip
from engine.video.live import LiveSource
from engine.video.source import VideoSource

_LOG = logging.getLogger(__name__)

_STATS_MS = 500
_JOIN_S = 2.0


class Controller(QObject):
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
    message_gone = Signal(str)
    """Key of a message that no longer holds."""
    stats_changed = Signal(object)
    """Stats to show."""

    def __init__(
        self,
        opener: ClipOpener,
        load_model: Callable[[str], Method],
        method: str,
        method_b: str | None = None,
        parent: QObject | None = None,
        *,
        fallback: str | None = None,
        shelves: Shelves | None = None,
    ) -> None:
        """load_model: makes a method by what is written, in a background thread. method, method_b: what slots A and B
        begin with. fallback: for A where nothing is at work and what was wanted cannot be loaded. shelves: where masks
        and measures are kept; None to keep nothing.
        """
        super().__init__(parent)
        self._opener = opener
        self._background = Background(self)
        self._shelves = shelves
        self._first = method, method_b
        self._load_model = load_model
        self.playhead = Playhead(self)
        self.playhead.playing_changed.connect(self._on_playing)
        self.a = Slot(load_model, self._background, TOLD_OF_A, self, fallback=fallback)
        self.b = Slot(load_model, self._background, TOLD_OF_B, self)
        for slot in (self.a, self.b):
            slot.settled.connect(self._on_settled)
            slot.message.connect(self.message)
            slot.message_gone.connect(self.message_gone)
        self._replacing = Replacing(self)
        self._replacing.message.connect(self.message)
        self._replacing.message_gone.connect(self.message_gone)
        self._session = 0
        self._clip: OpenClip | None = None
        self._last_spec: str | None = None
        self._retired: list[Player] = []
        self._analyses: list[ClipAnalysis] = []
        self._stats = Stats()
        self._pairs_back = 0
        self._listeners: tuple[Callable[[FrameResult], object], ...] = ()
        self._finish: Callable[[FrameResult], FrameResult] = lambda result: result
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_STATS_MS)
        self._timer.timeout.connect(self._on_tick)

    # ---- opening and closing

    def start(self, spec: str | None, open_clip: Callable[[str], None] | None = None) -> None:
        """Load the model and open `spec`, unless that is what was open when an earlier run died. Returns at once.

        open_clip: opens in place of `open`, for a window that knows where in the clip to go on.
        """
        for slot, method in zip((self.a, self.b), self._first, strict=True):
            slot.use(method, remember=False)
        session, open_clip = self._session, open_clip or self.open
        self._background.submit(
            self._opener.left_over,
            lambda path: self._on_left_over(spec, session, None if path is None else str(path), open_clip),
            lambda error: self._on_left_over_unknown(spec, session, error, open_clip),
        )

    def open(
        self,
        spec: str,
        *,
        frame: int = 0,
        range_: tuple[int, int] | None = None,
        play: bool = True,
        arrive: Callable[[], None] = lambda: None,
    ) -> None:
        """Open a file, a folder of images, a camera (`camera:0`) or a URL in place of what is open, which stays until
        the other is there, and if that cannot be opened.

        frame: to begin at. range_: (first, last) frame to play. play: whether to play at once. arrive: called when it
        is certain that nothing else is open any more.
        """
        if self._closed:
            return
        if self._clip is not None and self._clip.info.spec == spec:
            self.close_clip()  # a camera cannot be opened twice
        self._session += 1
        session = self._session
        self._last_spec = spec
        if self._clip is None:
            arrive()
            self.opening.emit(spec)
        else:
            self._replacing.begin(spec, self._give_up)
        self._background.submit(
            lambda: self._opener.open(spec, session),
            lambda opened: self._on_source(spec, session, opened, frame, range_, play, arrive),
            lambda error: self._on_open_failed(spec, session, error),
            lambda opened: self._discard(opened.source, session),
        )

    def reopen(self) -> None:
        """Open what is or was last open once more: a camera or a stream connects anew."""
        if self._last_spec is not None:
            self.open(self._last_spec)

    def close_clip(self) -> None:
        """Close what is open, and give up what is being opened."""
        self._session += 1
        self._leave()

    def _leave(self) -> None:
        """Close what is open."""
        self._replacing.end()
        clip, self._clip = self._clip, None
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
        strip = self.playhead.leave()
        self._background.submit(lambda: self._release(clip, strip))
        self.opened.emit(None)

    def shutdown(self, finish: Callable[[], None] | None = None) -> bool:
        """Stop everything, and wait at most about 2.5 s for it; call with the window hidden already.

        finish: last work off the GUI thread (writing settings). Returns False when something hangs and was left behind.
        """
        if self._closed:
            return True
        self.close_clip()
        self._closed = True
        for slot in (self.a, self.b):
            slot.end()
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
            ended.extend(slot.close(max(0.1, deadline - time.monotonic())) for slot in (self.b, self.a))
            outcome.append(all(ended))

        closer = start_thread(stop, "steadymask-close")
        closer.join(_JOIN_S + 0.5)
        return outcome == [True]

    @property
    def clip(self) -> ClipInfo | None:
        """What is open."""
        return None if self._clip is None else self._clip.info

    # ---- what is at work, and who else wants its masks

    def reload_methods(self) -> None:
        """Load both slots anew, for they are to run elsewhere; the clip stays where it is. Returns at once."""
        if self.a.name is None:
            self.a.use(self._first[0], remember=False)  # it could not be loaded, but may be there
        else:
            self.a.reload()
        self.b.reload()

    @property
    def methods(self) -> tuple[Method, ...]:
        """What is at work: slot A's, and B's where there is one."""
        a, b = self.a.method, self.b.method
        return () if a is None else (a,) if b is None else (a, b)

    def analyse(self, track: MeasureTrack, *, paused: bool = False) -> ClipAnalysis | None:
        """Measure every frame of the clip that is open with what is at work, in a thread of its own, gentle while a
        frame is on its way. None where nothing is open, it is live, or no model is there yet.
        """
        clip, names = self._clip, (self.a.name, self.b.name)
        if clip is None or clip.info.live or not self.methods or self._closed:
            return None
        spec = clip.info.spec
        slots = {slot: name for slot, name in enumerate(names[: len(self.methods)]) if name is not None}
        analysis = ClipAnalysis(
            lambda: self._opener.open_again(spec),
            self._load_model,
            slots,
            track,
            shelves=clip.shelves,
            in_slots=self.methods,
            frames=clip.info.frame_count,
            busy=lambda: self.playhead.busy,
            paused=paused,
        )
        self._analyses = [each for each in self._analyses if each.running]
        self._analyses.append(analysis)
        return analysis

    def look_back(self, pairs: int) -> None:
        """Whatever frame is sought, measure so many pairs before it too; see Player.look_back."""
        self._pairs_back = pairs
        if self._clip is not None:
            self._clip.player.look_back(pairs)

    def add_listener(self, listener: Callable[[FrameResult], object]) -> None:
        """Hand every result that has masks to `listener` too, in the player's thread; it must return soon."""
        self._listeners = (*self._listeners, listener)

    def remove_listener(self, listener: Callable[[FrameResult], object]) -> None:
        """Hand it nothing more, but what is just on its way. Nothing happens if it was not added."""
        self._listeners = tuple(known for known in self._listeners if known != listener)

    def finish_by(self, finish: Callable[[FrameResult], FrameResult]) -> None:
        """Let `finish` add what a result is to be shown with, in the player's thread, after the listeners."""
        self._finish = finish

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
        self,
        spec: str,
        session: int,
        opened: OpenedClip,
        frame: int,
        range_: tuple[int, int] | None,
        play: bool,
        arrive: Callable[[], None],
    ) -> None:
        source = opened.source
        if session != self._session:
            self._background.submit(lambda: self._discard(source, session))
            return
        if self._clip is not None:
            self._leave()
            arrive()
            self.opening.emit(spec)
        inbox = Inbox(lambda item: self._on_item(session, item), self)
        info = ClipInfo.of(spec, source)
        shelves = None if source.live or not is_local(spec) else self._shelves
        kept = None if shelves is None else shelves.of_clip(spec, info.asked_rate)
        player = Player(source, lambda item: self._deliver(inbox, item), *self.methods, at_hand=kept)
        player.look_back(self._pairs_back)
        self._clip = OpenClip(session, info, player, inbox, kept)
        self.playhead.enter(self._clip)
        self._stats = Stats()
        self.message_gone.emit("open")
        self.message_gone.emit("sentinel")
        self.opened.emit(info)
        if opened.warning is not None:
            self.message.emit(Message("clip", opened.warning, "warning"))
        self._timer.start()
        # The first picture while the model still loads; `_on_settled` plays.
        self.playhead.begin(frame, range_, play=play, ready=not self.a.pending)

    def _deliver(self, inbox: Inbox, item: PlayerItem) -> None:
        """In the player's threads."""
        clip = self._clip
        current = clip is not None and clip.inbox is inbox
        if current and isinstance(item, FrameResult) and item.slots:
            for listener in self._listeners:
                listener(item)
            item = self._finish(item)
        inbox.put(item)

    def _release(self, clip: OpenClip, strip: Filmstrip | None) -> None:
        # What hangs keeps its mark, so that the next start can do without it.
        ended = clip.player.close(_JOIN_S)
        if (strip is None or strip.close(_JOIN_S)) and ended:
            self._opener.released(clip.session)

    def _discard(self, source: VideoSource, session: int) -> None:
        source.close()
        self._opener.released(session)

    def _give_up(self) -> None:
        """Go on with what is open."""
        if self._clip is not None:
            self._session += 1
            self._last_spec = self._clip.info.spec

    def _on_open_failed(self, spec: str, session: int, error: BaseException) -> None:
        if session != self._session:
            return
        if self._clip is None:
            self.opened.emit(None)
            self.message.emit(Message("open", explain(error), "error"))
            return
        self._last_spec = self._clip.info.spec
        self._replacing.fail(error, self._clip.info.name, lambda: self.open(spec))

    def _on_settled(self, new: bool) -> None:
        if new and self._clip is not None:
            self._clip.player.use(*self.methods)
        if not self.a.pending:
            self.playhead.go_on()

    def _on_playing(self, playing: bool) -> None:
        if playing:
            self.message_gone.emit("frame")

    def _on_item(self, session: int, item: PlayerItem) -> None:
        clip = self._clip
        if clip is None or session != clip.session or item.generation != clip.player.generation:
            return
        if isinstance(item, FrameResult):
            self.playhead.show(item)
            self._stats.add(item)
            self.shown.emit(item)
            return
        if isinstance(item, Ended):
            self._on_ended(clip, item)
        else:
            self.message.emit(Message("frame", f"{clip.info.name}: {explain(item.error)}", "error"))
        self.playhead.stop()

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
        if status := source.status:
            again = (Action("Try now", source.reconnect),) if isinstance(source, LiveSource) else ()
            self.message.emit(Message("live", f"{short_name(self._clip.info.spec)}: {status}", "warning", again))
        else:
            self.message_gone.emit("live")
