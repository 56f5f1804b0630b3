"""Every frame of a clip measured behind the back of whoever watches it."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing

import numpy as np
from numpy.typing import NDArray

from engine.errors import SteadymaskError
from engine.live.measuring import Lead, Measuring
from engine.live.remembering import Remembering
from engine.live.track import Known, MeasureTrack
from engine.methods import Method, model_of
from engine.pipeline import decoding
from engine.segmentation import Segmentation
from engine.shelves import ClipShelves
from engine.video.frame import Frame
from engine.video.source import VideoSource

_LOG = logging.getLogger(__name__)

_YIELD = 2.0  # times as long as a frame took, the machine is left to what is being watched
_LONGEST_REST_S = 0.5
_WAKE_S = 0.5


class ClipAnalysis:
    """Runs the methods of the slots over the whole clip, in a thread of its own, and fills a track as `Measuring` has
    it, frame against the frame before. Opens the clip once more, so that playing and seeking are free of it. While
    somebody watches it rests twice as long as it works. What shelves hold is taken from there, even while it is paused;
    what is missing is made and put there.
    """

    def __init__(
        self,
        open_source: Callable[[], VideoSource],
        make: Callable[[str], Method],
        methods: Mapping[int, str],
        track: MeasureTrack,
        *,
        shelves: ClipShelves | None = None,
        in_slots: Sequence[Method] = (),
        frames: int | None = None,
        busy: Callable[[], bool] = lambda: False,
        paused: bool = False,
    ) -> None:
        """open_source: opens the clip, called in the thread. make: makes a method by its name, as the slots have it.
        methods: what they are made by, by slot, 0 for A and 1 for B. track: already set to them. shelves: of the clip.
        in_slots: the methods that are there already, which say what is theirs on the shelves. frames: how many the clip
        has, where that is known. busy: whether somebody watches; asked from the thread. paused: begin when `set_paused`
        says so.
        """
        self._shelves = shelves
        self._in_slots = tuple(in_slots)
        self._frames = frames
        self._open_source = open_source
        self._make = make
        self._names = dict(sorted(methods.items()))
        self._track = track
        self._busy = busy
        self._changed = threading.Condition()
        self._stopped = False
        self._paused = paused
        self._thread = threading.Thread(target=self._run, name="steadymask-analysis", daemon=True)
        self._thread.start()

    # ---- from any thread

    @property
    def running(self) -> bool:
        """Whether it is still at it, or paused."""
        return self._thread.is_alive()

    def set_paused(self, paused: bool) -> None:
        """Rest until told otherwise."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def stop(self) -> None:
        """End soon. Returns at once."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self, join_s: float = 2.0) -> bool:
        """Stop and wait. Returns False when the thread still hangs in a decoder or a runtime."""
        self.stop()
        self._thread.join(max(0.0, join_s))
        return not self._thread.is_alive()

    # ---- the thread

    def _run(self) -> None:
        kept = Remembering(self._shelves, self._track)
        try:
            begin = kept.recall(self._in_slots)
            if (self._frames is not None and begin >= self._frames) or not self._go_on():
                return
            with ExitStack() as stack:
                methods = {slot: self._open_method(name, stack) for slot, name in self._names.items()}
                source = stack.enter_context(closing(self._open_source()))
                from_: int | None = begin
                while from_ is not None:
                    from_ = self._measure_from(from_, source, methods, kept)
        except SteadymaskError as error:
            # Whoever plays the clip meets the same error and tells it.
            _LOG.warning("the clip was not measured to its end: %s", error)
        finally:
            kept.flush()

    def _measure_from(
        self, begin: int, source: VideoSource, methods: Mapping[int, Method], kept: Remembering
    ) -> int | None:
        """Measure the frames from `begin` on; methods are run in on those before it. Returns where to begin anew, as
        what was at hand ends there, or None.
        """
        made_by = tuple(methods.values())
        measuring = Measuring(_ask_inside, self._shelves)
        lead = measuring.lead(begin, made_by, pairs=1)
        with decoding(source, lead.first) as frames:
            for frame in frames:
                if not self._go_on():
                    return None
                if frame.index > begin and measuring.falls_out(frame.index, made_by):
                    return frame.index
                started = time.monotonic()
                if frame.index < begin:
                    measuring.run_in(frame, made_by, 0, begin, lead)
                else:
                    self._measure(frame, methods, measuring, lead if frame.index == begin else None, kept)
                self._rest(time.monotonic() - started)
        return None

    def _open_method(self, name: str, stack: ExitStack) -> Method:
        method = self._make(name)
        stack.callback(method.close)
        return method

    def _measure(
        self,
        frame: Frame,
        methods: Mapping[int, Method],
        measuring: Measuring,
        lead: Lead | None,
        kept: Remembering,
    ) -> None:
        made = dict(zip(methods, measuring.measure(frame, tuple(methods.values()), 0, lead).slots, strict=True))
        for slot, result in made.items():
            if not kept.recalled(slot, frame.index):
                reference = made.get(0) if slot else None
                self._track.add(slot, frame.index, frame.pts_s, result, reference=reference, known=Known.ANALYSED)
                kept.take(slot, methods[slot], frame.index, result)
        if len(made) > 1:
            kept.take_shared((methods[0], methods[1]), frame.index, made[1], made[0])

    def _go_on(self) -> bool:
        with self._changed:
            while self._paused and not self._stopped:
                self._changed.wait(_WAKE_S)
            return not self._stopped

    def _rest(self, took_s: float) -> None:
        """Leave the machine to whoever watches."""
        if self._busy():
            with self._changed:
                if not self._stopped:
                    self._changed.wait(min(_YIELD * took_s, _LONGEST_REST_S))


def _ask_inside(method: Method, rgb: NDArray[np.uint8]) -> Segmentation | None:
    """What the model inside a wrapper makes of a frame, whether or not it is at hand."""
    model = model_of(method)
    return None if model is method else model.segment(rgb)
