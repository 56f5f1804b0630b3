"""What a player's threads and whoever asks it share: the newest request, and what waits to be shown of it."""

import threading
import time
from collections import deque
from dataclasses import dataclass, replace

from engine.errors import VideoError
from engine.frame_result import FrameResult
from engine.live.measuring import Lead
from engine.video.frame import Frame

_WAKE_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """The source has no more frames. note, error: what the source had to say about its end."""

    generation: int
    note: str | None
    error: VideoError | None


@dataclass(frozen=True, slots=True, eq=False)
class Failed:
    """Reading or segmenting raised; playback has stopped, and may be tried again.

    frame: index of the frame it happened at, where known.
    """

    generation: int
    error: Exception
    frame: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """What the decoding thread shall do next: play from `index`, or show that one frame.

    run_in: whether the methods are run in on the frames before it.
    """

    generation: int
    index: int
    play: bool
    run_in: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A frame that waits to be segmented.

    masks: False for one that is shown with what is at hand, while the rest is on its way. lead: what it was run in on,
    or what it is a part of. before: the index of the frame that is run in on this one, or None for a frame to be shown.
    """

    generation: int
    frame: Frame
    masks: bool = True
    lead: Lead | None = None
    before: int | None = None


class Handover:
    """One lock, `changed`, guards all of it. Every method may be called from any thread and takes the lock by itself;
    attributes are read and written while holding it. Whoever holds it may call every method but those that wait for
    something, `await_…` and `take`.
    """

    def __init__(self, *, live: bool) -> None:
        """live: whether frames come by themselves, wanted or not."""
        self.changed = threading.Condition()  # the lock of a Condition may be taken again by the thread that holds it
        self.generation = 0
        self.playing = False
        self.closed = False
        self.running_live = False
        self.position: int | None = None
        """Index of the frame delivered last."""
        self.target: int | None = None
        """Index of the frame that is on its way."""
        self.ended = False
        self._live = live
        self._live_index = -1
        self._dropped = 0
        self._request: Request | None = None
        self._working = False
        self._waiting: deque[Decoded | Ended | Failed] = deque()

    # ---- who asks

    def ask(self, index: int, *, run_in: bool = True) -> None:
        """A new generation: show frame `index`, or play from there while `playing`. What waits is dropped."""
        with self.changed:
            self.generation += 1
            self._request = Request(self.generation, index, self.playing, run_in)
            self.target = index
            self.ended = False
            self._waiting.clear()
            self.changed.notify_all()

    def close(self) -> None:
        """Wake everybody who waits, for the last time; nothing is current any more."""
        with self.changed:
            self.closed = True
            self.playing = False
            self.generation += 1
            self._waiting.clear()
            self.changed.notify_all()

    # ---- the decoding thread

    def await_request(self, done: int) -> Request | None:
        """The newest request once it is another than that of generation `done`; None when closed."""
        with self.changed:
            while not self.closed and (self._request is None or self._request.generation == done):
                self.changed.wait(_WAKE_S)
            return None if self.closed else self._request

    def await_due(self, generation: int, due_s: float) -> bool:
        """Wait until the monotonic clock shows `due_s`. Returns False if the request is no longer wanted."""
        with self.changed:
            while self.playing and self.generation == generation:
                left = due_s - time.monotonic()
                if left <= 0:
                    return True
                self.changed.wait(left)
            return False

    def await_idle(self, generation: int) -> bool:
        """Wait until the segmenting thread has nothing to do. Returns False if the request is no longer wanted."""
        with self.changed:
            while self.generation == generation and (self._working or self._waiting):
                self.changed.wait(_WAKE_S)
            return self.generation == generation

    def hand_on(self, item: Decoded) -> bool:
        """Hand a frame over that must not be dropped for a later one, when the one before it was taken. Returns False
        if the request is no longer wanted.
        """
        with self.changed:
            while self.generation == item.generation and self._waiting:
                self.changed.wait(_WAKE_S)
            if self.generation != item.generation:
                return False
            self._waiting.append(item)
            self.changed.notify_all()
            return True

    def offer(self, generation: int, frame: Frame) -> None:
        """Hand a frame over to be segmented; one that still waits is dropped for it."""
        with self.changed:
            if generation != self.generation:
                return
            if self._live:
                missed, self._live_index = frame.index - self._live_index - 1, frame.index
                if not self.playing:
                    return
                self._dropped += missed
            if any(isinstance(item, Decoded) for item in self._waiting):
                self._dropped += 1
            self._waiting.clear()
            self._waiting.append(Decoded(generation, frame))
            self.changed.notify_all()

    def leave_out(self, frames: int) -> None:
        """Count so many frames as dropped."""
        with self.changed:
            self._dropped += frames

    def post(self, item: Ended | Failed) -> None:
        """Queue an end behind the last frame, so that this one is still shown."""
        with self.changed:
            if item.generation == self.generation:
                self._waiting.append(item)
                self.changed.notify_all()

    # ---- the segmenting thread

    def take(self) -> Decoded | Ended | Failed | None:
        """The next item of the newest generation; whatever else waits is dropped here, before its work. None when
        closed.
        """
        with self.changed:
            self._working = False
            self.changed.notify_all()
            while not self.closed:
                while self._waiting:
                    item = self._waiting.popleft()
                    self.changed.notify_all()
                    if item.generation == self.generation:
                        self._working = True
                        return item
                self.changed.wait(_WAKE_S)
            return None

    def shown(self, result: FrameResult) -> FrameResult | None:
        """The frame is about to be delivered, with the drops so far; None where it is stale."""
        with self.changed:
            if result.generation != self.generation:
                return None
            self.position = result.frame.index
            self.target = None
            return replace(result, dropped=self._dropped)

    def finished(self, item: Ended | Failed) -> bool:
        """Playing has come to its end; False where that is stale."""
        with self.changed:
            if item.generation != self.generation:
                return False
            self.playing = False
            self.target = None
            self.ended = isinstance(item, Ended)
            self.changed.notify_all()
            return True
