"""What rows are judged on: data that nothing was trained on, along another flow than the one trained with."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.results.table import UNLABELLED
from engine.backends.base import Device
from engine.datasets import Dataset, DatasetClip, LabelledFrame, open_dataset
from engine.datasets.folder import VideoClip
from engine.evaluation import evaluate
from engine.flow import SCORING_FLOW, Motion, MotionEstimator, make_flow
from engine.methods import make_pool

AGAINST_CONTROL = "val"
"""The dataset whose differences to the control the table tells."""


class Followed:
    """A clip without cuts whose motion is found once, and not for every row again."""

    consecutive = True

    def __init__(self, clip: DatasetClip) -> None:
        self._clip = clip
        self._motions: list[Motion | None] = []

    @property
    def name(self) -> str:
        """The clip's own."""
        return self._clip.name

    @property
    def frame_count(self) -> int | None:
        """The clip's own."""
        return self._clip.frame_count

    def follow(self) -> None:
        """Find the motion. Raises ValueError at a cut."""
        estimator = MotionEstimator(make_flow(SCORING_FLOW))
        self._motions = [estimator.update(frame.rgb) for frame in self._clip.frames()]
        if None in self._motions[1:]:
            raise ValueError(f"{self.name} has a cut at frame {self._motions.index(None, 1)}; expected one scene")

    def frames(self) -> Iterator[LabelledFrame]:
        """The clip's own, with their motion."""
        for frame, motion in zip(self._clip.frames(), self._motions, strict=True):
            yield replace(frame, motion=motion)


@cache
def judged_on(data: Path) -> dict[str, Dataset]:
    """Name in the table → dataset. Finds the motion of all clips, which takes a minute or two."""
    road = VideoClip(data / "clips" / "road_white_line.mp4")
    sequence = VideoClip(data / "cityscapes_aachen" / "seq0003" / "images")  # its labels are of other classes
    return {
        "val": _followed(open_dataset("camvid", data / "camvid", "val")),
        "test": open_dataset("camvid", data / "camvid", "test"),
        "seq0003": _followed(Dataset("clips", "seq0003", None, (sequence,))),
        "road": _followed(Dataset("clips", "road_white_line", None, (road,))),
    }


def _followed(dataset: Dataset) -> Dataset:
    clips = tuple(Followed(clip) for clip in dataset.clips)
    for clip in clips:
        clip.follow()
    return replace(dataset, clips=clips)


def judge(
    start: Path, method: Path, control: Path | None, data: Path, device: Device, threads: int | None
) -> dict[str, Any]:
    """Every measure of `method` on every dataset.

    On the labelled clip intervals are of the difference to `control`; where there are no labels, to `start`, whose
    masks `agreement` is with. threads: of one network, None for all cores.
    """
    pool = make_pool(device=device, threads=threads)
    found = {}
    for name, dataset in judged_on(data).items():
        beside = start if name in UNLABELLED else control if name == AGAINST_CONTROL else None
        methods = [str(each) for each in dict.fromkeys((beside, method)) if each is not None]
        table = evaluate(dataset, methods, pool)
        found[name] = {**table.rows[-1].as_json(), "flow": table.flow, "size": table.size}
    return found


def controls(start: Path, data: Path, device: Device) -> list[dict[str, Any]]:
    """What is steady at the price of something else, around the model that every row starts from, on `val`."""
    return [
        row.as_json()
        for row in evaluate(judged_on(data)["val"], [str(start)], make_pool(device=device), controls=True).rows
    ]
