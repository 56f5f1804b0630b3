"""Live mode: a clip or a camera played at its own pace, where the newest frame wins and drops are counted.

Threading: one thread decodes and keeps the pace (`engine.live.feed`), one segments, measures and delivers; the methods
of `Player` return at once and may be called from any thread. All that they share is in one `Handover`, behind its lock,
and so is the range. `deliver` is called from those two threads, never under the lock. The decoding thread owns the
source and closes it. A seek makes a new generation; whatever still waits of an older one is dropped before it is
decoded further or segmented, and what is just being worked on is not delivered.

After a seek, methods with a memory are run in: the decoding thread hands over the frames before it as well, which are
segmented and not delivered. A newer request ends that.

Speed, direction, loop and range hold for files; a live source has but one pace.
"""

import threading
from collections.abc import Callable, Sequence

from engine.frame_result import FrameResult
from engine.live.feed import Feed
from engine.live.handover import Decoded, Ended, Failed, Handover
from engine.live.measuring import AtHand, Lead, Measuring
from engine.live.playrange import PlayRange
from engine.methods.base import Method, Wrapper
from engine.pipeline import join_all
from engine.video.source import VideoSource

_FAR = 128  # frames ahead: masks that are at hand so far are not being made just before they are shown

PlayerItem = FrameResult | Ended | Failed


