"""What a candidate has kept of the baseline's mattes in one clip, and the conditions on it with their thresholds."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow import Motion, warp
from engine.segmentation import Segmentation
from engine.verdict.evidence import Evidence
from engine.verdict.result import Condition
from engine.verdict.words import cut, percent

MORE_OFF = 0.05
"""Of what sure edges hold: how much further from them than the baseline's a candidate's may be."""
MOST_AREA_OFF = 0.05
"""Of the baseline's area: what the candidate's may differ by."""
LEAST_MOVED = 0.85

_EDGE = 0.04
"""Slope of alpha a pixel from which on there is an edge."""
_MOVED = 0.05
_EXPLAINED = 0.1
_LEAST_MOVED_SUM, _LEAST_EDGE_SUM = 3.0, 1.0
"""Squares of changes, and of slopes, that must come together before anything is said."""
_LEAST_WAY = 0.3
"""Of the way: a baseline that goes less far shows no motion that another could be held against."""

_Alpha = NDArray[np.float32]


@dataclass(slots=True)
class MattesKept:
    """Sums over the frames of one clip. Streaming, bounded. Each pair is the baseline's and the candidate's.

    areas: alpha summed over all pixels. moved: how far each went along with the motion, times `motion_sum`. off:
    squared distance of the slopes from those of sure edges; edge_sum: of the edges from nothing.
    """

    areas: NDArray[np.float64]
    moved: NDArray[np.float64]
    off: NDArray[np.float64]
    motion_sum: float = 0.0
    edge_sum: float = 0.0
    _now: tuple[_Alpha, _Alpha] | None = None

    @classmethod
    def new(cls) -> "MattesKept":
        """Of a clip that begins."""
        return cls(np.zeros(2), np.zeros(2), np.zeros(2))

    def update(
        self, baseline: Segmentation, candidate: Segmentation, motion: Motion | None, size: tuple[int, int]
    ) -> None:
        """Add a frame. size: (width, height) that it is measured at. motion: against the frame before, or None.

        A pixel has moved where the motion brings another alpha to it than it had, by 0.05 at least, and the baseline
        has it there: e is that change. Σ e · (α − α before) / Σ e² says how far of the way a matte went, 1 being all of
        it. α before is the baseline's for both, so that what trails falls behind. Flicker makes less of it than 1 for
        the baseline too, which is what a candidate is held against.
        """
        before, self._now = self._now, (_at(baseline, size), _at(candidate, size))
        for slot, alpha in enumerate(self._now):
            self.areas[slot] += float(alpha.sum())
        if before is None or motion is None:
            return
        then = before[0]
        brought = np.asarray(warp(then, motion.backward, linear=True), np.float32)
        change = brought - then
        asked = motion.visible & (np.abs(change) >= _MOVED) & (np.abs(self._now[0] - brought) <= _EXPLAINED)
        change = np.where(asked, change, 0)
        self.motion_sum += float(np.square(change).sum())
        for slot, alpha in enumerate(self._now):
            self.moved[slot] += float((change * (alpha - then)).sum())

    def weigh(self, evidence: Evidence) -> None:
        """Hold the last frame against the edges that are sure; nothing happens where the evidence is no matte."""
        if evidence.alpha is None or evidence.steady is None or self._now is None:
            return
        true = _slopes(evidence.alpha)
        sure = evidence.steady & (np.hypot(*true) >= _EDGE)
        self.edge_sum += float(sum(np.square(each[sure]).sum() for each in true))
        for slot, alpha in enumerate(self._now):
            if alpha.shape != evidence.alpha.shape:
                alpha = np.asarray(cv2.resize(alpha, evidence.alpha.shape[::-1], interpolation=cv2.INTER_LINEAR))
            own = _slopes(alpha)
            self.off[slot] += float(sum(np.square((a - b)[sure]).sum() for a, b in zip(own, true, strict=True)))

    def conditions(self) -> list[Condition]:
        """`edges`, `area` and `lag` of this clip."""
        return [self._edges(), self._area(), self._lag()]

    def _edges(self) -> Condition:
        values: dict[str, float | None] = {"edges_baseline": None, "edges_candidate": None}
        passed, says = None, "There is no edge that is sure, so nothing shows that they are kept."
        if self.edge_sum >= _LEAST_EDGE_SUM:
            before, now = (float(each) / self.edge_sum for each in self.off)
            values = {"edges_baseline": before, "edges_candidate": now}
            passed = now <= before + MORE_OFF
            says = (
                f"Sure edges are {'kept' if passed else 'lost'}: the mattes differ from them by {percent(before)} to "
                f"{percent(now)} of what they hold."
            )
        return Condition(
            "edges",
            f"The slopes of alpha on sure edges are off by at most {percent(MORE_OFF)} more than the baseline's",
            passed,
            says,
            blocks=True,
            harms=True,
            values=values,
            thresholds={"more_off": MORE_OFF},
        )

    def _area(self) -> Condition:
        before, now = self.areas.tolist()
        share = now / before if before else None
        passed = None if share is None else abs(share - 1) <= MOST_AREA_OFF
        says = "There is nobody in the clip."
        if share is not None:
            says = f"{'' if passed else 'Not the same area: '}The candidate shows {cut(share, 3):.3f} times the area."
        return Condition(
            "area",
            f"The area differs by at most {percent(MOST_AREA_OFF)}",
            passed,
            says,
            harms=True,
            values={"area_candidate": share},
            thresholds={"most_off": MOST_AREA_OFF},
        )

    def _lag(self) -> Condition:
        enough = self.motion_sum >= _LEAST_MOVED_SUM and self.moved[0] >= _LEAST_WAY * self.motion_sum
        moved = float(self.moved[1] / self.moved[0]) if enough else None
        passed = None if moved is None else moved >= LEAST_MOVED
        says = "Too little moves to see a lag."
        if moved is not None:
            says = (
                f"Where the person moves it goes {percent(cut(max(moved, 0.0), 2))} as far as the baseline; at least "
                f"{percent(LEAST_MOVED)} are asked."
            )
        return Condition(
            "lag",
            f"Where the person moves, alpha goes at least {percent(LEAST_MOVED)} as far as the baseline's",
            passed,
            says,
            harms=True,
            values={"moved": moved},
            thresholds={"least_moved": LEAST_MOVED},
        )


def _slopes(alpha: _Alpha) -> tuple[_Alpha, _Alpha]:
    """Change of alpha a pixel, across and down, smoothed over three (Sobel), float32 (h, w) each."""
    across, down = (
        cv2.Sobel(alpha, cv2.CV_32F, x, 1 - x, scale=1 / 8, borderType=cv2.BORDER_REPLICATE) for x in (1, 0)
    )
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def _at(made: Segmentation, size: tuple[int, int]) -> _Alpha:
    alpha = made.alpha_at(size)
    assert alpha is not None
    return alpha
