"""A student beside what it started from, on the spans of clips that it did not learn from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.datasets import LabelledFrame
from engine.datasets.base import ImageClip
from engine.errors import DatasetError
from engine.flow import SCORING_FLOW
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.scoring import Scoring
from engine.methods import Method
from engine.methods.base import FrameSegmenter
from engine.verdict import (
    EvidenceMaker,
    Hearing,
    Judge,
    LabelScore,
    Referee,
    Verdict,
    conclude,
    hear,
    score_labelled,
    seed_of,
)
from engine.video import open_video

Pieces = Sequence[tuple[Path, range]]
"""Clips, and of each the frames that are looked at."""

Tell = Callable[[int, int], None]
"""Called with how many frames are done, and of how many."""


@dataclass(frozen=True)
class HeardClip:
    """A span of a clip: its frames, and all that a verdict needs but the candidate."""

    name: str
    frames: tuple[LabelledFrame, ...]
    hearing: Hearing


def heard(pieces: Pieces, baseline: Method, refereed: int, look: Callable[[], None]) -> list[HeardClip]:
    """The spans, kept in memory: short ones. refereed: how many frames of each the referee is asked about, at most.

    look: called before each frame; what it raises is raised here.
    """
    clips = []
    for path, span in pieces:
        frames = tuple(_looked_at(path, span, look))
        hearing = hear(baseline, frames, len(frames), most=refereed, cancelled=asking(look))
        clips.append(HeardClip(path.name, frames, hearing))
    return clips


def judged(clips: Sequence[HeardClip], candidate: FrameSegmenter, look: Callable[[], None]) -> Verdict:
    """The verdict on `candidate` over all of `clips`, without the synthetic street."""
    judge: Judge | None = None
    for clip in clips:
        masks = (candidate.segment(frame.rgb) for frame in _between(clip.frames, look))
        judge = clip.hearing.judge(masks, into=judge, name=clip.name)
    assert judge is not None  # a plan has a clip
    return judge.verdict()


@dataclass(frozen=True)
class Judged:
    """A verdict with every measure of both. values, by_class: the start's, then the student's. labelled: their accuracy
    on labelled images, None without any. taught: how far each agrees with the teacher, 0..100, None without one.
    """

    verdict: Verdict
    values: tuple[dict[str, float | None], dict[str, float | None]]
    by_class: tuple[dict[str, list[float | None]], dict[str, list[float | None]]]
    labelled: LabelScore | None = None
    taught: tuple[float | None, float | None] | None = None


def judge_student(
    pieces: Pieces,
    baseline: Method,
    student: Method,
    look: Callable[[], None],
    tell: Tell,
    labelled: Sequence[ImageClip] = (),
    teacher: FrameSegmenter | None = None,
) -> Judged:
    """The verdict on `student`, along another flow than it was trained with.

    labelled: images that it did not learn from. teacher: a third model that it learnt from: agreement with it is
    measured, and nothing is judged by it, since it would praise who copies its errors. Raises what `look` raises,
    DatasetError for a label that cannot be read.
    """
    class_set = baseline.card.class_set
    scoring = Scoring((baseline, student), len(class_set), SCORING_FLOW)
    judge = Judge(class_set, scores=(scoring.scores[0], scoring.scores[1]))
    agreeing = [ConfusionMatrix(len(class_set)) for _ in range(2)]
    total, done = sum(len(span) for _, span in pieces), 0
    for path, span in pieces:
        scoring.begin_clip()
        judge.begin_clip(path.name)
        referee, evidence = Referee(baseline, len(class_set), len(span), seed=seed_of(student)), EvidenceMaker()
        judge.referee = referee.says
        for frame in _looked_at(path, span, look):
            before, after = scoring.ask(frame.rgb)
            motion, pairs = scoring.add(frame.rgb, (before, after), references=(None, before.mask))
            judge.weigh(evidence.update(referee.segment(frame.rgb), motion))
            judge.update(before, after, motion, pairs[0])
            if teacher is not None:
                said = teacher.segment(frame.rgb).mask
                for counts, model in zip(agreeing, (before, after), strict=True):
                    counts.update(model.mask, said)
            done += 1
            tell(done, total)
    accuracy = score_labelled(baseline, student, labelled, cancelled=asking(look)) if labelled else None
    verdict = conclude(judge, baseline, student, labelled=accuracy, cancelled=asking(look))
    values = [{**each.values(), **each.latency()} for each in scoring.scores]
    by_class = [each.by_class() for each in scoring.scores]
    taught = None if teacher is None else (agreeing[0].miou(), agreeing[1].miou())
    return Judged(verdict, (values[0], values[1]), (by_class[0], by_class[1]), accuracy, taught)


def asking(look: Callable[[], None]) -> Callable[[], bool]:
    """`look` as a question that is never answered yes: what it raises is raised."""

    def asked() -> bool:
        look()
        return False

    return asked


def _looked_at(path: Path, span: range, look: Callable[[], None]) -> Iterator[LabelledFrame]:
    """Raises VideoError or DatasetError where the clip, or an image of it, is gone."""
    place = -1
    with open_video(path) as source, closing(source.frames(span.start)) as frames:  # type: ignore[type-var]
        for place, frame in enumerate(islice(frames, len(span))):
            look()
            yield LabelledFrame(place, frame.rgb, None)
        damaged = source.error is not None and place >= 0 and path.is_file()  # is judged as far as it goes
        if place + 1 < len(span) and not damaged:
            raise source.error or DatasetError(
                f"{path} ends before frame {span[-1]}, which it had at first; put it back as it was and resume"
            )


def _between(frames: Sequence[LabelledFrame], look: Callable[[], None]) -> Iterator[LabelledFrame]:
    for frame in frames:
        look()
        yield frame
