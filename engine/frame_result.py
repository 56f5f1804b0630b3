"""One frame and what each slot made of it: what every stage behind the methods is handed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.measures.pair import PairCounts
from engine.segmentation import Segmentation
from engine.video.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class SlotResult:
    """What one slot made of a frame, and what was measured of it.

    method: name of what made it. follows: whether the frame follows its neighbour, the one that the slots were given
    before it; decided where the frame is made, and by nobody else. run: number of the frames that follow one another
    without a break, this one among them. pair: counts against its neighbour, None where nobody measured or there is
    nothing to compare with. unsmoothed: what the model inside made, None for a model itself and where it is not at
    hand. earlier: the pairs of the frames that were run in right before this one, which nobody saw, oldest first.
    """

    method: str
    segmentation: Segmentation
    follows: bool = False
    run: int = 0
    pair: PairCounts | None = None
    unsmoothed: Segmentation | None = None
    earlier: tuple[PairCounts, ...] = ()

    @property
    def latency_ms(self) -> float:
        """How long it took, milliseconds."""
        return self.segmentation.inference_ms


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """One frame with what every method made of it.

    generation: number of the request that it answers; a seek makes a new one (always 0 in every-frame mode).
    frame: the decoded picture, shared by all slots.
    slots: one per method, A's first; empty where no method runs.
    pictures: by slot, the frame over what shall stand behind a matte, uint8 (h, w, 3) RGB; None where it is no matte or
        nobody looks, empty where nobody asked. ground: what that is, see `engine.results.matte.Ground.identity`.
    dropped: frames skipped to stay live since the source was opened (always 0 in every-frame mode).
    """

    generation: int
    frame: Frame
    slots: tuple[SlotResult, ...]
    dropped: int = 0
    pictures: tuple[NDArray[np.uint8] | None, ...] = ()
    ground: str = ""

    @property
    def segmentation(self) -> Segmentation:
        """Slot A's segmentation. Raises IndexError where no method runs."""
        return self.slots[0].segmentation
