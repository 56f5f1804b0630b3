"""A student beside what it started from, on the spans of clips that it did not learn from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.flow import SCORING_FLOW, Motion, MotionEstimator, make_flow
from engine.measures.scoring import Scoring
from engine.methods import Method
from engine.methods.base import FrameSegmenter
from engine.segmentation import Segmentation
from engine.verdict import Judge, Referee, Verdict, conclude
from engine.video import open_video
from engine.video.frame import Frame

Pieces = Sequence[tuple[Path, range]]
"""Clips, and of each the frames that are looked at."""

Tell = Callable[[int, int], None]
"""Called with how many frames are done, and of how many."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame of a span. motion: against the frame before. baseline, referee: as Judge.update takes them."""

    rgb: NDArray[np.uint8]
    motion: Motion | None
    baseline: Segmentation
    referee: NDArray[np.uint8]


def seen(pieces: Pieces, baseline: Method, refereed: int, look: Callable[[], None]) -> list[list[Seen]]:
    """The frames of each clip, with all that does not depend on a candidate.

    refereed: how many of a clip the referee is asked about, at most. look: called before each frame.
    """
    clips: list[list[Seen]] = []
    for path, span in pieces:
        referee = Referee(baseline, len(baseline.card.class_set), len(span), most=refereed)
        motions = MotionEstimator(make_flow(SCORING_FLOW))
        clips.append([])
        for frame in frames_of(path, span):
            look()
            motion, said = motions.update(frame.rgb), referee.segment(frame.rgb)
            clips[-1].append(Seen(frame.rgb, motion, baseline.segment(frame.rgb), said.classes))
    return clips


def judged(judge: Judge, clips: Sequence[Sequence[Seen]], candidate: FrameSegmenter, look: Callable[[], None]) -> None:
    """Let `judge` see `candidate` on all of `clips`."""
    for clip in clips:
        judge.begin_clip()
        for each in clip:
            look()
            judge.update(each.baseline, candidate.segment(each.rgb), each.motion, each.referee)


@dataclass(frozen=True)
class Judged:
    """A verdict with every measure of both. values, by_class: the start's, then the student's."""

    verdict: Verdict
    values: tuple[dict[str, float | None], dict[str, float | None]]
    by_class: tuple[dict[str, list[float | None]], dict[str, list[float | None]]]


def judge_student(pieces: Pieces, baseline: Method, student: Method, look: Callable[[], None], tell: Tell) -> Judged:
    """The verdict on `student`, along another flow than it was trained with. Raises what `look` raises."""
    class_set = baseline.card.class_set
    scoring = Scoring((baseline, student), len(class_set), SCORING_FLOW)
    judge = Judge(class_set, referee="", scores=(scoring.scores[0], scoring.scores[1]))
    total = sum(len(span) for _, span in pieces)
    done = 0
    for path, span in pieces:
        scoring.begin_clip()
        referee = Referee(baseline, len(class_set), len(span))
        judge.referee = referee.says
        for frame in frames_of(path, span):
            look()
            before, after = scoring.ask(frame.rgb)
            said = referee.segment(frame.rgb)
            motion, pairs = scoring.add(frame.rgb, (before, after), references=(None, before.mask))
            judge.kept.update(before.classes, after.classes, said.classes, motion, pairs[0])
            done += 1
            tell(done, total)
    verdict = conclude(judge, baseline, student, cancelled=_asking(look))
    values = [{**each.values(), **each.latency()} for each in scoring.scores]
    by_class = [each.by_class() for each in scoring.scores]
    return Judged(verdict, (values[0], values[1]), (by_class[0], by_class[1]))


def frames_of(path: Path, span: range) -> Iterator[Frame]:
    """The frames of a clip in `span`."""
    with open_video(path) as source:
        frames = source.frames(span.start)
        yield from islice(frames, len(span))


def _asking(look: Callable[[], None]) -> Callable[[], bool]:
    """`look` as a question that is never answered yes: what it raises is raised."""

    def asked() -> bool:
        look()
        return False

    return asked
