"""The synthetic street as a dataset: labels and exact flow on every frame, no data needed.

Splits: `test` (the default) and `verdict`, which only judges what a training made. Their seeds are never trained on:
a recipe refuses them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.datasets.base import Dataset, LabelledFrame
from engine.datasets.street import StreetFrame, SyntheticStreet
from engine.errors import DatasetError
from engine.flow.motion import EXACT_FLOW, Motion
from engine.models.classes import bundled_class_set

FIRST_RESERVED_SEED = 1_000_000
"""No street of this seed or a higher one is ever trained on."""

SEEDS = {"test": range(1_000_000, 1_000_005), "verdict": range(1_000_100, 1_000_103)}
FRAMES = 30


@dataclass(frozen=True)
class StreetClip:
    """A drive along the street of `seed`, 640 × 360 at 25 frames a second, with its exact motion."""

    seed: int
    frame_count: int | None = FRAMES
    consecutive: bool = True

    @property
    def name(self) -> str:
        """Seed and all: `street-1000000`."""
        return f"street-{self.seed}"

    def frames(self) -> Iterator[LabelledFrame]:
        """Frame by frame, about 15 a second."""
        for frame in SyntheticStreet(self.seed, frames=self.frame_count or FRAMES):
            yield LabelledFrame(frame.index, frame.rgb, frame.labels, street_motion(frame))


def street_motion(frame: StreetFrame) -> Motion | None:
    """How a street's frame came out of the one before it; None of its first, or where the truth was left out."""
    if frame.flow is None or frame.flow_forward is None or frame.visible is None:
        return None
    return Motion(frame.flow, frame.flow_forward, frame.visible, EXACT_FLOW)


def open_street(root: Path | None, split: str | None) -> Dataset:
    """The clips of a split; `root` is not looked at. Raises DatasetError for a split that there is not."""
    split = split or "test"
    if split not in SEEDS:
        raise DatasetError(f"street-synthetic has no split {split!r}; expected one of {', '.join(SEEDS)}")
    clips = tuple(StreetClip(seed) for seed in SEEDS[split])
    return Dataset("street-synthetic", split, bundled_class_set("camvid"), clips)
