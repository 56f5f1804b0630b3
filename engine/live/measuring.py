"""The slots' methods on one frame after another, and what is measured between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
    fed: the methods that must be run on all of them; None where whatever is not at hand is run.
    """

    first: int
    pairs: int = 0
    anew: bool = False
    fed: tuple[Method, ...] | None = None


class AtHand(Protocol):
    """Where masks are that were made before."""

    def holds(self, method: Method, index: int) -> bool:
        """Whether the mask of frame `index` is there."""

    def segmentation(self, method: Method, index: int, rgb: NDArray[np.uint8]) -> Segmentation | None:
        """What the method made of frame `index`, whose pixels are `rgb`; None where it is not there."""


class Measuring:
    """Makes the results of frames that are shown or analysed one after another, and decides which of them follows its
    neighbour. One thread at a time.
    """

    def __init__(
        self,
        inside: Callable[[Method, NDArray[np.uint8]], Segmentation | None] = unsmoothed,
        at_hand: AtHand | None = None,
        far: int = 0,
    ) -> None:
        """inside: what the model inside a method made of a frame, asked after the methods; None for a model itself.
        at_hand: masks that were made before, and are not made again. far: how many frames ahead they must reach before
        a memory that is up to date is let go.
        """
        self._inside = inside
        self._far = far
        self._at_hand = at_hand
        self._served: frozenset[Method] = frozenset()  # of the frame before, those whose mask was at hand
        self._meter = LiveMeter()
        self._before: tuple[int, int] | None = None  # generation and index
        self._known: tuple[Method, ...] = ()
        self._run = 0
        self._whole = False  # whether the methods were given every frame that their memory goes back to
        self._earlier: list[tuple[PairCounts | None, ...]] = []

    def measure(
        self, frame: Frame, methods: Sequence[Method], generation: int = 0, lead: Lead | None = None
    ) -> FrameResult:
        """Run every method on the frame whose mask is not at hand. A method forgets what was before where the frame is
        not ahead of its neighbour within 8 frames or within one generation, or where the method was not given that.

        lead: the frame's own, or that of the one that it is run in for. Raises BackendError that names the frame.
        """
        ready = self._ready(frame, methods, () if lead is None or lead.fed is None else lead.fed)
        fed = [method for method in methods if method not in ready or self._stays_fed(method, frame.index)]
        follows = self._take_place(frame, fed, generation, lead)
        ready = dict(zip(fed, segment_frame(frame, fed), strict=True)) | ready
        self._served = frozenset(methods) - frozenset(fed)
        made = [ready[method] for method in methods]
        pairs = self._meter.update(frame.rgb, made, [len(method.card.class_set) for method in methods])
        earlier, self._earlier = self._earlier, []
        slots = tuple(
            SlotResult(
                method.name,
                segmentation,
                follows,
                self._run,
                pair,
                self._inside(method, frame.rgb) if method in fed else None,
                _of_slot(earlier, slot),
            )
            for slot, (method, segmentation, pair) in enumerate(zip(methods, made, pairs, strict=True))
        )
        return FrameResult(generation, frame, slots)

    def ready(self, frame: Frame, methods: Sequence[Method], generation: int) -> FrameResult:
        """What is at hand of a frame, without measures: of every method, or of none."""
        ready = self._ready(frame, methods, ())
        if len(ready) < len(methods):
            return FrameResult(generation, frame, ())
        slots = tuple(SlotResult(method.name, ready[method], run=self._run) for method in methods)
        return FrameResult(generation, frame, slots)

    def falls_out(self, index: int, methods: Sequence[Method]) -> bool:
        """Whether masks that were at hand end here, and a method with a memory must go on, which has not seen them."""
        served = [method for method in methods if method in self._served]
        return any(run_in(method, index) and not self._holds(method, index) for method in served)

    def lead(self, index: int, methods: Sequence[Method], pairs: int = 0) -> Lead:
        """What must come before frame `index`, so that its masks are those that the clip gives from its beginning on.

        pairs: of how many frames before it the pairs are wanted at least; a smoothed frame has its own one.
        """
        if any(run_in(method, index) and not self._holds(method, index) for method in methods):
            pairs = max(pairs, 1)
        measured = max(0, index - pairs)
        wanted = range(measured, index + 1)
        fed = tuple(method for method in methods if not all(self._holds(method, place) for place in wanted))
        first = min((place - run_in(method, place) for method in fed for place in (measured, index)), default=measured)
        if self._goes_on(first, index, fed) and self._before is not None:
            return Lead(self._before[1] + 1, pairs, fed=fed)
        anew = first < index or any(isinstance(method, Wrapper) for method in fed)
        return Lead(first, pairs, anew, fed)

    def run_in(self, frame: Frame, methods: Sequence[Method], generation: int, index: int, lead: Lead) -> None:
        """Give the methods a frame that nobody sees, one of those from `lead.first` to the one before `index`.

        Raises BackendError that names the frame.
        """
        if frame.index >= index - lead.pairs:
            earlier = self._earlier
            result = self.measure(frame, methods, generation, lead)
            self._earlier = [*(earlier if result.slots[0].follows else ()), tuple(slot.pair for slot in result.slots)]
        else:
            fed = [method for method in methods if isinstance(method, Wrapper) and method in (lead.fed or ())]
            self._take_place(frame, fed, generation, lead)
            self._meter.reset()
            segment_frame(frame, fed)

    def _goes_on(self, first: int, index: int, methods: Sequence[Method]) -> bool:
        """Whether the memory is that of playing, and reaches the frames that are needed."""
        if self._before is None or not self._whole or not _among(methods, self._known):
            return False
        return first <= self._before[1] + 1 <= index

    def _stays_fed(self, method: Method, index: int) -> bool:
        """Whether a memory that is up to date is kept so, since what is at hand may end soon: where it is being made
        just ahead of whoever plays, each coming up with it would be a run-in.
        """
        up_to_date = self._before is not None and self._before[1] + 1 == index and method in self._known
        return isinstance(method, Wrapper) and up_to_date and not self._holds(method, index + self._far)

    def _holds(self, method: Method, index: int) -> bool:
        return self._at_hand is not None and self._at_hand.holds(method, index)

    def _ready(self, frame: Frame, methods: Sequence[Method], fed: Sequence[Method]) -> dict[Method, Segmentation]:
        """What is at hand of the frame, but for methods that must be fed."""
        if self._at_hand is None:
            return {}
        asked = [method for method in methods if method not in fed]
        found = [(method, self._at_hand.segmentation(method, frame.index, frame.rgb)) for method in asked]
        return {method: made for method, made in found if made is not None}

    def _take_place(self, frame: Frame, methods: Sequence[Method], generation: int, lead: Lead | None) -> bool:
        """Whether the frame follows its neighbour; who of those that are run needs to forgets what was before."""
        anew = lead is not None and lead.anew and frame.index == lead.first
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
        gapless = self._whole and ahead == 1 and _among(methods, known)
        self._whole = gapless or anew or not any(run_in(method, frame.index) for method in methods)
        return follows


def _among(methods: Sequence[Method], known: Sequence[Method]) -> bool:
    """Whether those that may have a memory are known."""
    return all(method in known for method in methods if isinstance(method, Wrapper))


def _of_slot(earlier: Sequence[tuple[PairCounts | None, ...]], slot: int) -> tuple[PairCounts, ...]:
    each = (pairs[slot] for pairs in earlier if slot < len(pairs))
    return tuple(pair for pair in each if pair is not None)
