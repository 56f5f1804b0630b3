"""Live mode: a clip or a camera played at its own pace, where the newest frame wins and drops are counted.

Threading: one thread decodes and keeps the pace, one segments and delivers; the methods of `Player` return at once and
may be called from any thread. `deliver` is called from those two threads. The decoding thread owns the source and
closes it. A seek makes a new generation; whatever still waits of an older one is dropped before it is decoded further
or segmented, and what is just being worked on is not delivered.

Speed, direction, loop and range hold for files; a live source has but one pace.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.errors import VideoError
from engine.frame_result import FrameResult
from engine.live.measuring import Measuring
from engine.methods.base import Method
from engine.pipeline import decoding, join_all
from engine.video.frame import Frame
from engine.video.source import VideoSource

# Later than this, playback goes on from here at normal speed instead of racing to catch up.
_SLIP_S = 0.25
# A longer gap between two timestamps is a broken or a joined file, and is shortened to this.
_LONGEST_GAP_S = 5.0
_WAKE_S = 0.5
_DEFAULT_RATE = 25.0  # frames a second of a source that has no rate of its own
MAX_SPEED = 4.0
MIN_SPEED = 0.25


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


PlayerItem = FrameResult | Ended | Failed


@dataclass(frozen=True, slots=True)
class _Request:
    """What the decoding thread shall do next: play from `index`, or show that one frame."""

    generation: int
    index: int
    play: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    """A frame that waits to be segmented."""

    generation: int
    frame: Frame


class Player:
    """Play, pause and seek one source, with every method run on the same decoded frames."""

    def __init__(self, source: VideoSource, deliver: Callable[[PlayerItem], None], *methods: Method) -> None:
        self.source = source
        self._deliver = deliver
        self._methods: tuple[Method, ...] = methods
        self._changed = threading.Condition()
        # Everything below is read and written while holding `_changed`.
        self._request: _Request | None = None
        self._generation = 0
        self._waiting: deque[_Decoded | Ended | Failed] = deque()
        self._playing = False
        self._running_live = False
        self._closed = False
        self._position: int | None = None
        self._target: int | None = None
        self._ended = False
        self._dropped = 0
        self._live_index = -1
        self._speed = 1.0
        self._loop = False
        self._range: tuple[int, int | None] = (0, None)
        # Of the segmenting thread alone.
        self._measuring = Measuring()
        self._threads = [
            threading.Thread(target=self._decode_loop, name="steadymask-decode", daemon=True),
            threading.Thread(target=self._segment_loop, name="steadymask-segment", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    # ---- what may be asked for, from any thread

    @property
    def generation(self) -> int:
        """Number of the newest request; results of older ones are stale."""
        with self._changed:
            return self._generation

    @property
    def playing(self) -> bool:
        """Whether frames are running; False once the clip has ended or failed."""
        with self._changed:
            return self._playing

    @property
    def position(self) -> int | None:
        """Index of the frame delivered last, or None before the first."""
        with self._changed:
            return self._position

    @property
    def speed(self) -> float:
        """Times the source's own pace; negative while it plays backwards."""
        with self._changed:
            return self._speed

    def set_speed(self, speed: float) -> None:
        """Play at `speed` times the source's own pace, backwards where it is negative; takes effect at once.

        Raises ValueError unless its amount is between 0.25 and 4.
        """
        if not MIN_SPEED <= abs(speed) <= MAX_SPEED:
            raise ValueError(f"speed {speed} is not between {MIN_SPEED} and {MAX_SPEED}, forwards or backwards")
        with self._changed:
            turns = (speed < 0) != (self._speed < 0)
            self._speed = speed
            if turns:
                self._ended = False
                if self._playing and not self.source.live:
                    self._ask(self._next_index())
            self._changed.notify_all()

    def set_loop(self, loop: bool) -> None:
        """At the end of the clip or of the range, go on from its other end."""
        with self._changed:
            self._loop = loop

    def set_range(self, first: int, last: int | None) -> None:
        """Play from frame `first` to frame `last`, both included; None for the clip's end. Seeking is free of it.

        Raises ValueError for a range that holds no frame.
        """
        if first < 0 or (last is not None and last < first):
            raise ValueError(f"there is no frame between {first} and {last}")
        with self._changed:
            self._range = (first, last)
            self._ended = False

    def play(self) -> None:
        """Run from the frame after the one shown, or from the beginning when the clip or the range has ended."""
        with self._changed:
            if self._playing or self._closed:
                return
            self._playing = True
            if not self._running_live:
                self._ask(self._next_index())
            self._changed.notify_all()

    def pause(self) -> None:
        """Stop at the frame shown. A live source goes on unseen, so that it is up to date when it is played again."""
        with self._changed:
            self._playing = False
            self._changed.notify_all()

    def seek(self, index: int) -> None:
        """Show frame `index` and, if playing, go on from there. Live sources cannot be sought: nothing happens."""
        with self._changed:
            if not self.source.live and not self._closed:
                self._ask(max(0, index))

    def use(self, *methods: Method) -> None:
        """Run these methods from the next frame on; the frame shown is done again with them."""
        with self._changed:
            self._methods = methods
            shown = self._position if self._target is None else self._target
            if not self._playing and not self.source.live and shown is not None:
                self._ask(shown)

    def stop(self) -> None:
        """Tell both threads to end, without waiting; nothing is delivered from now on, except what is on its way."""
        with self._changed:
            self._closed = True
            self._playing = False
            self._generation += 1
            self._waiting.clear()
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        """Whether both threads have come to their end after a stop."""
        return not any(thread.is_alive() for thread in self._threads)

    def close(self, join_s: float = 2.0) -> bool:
        """Stop and wait at most `join_s` seconds. Returns False when a thread still hangs in a decoder or a runtime."""
        self.stop()
        if self.source.live:
            # The decoding thread may wait for a picture that never comes; live sources can be closed from any thread.
            self.source.close()
        return join_all(self._threads, join_s)

    def _ask(self, index: int) -> None:
        self._generation += 1
        self._request = _Request(self._generation, index, self._playing)
        self._target = index
        self._ended = False
        self._waiting.clear()
        self._changed.notify_all()

    def _next_index(self) -> int:
        """Where playing begins."""
        if self._target is not None:
            return self._target
        first, last = self._bounds()
        if self._speed < 0:
            if self._position is None or self._ended or not first < self._position <= last:
                return int(min(last, 2**31)) if last < float("inf") else self._position or 0
            return self._position - 1
        if self._position is None or self._ended:
            return first
        following = self._position + 1
        return following if first <= following <= last else first

    def _bounds(self) -> tuple[int, float]:
        """First and last frame to play; infinity where the end is not known yet."""
        first, last = self._range
        count = self.source.frame_count
        end = float("inf") if count is None else max(0, count - 1)
        return min(first, int(end)) if end < float("inf") else first, end if last is None else min(last, end)

    # ---- the decoding thread

    def _decode_loop(self) -> None:
        try:
            done = 0
            while (request := self._await_request(done)) is not None:
                done = request.generation
                try:
                    if request.play:
                        self._run(request)
                    else:
                        self._offer(request.generation, self.source.read(request.index))
                except Exception as error:  # noqa: BLE001 - whatever it is, it travels to the interface in-band
                    frame = error.frame if isinstance(error, VideoError) else request.index
                    self._post(Failed(request.generation, error, frame))
        finally:
            self.source.close()

    def _await_request(self, done: int) -> _Request | None:
        with self._changed:
            while not self._closed and (self._request is None or self._request.generation == done):
                self._changed.wait(_WAKE_S)
            return None if self._closed else self._request

    def _run(self, request: _Request) -> None:
        if self.source.live:
            self._run_live(request)
            return
        rate = float(self.source.frame_rate or _DEFAULT_RATE)
        pace = _Pace(1 / rate)
        index: int | None = request.index
        while index is not None:
            backwards = self.speed < 0
            index = self._run_back(request, index, pace, rate) if backwards else self._run_on(request, index, pace)

    def _run_live(self, request: _Request) -> None:
        self._set_running_live(True)
        try:
            with decoding(self.source, request.index) as frames:
                for frame in frames:
                    if request.generation != self.generation:
                        return
                    self._offer(request.generation, frame)
        finally:
            self._set_running_live(False)
        self._post(Ended(request.generation, self.source.note, self.source.error))

    def _run_on(self, request: _Request, index: int, pace: "_Pace") -> int | None:
        """Play on from `index` to the end of the clip or of the range. Returns where to go on, or None to stop."""
        with decoding(self.source, index) as frames:
            for frame in frames:
                with self._changed:
                    past = frame.index > self._bounds()[1]
                if past:
                    break
                if not self._await_due(request.generation, pace.due_s(frame.pts_s, self.speed)):
                    return None
                self._offer(request.generation, frame)
        return self._at_the_end(request, self.source.note, self.source.error)

    def _run_back(self, request: _Request, index: int, pace: "_Pace", rate: float) -> int | None:
        """Play back from `index`; frames that decoding is too slow for are left out. Returns as `_run_on` does."""
        while index >= self._first():
            frame = self.source.read(index)
            # Seconds that grow while frames go back.
            if not self._await_due(request.generation, pace.due_s(-index / rate, self.speed)):
                return None
            self._offer(request.generation, frame)
            late = max(0, int(pace.late_s() * rate * abs(self.speed)))
            index -= 1 + late
            with self._changed:
                self._dropped += late
        return self._at_the_end(request, None, None)

    def _first(self) -> int:
        with self._changed:
            return self._bounds()[0]

    def _at_the_end(self, request: _Request, note: str | None, error: VideoError | None) -> int | None:
        """Where a loop goes on, or None after the end was told."""
        with self._changed:
            if self._generation != request.generation or not self._playing:
                return None
            first, last = self._bounds()
            # A clip that broke off is told and not played over and over.
            if self._loop and error is None and last < float("inf"):
                return int(last) if self._speed < 0 else first
        self._post(Ended(request.generation, note, error))
        return None

    def _set_running_live(self, running: bool) -> None:
        with self._changed:
            self._running_live = running

    def _await_due(self, generation: int, due_s: float) -> bool:
        """Wait until the monotonic clock shows `due_s`. Returns False if the request is no longer wanted."""
        with self._changed:
            while self._playing and self._generation == generation:
                left = due_s - time.monotonic()
                if left <= 0:
                    return True
                self._changed.wait(left)
            return False

    def _offer(self, generation: int, frame: Frame) -> None:
        """Hand a frame over to be segmented; one that still waits is dropped for it."""
        with self._changed:
            if generation != self._generation:
                return
            if self.source.live:
                missed, self._live_index = frame.index - self._live_index - 1, frame.index
                if not self._playing:
                    return
                self._dropped += missed
            if any(isinstance(item, _Decoded) for item in self._waiting):
                self._dropped += 1
            self._waiting.clear()
            self._waiting.append(_Decoded(generation, frame))
            self._changed.notify_all()

    def _post(self, item: Ended | Failed) -> None:
        """Queue an end behind the last frame, so that this one is still shown."""
        with self._changed:
            if item.generation == self._generation:
                self._waiting.append(item)
                self._changed.notify_all()

    # ---- the segmenting thread

    def _segment_loop(self) -> None:
        while (item := self._take()) is not None:
            if not isinstance(item, _Decoded):
                self._finish(item)
                continue
            try:
                with self._changed:
                    methods = self._methods
                result = self._measuring.measure(item.frame, methods, item.generation)
            except Exception as error:  # noqa: BLE001 - whatever it is, it travels to the interface in-band
                # The picture is still worth showing, without masks.
                self._show(FrameResult(item.generation, item.frame, ()))
                self._finish(Failed(item.generation, error, item.frame.index))
            else:
                self._show(result)

    def _take(self) -> _Decoded | Ended | Failed | None:
        """The next item of the newest generation; whatever else waits is dropped here, before its work."""
        with self._changed:
            while not self._closed:
                while self._waiting:
                    item = self._waiting.popleft()
                    if item.generation == self._generation:
                        return item
                self._changed.wait(_WAKE_S)
            return None

    def _show(self, result: FrameResult) -> None:
        with self._changed:
            if result.generation != self._generation:
                return
            self._position = result.frame.index
            self._target = None
            result = replace(result, dropped=self._dropped)
        # Outside the lock, because `deliver` may ask something of this player.
        self._deliver(result)

    def _finish(self, item: Ended | Failed) -> None:
        with self._changed:
            if item.generation != self._generation:
                return
            self._playing = False
            self._target = None
            self._ended = isinstance(item, Ended)
            self._changed.notify_all()
        self._deliver(item)


class _Pace:
    """When each frame is due, by its timestamp and the speed, on the monotonic clock."""

    def __init__(self, interval_s: float) -> None:
        """interval_s: usual time between two frames, for a loop's way back to its start."""
        self._interval_s = interval_s
        self._due_s: float | None = None
        self._pts_s = 0.0

    def due_s(self, pts_s: float, speed: float) -> float:
        now = time.monotonic()
        if self._due_s is None:
            due = now
        else:
            gap_s = pts_s - self._pts_s if pts_s >= self._pts_s else self._interval_s
            due = self._due_s + min(gap_s, _LONGEST_GAP_S) / abs(speed)
            if due < now - _SLIP_S:
                due = now
        self._due_s, self._pts_s = due, pts_s
        return due

    def late_s(self) -> float:
        """How long ago the last frame was due."""
        return 0.0 if self._due_s is None else time.monotonic() - self._due_s
