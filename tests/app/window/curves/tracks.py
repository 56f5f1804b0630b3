"""Tracks for tests of the curves: masks whose flicker is known, and very many values."""

import numpy as np

from engine.frame_result import SlotResult
from engine.live.counts import MEASURES
from engine.live.track import Known, MeasureTrack
from engine.measures.pair import PairCounts
from engine.segmentation import Segmentation

RATE = 10.0
PIXELS = 128


def small_track(frames: int, *, b: bool = True, rate: float = RATE) -> MeasureTrack:
    """Frames of 16 × 8 pixels at `rate` per second; frame i flips i pixels in A, and half as many in B."""
    track = MeasureTrack()
    track.set_method(0, "street", 2)
    if b:
        track.set_method(1, "ema(street, alpha=0.7)", 2)
    for index in range(frames):
        add(track, index, rate=rate)
    return track


def add(track: MeasureTrack, index: int, *, rate: float = RATE) -> None:
    """One more frame of such a track; A takes 5 ms, B takes 8."""
    for slot in (0, 1):
        name = track.name(slot)
        if name is not None:
            flipped = min(PIXELS, index // (slot + 1))
            mask = np.zeros((8, 16), np.uint8)
            mask.ravel()[:flipped] = 1
            made = Segmentation(mask, (16, 8), (5.0, 8.0)[slot], None)
            pair = None if index == 0 else _pair(flipped)
            track.add(slot, index, index / rate, SlotResult(name, made, index > 0, pair=pair))


def _pair(flipped: int) -> PairCounts:
    """All pixels were of class 0, and `flipped` of them are of class 1 now."""
    counts = np.zeros((8, 3, 3), np.int64)
    counts[4, 0, :2] = PIXELS - flipped, flipped
    return PairCounts(counts, np.zeros((8, 16), bool))


class LongTrack(MeasureTrack):
    """Two slots with made-up values of `frames` frames at 30 per second, without the masks they would come from."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        dice = np.random.default_rng(0)
        self._reach(frames - 1)
        self._end = frames
        self._pts[:frames] = np.arange(frames) / 30
        for slot, name in enumerate(("street", "hold(street, n=2)")):
            self.set_method(slot, name, 2)
            self._slots[slot].known[:frames] = Known.ANALYSED
            self._slots[slot].values[:, :frames] = dice.random((len(MEASURES), frames))