class Player:
    """Play, pause and seek one source, with every method run on the same decoded frames."""

    def __init__(
        self,
        source: VideoSource,
        deliver: Callable[[PlayerItem], None],
        *methods: Method,
        at_hand: AtHand | None = None,
    ) -> None:
        """at_hand: masks of the source that were made before, and are not made again."""
        self.source = source
        self._deliver = deliver
        self._handover = Handover(live=source.live)
        self._changed = self._handover.changed
        # Both are read and written while holding `_changed`.
        self._methods: tuple[Method, ...] = methods
        self._range = PlayRange(source)
        self._pairs = 0
        # Of the segmenting thread; the decoding thread asks it while that one is idle.
        self._measuring = Measuring(at_hand=at_hand, far=_FAR)
        feed = Feed(source, self._handover, self._range, self._lead)
        self._threads = [
            threading.Thread(target=feed.run, name="steadymask-decode", daemon=True),
            threading.Thread(target=self._segment_loop, name="steadymask-segment", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    # ---- what may be asked for, from any thread

    @property
    def generation(self) -> int:
        """Number of the newest request; results of older ones are stale."""
        with self._changed:
            return self._handover.generation

    @property
    def playing(self) -> bool:
        """Whether frames are running; False once the clip has ended or failed."""
        with self._changed:
            return self._handover.playing

    @property
    def position(self) -> int | None:
        """Index of the frame delivered last, or None before the first."""
        with self._changed:
            return self._handover.position

    @property
    def speed(self) -> float:
        """Times the source's own pace; negative while it plays backwards."""
        with self._changed:
            return self._range.speed

    def set_speed(self, speed: float) -> None:
        """Play at `speed` times the source's own pace, backwards where it is negative; takes effect at once.

        Raises ValueError unless its amount is between 0.25 and 4.
        """
        with self._changed:
            if self._range.set_speed(speed):
                self._handover.ended = False
                if self._handover.playing and not self.source.live:
                    self._handover.ask(self._next_index())
            self._changed.notify_all()

    def set_loop(self, loop: bool) -> None:
        """At the end of the clip or of the range, go on from its other end."""
        with self._changed:
            self._range.loop = loop

    def set_range(self, first: int, last: int | None) -> None:
        """Play from frame `first` to frame `last`, both included; None for the clip's end. Seeking is free of it.

        Raises ValueError for a range that holds no frame.
        """
        with self._changed:
            self._range.set_range(first, last)
            self._handover.ended = False

    def play(self) -> None:
        """Run from the frame after the one shown, or from the beginning when the clip or the range has ended."""
        with self._changed:
            if self._handover.playing or self._handover.closed:
                return
            self._handover.playing = True
            if not self._handover.running_live:
                self._handover.ask(self._next_index())
            self._changed.notify_all()

    def pause(self) -> None:
        """Stop at the frame shown. A live source goes on unseen, so that it is up to date when it is played again."""
        with self._changed:
            self._handover.playing = False
            self._changed.notify_all()

    def seek(self, index: int, *, run_in: bool = True) -> None:
        """Show frame `index` and, if playing, go on from there. Live sources cannot be sought: nothing happens.

        run_in: methods are run in on the frames before; without it a smoothed mask is that of the frame alone, until
        `settle`.
        """
        with self._changed:
            if not self.source.live and not self._handover.closed:
                self._handover.ask(max(0, index), run_in=run_in)

    def settle(self) -> None:
        """The frame shown, or on its way, is to stay: methods with a memory are run in on the frames before it."""
        with self._changed:
            if self._pairs or any(isinstance(method, Wrapper) for method in self._methods):
                self._again()

    def look_back(self, pairs: int) -> None:
        """After a seek, measure so many pairs of frames before the one that is shown, as a map of flips needs them."""
        with self._changed:
            more, self._pairs = pairs > self._pairs, pairs
            if more:
                self._again()

    def use(self, *methods: Method) -> None:
        """Run these methods from the next frame on; the frame shown is done again with them."""
        with self._changed:
            self._methods = methods
            self._again()

    def _again(self) -> None:
        """Ask for the frame shown, or on its way, once more; nothing happens while frames are running."""
        target = self._handover.target
        shown = self._handover.position if target is None else target
        if not self._handover.playing and not self.source.live and not self._handover.closed and shown is not None:
            self._handover.ask(shown)

    def stop(self) -> None:
        """Tell both threads to end, without waiting; nothing is delivered from now on, except what is on its way."""
        self._handover.close()

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

    def _next_index(self) -> int:
        """Where playing begins."""
        handover = self._handover
        if handover.target is not None:
            return handover.target
        return self._range.next_index(handover.position, ended=handover.ended)

    # ---- the decoding thread

    def _lead(self, generation: int, index: int) -> Lead | None:
        """What must come before a frame; None where that is no longer wanted."""
        with self._changed:
            methods, pairs = self._methods, self._pairs
        if not pairs and not any(isinstance(method, Wrapper) for method in methods):
            return Lead(index)
        if not self._handover.await_idle(generation):
            return None
        return self._measuring.lead(index, methods, pairs if methods else 0)

    # ---- the segmenting thread

    def _segment_loop(self) -> None:
        while (item := self._handover.take()) is not None:
            if isinstance(item, Ended | Failed):
                self._finish(item)
                continue
            try:
                self._work_on(item)
            except Exception as error:  # noqa: BLE001 - whatever it is, it travels to the interface in-band
                # The picture is still worth showing, without masks.
                if item.before is None:
                    self._show(FrameResult(item.generation, item.frame, ()))
                self._finish(Failed(item.generation, error, item.frame.index))

    def _work_on(self, item: Decoded) -> None:
        with self._changed:
            methods = self._methods
        if not item.masks:
            self._show(self._measuring.ready(item.frame, methods, item.generation))
        elif item.before is not None and item.lead is not None:
            self._measuring.run_in(item.frame, methods, item.generation, item.before, item.lead)
        elif item.lead is None and self._begins_anew(item, methods):
            return
        else:
            self._show(self._measuring.measure(item.frame, methods, item.generation, item.lead))

    def _begins_anew(self, item: Decoded, methods: Sequence[Method]) -> bool:
        """Whether playing goes on by a new request, since it has come to where a method must be run in."""
        if self.source.live or not self._measuring.falls_out(item.frame.index, methods):
            return False
        with self._changed:
            if self._handover.generation == item.generation and self._handover.playing and self._range.speed > 0:
                self._handover.ask(item.frame.index)
                return True
        return False

    # Both deliver outside the lock, because `deliver` may ask something of this player.

    def _show(self, result: FrameResult) -> None:
        shown = self._handover.shown(result)
        if shown is not None:
            self._deliver(shown)

    def _finish(self, item: Ended | Failed) -> None:
        if self._handover.finished(item):
            self._deliver(item)
