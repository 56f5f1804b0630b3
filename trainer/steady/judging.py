"""A student beside what it started from, on the spans of clips that it did not learn from."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.flow import SCORING_FLOW, Motion, MotionEstimator, make_flow
from engine.methods import Method
from engine.methods.base import FrameSegmenter
from engine.segmentation import Segmentation
from engine.verdict import Judge, Referee, Verdict, conclude
from engine.video import open_video

Pieces = Sequence[tuple[Path, range]]
"""Clips, and of each the frames that are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame of a span. motion: against the frame before. baseline: its mask. referee: as Judge.update takes it."""

    rgb: NDArray[np.uint8]
    motion: Motion | None
    baseline: Segmentation
    referee: NDArray[np.uint8]


def seen(pieces: Pieces, baseline: Method, referee_frames: int, look: Callable[[], None]) -> Iterator[list[Seen]]:
    """The frames of each clip, with all that does not depend on a candidate. look: called before each frame."""
    for path, span in pieces:
        yield list(_frames(path, span, baseline, referee_frames, look))


def _frames(
    path: Path, span: range, baseline: Method, most: int, look: Callable[[], None]
) -> Iterator[Seen]:
    referee = Referee(baseline, len(baseline.card.class_set), len(span), most=most)
    motions = MotionEstimator(make_flow(SCORING_FLOW))
    with open_video(path) as source, closing(source.frames(span.start)) as frames:
        for frame in islice(frames, len(span)):
            look()
            motion = motions.update(frame.rgb)
            yield Seen(frame.rgb, motion, baseline.segment(frame.rgb), referee.segment(frame.rgb).classes)


def judged(judge: Judge, clips: Sequence[Sequence[Seen]], candidate: FrameSegmenter, look: Callable[[], None]) -> None:
    """Let `judge` see `candidate` on all of `clips`."""
    for clip in clips:
        judge.begin_clip()
        for each in clip:
            look()
            judge.update(each.baseline, candidate.segment(each.rgb), each.motion, each.referee)
