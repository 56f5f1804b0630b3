"""The slots' methods on one frame after another, and what is measured between them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.frame_result import FrameResult, SlotResult
from engine.live.meter import LiveMeter
from engine.methods.base import Method
from engine.methods.pool import unsmoothed
from engine.pipeline import segment_frame
from engine.segmentation import Segmentation
from engine.video.frame import Frame

_NEAR = 8  # frames ahead: what comes so soon after another follows it; anything else is too far to be compared


class Measuring:
    """Makes the results of frames that are shown or analysed one after another, and decides which of them follows its
    neighbour. One thread at a time.
    """

    def __init__(self, inside: Callable[[Method, NDArray[np.uint8]], Segmentation | None] = unsmoothed) -> None:
        """inside: what the model inside a method made of a frame, asked after the methods; None for a model itself."""
        self._inside = inside
        self._meter = LiveMeter()
        self._before: tuple[int, int] | None = None  # generation and index
        self._known: tuple[Method, ...] = ()
        self._run = 0

    def measure(self, frame: Frame, methods: Sequence[Method], generation: int = 0) -> FrameResult:
        """Run every method on the frame. A method forgets what was before where the frame is not ahead of its neighbour
        within 8 frames or within one generation, or where the method was not given that.

        Raises BackendError that names the frame.
        """
        follows = self._take_place(frame, methods, generation)
        made = segment_frame(frame, methods)
        pairs = self._meter.update(frame.rgb, made, [len(method.card.class_set) for method in methods])
        slots = tuple(
            SlotResult(method.name, segmentation, follows, self._run, pair, self._inside(method, frame.rgb))
            for method, segmentation, pair in zip(methods, made, pairs, strict=True)
        )
        return FrameResult(generation, frame, slots)

    def _take_place(self, frame: Frame, methods: Sequence[Method], generation: int) -> bool:
        """Whether the frame follows its neighbour; who needs to forgets what was before."""
        before, known = self._before, self._known
        self._before, self._known = (generation, frame.index), tuple(methods)
        ahead = 0 if before is None else frame.index - before[1]
        follows = 0 < ahead <= _NEAR
        if not follows:
            self._meter.reset()
            self._run += 1
        # Smoothing goes on across frames that were dropped; what is as far apart is no pair all the same.
        remembers = follows or (before is not None and ahead > 0 and generation == before[0])
        for method in methods:
            if not remembers or method not in known:
                method.reset()
        return follows
