"""The slots' methods on one frame after another, and what is measured between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.frame_result import FrameResult, SlotResult
from engine.live.meter import LiveMeter
from engine.measures.pair import PairCounts
from engine.methods.base import Method, Wrapper, run_in
from engine.methods.pool import unsmoothed
from engine.pipeline import segment_frame
from engine.segmentation import Segmentation
from engine.video.frame import Frame

_NEAR = 8  # frames ahead: what comes so soon after another follows it; anything else is too far to be compared


@dataclass(frozen=True, slots=True)
class Lead:
    """What must come before a frame.

    first: the first frame to be given, unseen up to that frame; the frame itself where none is needed. pairs: of how
    many frames right before it the pairs are wanted. anew: whether everything earlier is forgotten before the first.
    """

    first: int
    pairs: int = 0
    anew: bool = False


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
        self._whole = False  # whether the methods were given every frame that their memory goes back to
        self._earlier: list[tuple[PairCounts | None, ...]] = []

    def measure(
        self, frame: Frame, methods: Sequence[Method], generation: int = 0, *, anew: bool = False
    ) -> FrameResult:
        """Run every method on the frame. A method forgets what was before where the frame is not ahead of its neighbour
        within 8 frames or within one generation, or where the method was not given that.

        anew: as the frame's `Lead` has it. Raises BackendError that names the frame.
        """
        follows = self._take_place(frame, methods, generation, anew)
        made = segment_frame(frame, methods)
        pairs = self._meter.update(frame.rgb, made, [len(method.card.class_set) for method in methods])
        earlier, self._earlier = self._earlier, []
        slots = tuple(
            SlotResult(
                method.name,
                segmentation,
                follows,
                self._run,
                pair,
                self._inside(method, frame.rgb),
                _of_slot(earlier, slot),
            )
            for slot, (method, segmentation, pair) in enumerate(zip(methods, made, pairs, strict=True))
        )
        return FrameResult(generation, frame, slots)

    def lead(self, index: int, methods: Sequence[Method], pairs: int = 0) -> Lead:
        """What must come before frame `index`, so that its masks are those that the clip gives from its beginning on.

        pairs: of how many frames before it the pairs are wanted at least; a smoothed frame has its own one.
        """
        if any(run_in(method, index) for method in methods):
            pairs = max(pairs, 1)
        measured = max(0, index - pairs)
        first = min((place - run_in(method, place) for method in methods for place in (measured, index)), default=index)
        if self._goes_on(first, index, methods) and self._before is not None:
            return Lead(self._before[1] + 1, pairs)
        return Lead(first, pairs, anew=first < index or any(isinstance(method, Wrapper) for method in methods))

    def run_in(self, frame: Frame, methods: Sequence[Method], generation: int, index: int, lead: Lead) -> None:
        """Give the methods a frame that nobody sees, one of those from `lead.first` to the one before `index`.

        Raises BackendError that names the frame.
        """
        anew = lead.anew and frame.index == lead.first
        if frame.index >= index - lead.pairs:
            earlier = self._earlier
            pairs = tuple(slot.pair for slot in self.measure(frame, methods, generation, anew=anew).slots)
            self._earlier = [*earlier, pairs]
        else:
            self._take_place(frame, methods, generation, anew)
            self._meter.reset()
            segment_frame(frame, [method for method in methods if isinstance(method, Wrapper)])

    def _goes_on(self, first: int, index: int, methods: Sequence[Method]) -> bool:
        """Whether the memory is that of playing, and reaches the frames that are needed."""
        known = self._whole and all(method in self._known for method in methods)
        return known and self._before is not None and first <= self._before[1] + 1 <= index

    def _take_place(self, frame: Frame, methods: Sequence[Method], generation: int, anew: bool) -> bool:
        """Whether the frame follows its neighbour; who needs to forgets what was before."""
        before, known = None if anew else self._before, self._known
        self._before, self._known = (generation, frame.index), tuple(methods)
        ahead = 0 if before is None else frame.index - before[1]
        follows = 0 < ahead <= _NEAR
        if not follows:
            self._meter.reset()
            self._run += 1
            self._earlier = []
        # Smoothing goes on across frames that were dropped; what is as far apart is no pair all the same.
        remembers = follows or (before is not None and ahead > 0 and generation == before[0])
        for method in methods:
            if not remembers or method not in known:
                method.reset()
        gapless = self._whole and ahead == 1 and all(method in known for method in methods)
        self._whole = gapless or anew or not any(run_in(method, frame.index) for method in methods)
        return follows


def _of_slot(earlier: Sequence[tuple[PairCounts | None, ...]], slot: int) -> tuple[PairCounts, ...]:
    each = (pairs[slot] for pairs in earlier if slot < len(pairs))
    return tuple(pair for pair in each if pair is not None)
