"""Taking up a run of masks that was cut off: what is there stands in place of inference."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.methods.base import FrameSegmenter
from engine.ownership.claim import Claim
from engine.results.alpha import read_alpha
from engine.segmentation import Segmentation
from engine.tasks import Outputs
from engine.tasks.matting import of_alpha


class Reuse:
    """The method, with the masks that an earlier run left on disk in place of inference for the first frames."""

    def __init__(
        self, method: FrameSegmenter, masks: Path, first: int, times: list[float], alphas: Path | None = None
    ) -> None:
        """masks: their folder. first: the first frame. times: ms that each earlier mask took; cut where one is bad.

        alphas: the folder of the alpha that mattes have beside their masks.
        """
        self.name = method.name
        self._first = first
        self._method = method
        self._masks, self._alphas = masks, alphas
        self._times = times
        self._next = 0

    def segment(self, rgb: NDArray[np.uint8], *, scores: bool = False) -> Segmentation:
        """The earlier mask of the next frame, else what the method makes of it."""
        index, self._next = self._next, self._next + 1
        if index < len(self._times):
            made = self._read(f"{self._first + index:06d}.png")
            if made is not None and made.classes.shape == rgb.shape[:2]:
                return Segmentation.of(made, (rgb.shape[1], rgb.shape[0]), self._times[index])
            del self._times[index:]
        return self._method.segment(rgb, scores=scores)

    def _read(self, name: str) -> Outputs | None:
        """What is there of a frame, or None when it cannot be read."""
        if self._alphas is not None:
            alpha = read_alpha(self._alphas / name)
            return None if alpha is None else of_alpha(alpha)
        mask = _read_mask(self._masks / name)
        return None if mask is None else Outputs(mask)


def earlier_times(claim: Claim, first: int) -> list[float]:
    """ms that the inference took for each mask that a cut-off run left, from frame `first` on without a gap."""
    times: list[float] = []
    while (path := f"masks/{first + len(times):06d}.png") in claim.ours:
        spent = claim.notes.get(path, {}).get("ms")
        if not isinstance(spent, int | float):
            break
        times.append(float(spent))
    return times


def _read_mask(path: Path) -> NDArray[np.uint8] | None:
    """The mask in an indexed PNG, or None when it cannot be read."""
    try:
        with Image.open(path) as image:
            return np.asarray(image, np.uint8) if image.mode == "P" else None
    except (OSError, SyntaxError):
        return None
