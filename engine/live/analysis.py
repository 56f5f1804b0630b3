"""Every frame of a clip measured behind the back of whoever watches it."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing

import numpy as np
from numpy.typing import NDArray

from engine.errors import SteadymaskError
from engine.live.measuring import Measuring
from engine.live.track import Known, MeasureTrack
from engine.methods import Method, model_of
from engine.pipeline import decoding
from engine.segmentation import Segmentation
from engine.video.frame import Frame
from engine.video.source import VideoSource

_LOG = logging.getLogger(__name__)

_YIELD = 2.0  # times as long as a frame took, the machine is left to what is being watched
_LONGEST_REST_S = 0.5
_WAKE_S = 0.5


class ClipAnalysis:
    """Runs the methods of the slots over the whole clip, in a thread of its own, and fills a track as `Measuring` has
    it, frame against the frame before. Opens the clip once more, so that playing and seeking are free of it. While
    somebody watches it rests twice as long as it works.
    """

    def __init__(
        self,
        open_source: Callable[[], VideoSource],
        make: Callable[[str], Method],
        methods: Mapping[int, str],
        track: MeasureTrack,
        *,
        busy: Callable[[], bool] = lambda: False,
        paused: bool = False,
    ) -> None:
        """open_source: opens the clip, called in the thread. make: makes a method by its name, as the slots have it.
        methods: what they are made by, by slot, 0 for A and 1 for B. track: already set to them. busy: whether somebody
        watches; asked from the thread. paused: begin when `set_paused` says so.
        """
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
        try:
            with ExitStack() as stack:
                methods = {slot: self._open_method(name, stack) for slot, name in self._names.items()}
                source = stack.enter_context(closing(self._open_source()))
                with decoding(source) as frames:
                    measuring = Measuring(_ask_inside)
                    for frame in frames:
                        if not self._go_on():
                            return
                        begin = time.monotonic()
                        self._measure(frame, methods, measuring)
                        self._rest(time.monotonic() - begin)
        except SteadymaskError as error:
            # Whoever plays the clip meets the same error and tells it.
            _LOG.warning("the clip was not measured to its end: %s", error)

    def _open_method(self, name: str, stack: ExitStack) -> Method:
        method = self._make(name)
        stack.callback(method.close)
        return method

    def _measure(self, frame: Frame, methods: Mapping[int, Method], measuring: Measuring) -> None:
        made = dict(zip(methods, measuring.measure(frame, tuple(methods.values())).slots, strict=True))
        for slot, result in made.items():
            reference = made.get(0) if slot else None
            self._track.add(slot, frame.index, frame.pts_s, result, reference=reference, known=Known.ANALYSED)

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
