"""Judging a candidate against a baseline: frame by frame, over a clip, and on the synthetic street."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.datasets import DatasetClip
from engine.datasets.synthetic import open_street
from engine.errors import Cancelled, DatasetError
from engine.flow import Motion
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.pair import to_size
from engine.measures.scores import Scores
from engine.methods import Method, model_of
from engine.models.classes import ClassSet
from engine.models.mapping import ClassView
from engine.progress import CancelCheck, Progress, never
from engine.segmentation import Segmentation
from engine.verdict.decide import StreetScore, decide, is_bundled, stands
from engine.verdict.kept import Kept
from engine.verdict.referee import Referee
from engine.verdict.result import Verdict
from engine.video import VideoSource

LABELS = "labels"
"""The referee's name where people have labelled the frames."""

Views = tuple[ClassView | None, ClassView | None]
"""What translates the baseline's and the candidate's masks into the classes that are compared; None for nothing."""
_AS_THEY_ARE: Views = (None, None)


class Judge:
    """A baseline's and a candidate's masks in, frame by frame, a verdict out at any time. Streaming and bounded.

        judge = Judge(class_set)
        judge.begin_clip()
        for ...:
            judge.update(baseline, candidate, motion, referee)
        print(judge.verdict().sentence())

    See `engine.verdict` for what is asked.
    """

    def __init__(
        self,
        class_set: ClassSet,
        *,
        referee: str = LABELS,
        scores: tuple[Scores, Scores] | None = None,
        leaves_out: bool = False,
    ) -> None:
        """class_set: of both methods. referee: who makes the masks that the candidate must keep to, in words.

        scores: the baseline's and the candidate's where somebody else adds to them; then add to `kept` alone.
        leaves_out: the masks hold classes that are not compared, see `Kept`.
        """
        self.class_set, self.referee = class_set, referee
        self.scores = scores or (Scores(len(class_set)), Scores(len(class_set)))
        self.kept = Kept(len(class_set), leaves_out=leaves_out)

    def begin_clip(self) -> None:
        """Another clip begins. Two clips have no interval: judge one, or three and more."""
        for scores in self.scores:
            scores.begin_clip()

    def update(
        self,
        baseline: Segmentation,
        candidate: Segmentation,
        motion: Motion | None,
        referee: NDArray[np.uint8] | None = None,
    ) -> None:
        """Add a frame of the clip. motion: against the frame before, None for the first one and after a cut.

        referee: its mask or the label, uint8 (H, W) of any size, 255 where it says nothing; None where nobody asked it.
        """
        pair = self.scores[0].update(baseline.mask, motion)
        self.scores[1].update(candidate.mask, motion)
        self.kept.update(baseline.classes, candidate.classes, referee, motion, pair)

    @property
    def stands(self) -> bool:
        """Whether nothing but the synthetic street can still refuse the candidate."""
        return stands(self.class_set, self.scores, self.kept)

    def verdict(self, street: StreetScore | None = None) -> Verdict:
        """The verdict so far. street: see `judge_street`; a model of the bundled domain cannot be better without it."""
        return decide(self.class_set, self.scores, self.kept, referee=self.referee, street=street)


def conclude(
    judge: Judge,
    baseline: Method,
    candidate: Method,
    *,
    views: Views = _AS_THEY_ARE,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Verdict:
    """The verdict on a clip whose frames `judge` has, with the synthetic street where nothing else is against it.

    The street is rendered, and takes some ten seconds. views: of the two methods' classes. progress: called after every
    frame of it, the clip's counted as well. Raises as `judge_street` does.
    """
    street = None
    if is_bundled(judge.class_set) and judge.stands:
        frames = judge.kept.frames

        def tell(done: int, total: int | None) -> None:
            if progress is not None:
                progress(frames + done, None if total is None else frames + total)

        street = judge_street(baseline, candidate, views=views, progress=tell, cancelled=cancelled)
    return judge.verdict(street)


def referee_of(baseline: Method, source: VideoSource) -> Referee:
    """The referee of a clip: the model inside the baseline."""
    return Referee(model_of(baseline), len(baseline.card.class_set), source.frame_count)


def judge_street(
    baseline: Method,
    candidate: Method,
    *,
    clips: Sequence[DatasetClip] | None = None,
    views: Views = _AS_THEY_ARE,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> StreetScore:
    """miou of both on the synthetic street, on seeds that are never trained on (split `verdict`).

    clips: others than those, with labels. views: of their classes, where those that are compared are the street's.
    progress: called after every frame. cancelled: asked after every frame;
    Cancelled is raised then. Raises BackendError when a runtime fails, DatasetError for a frame without labels.
    """
    methods = (baseline, candidate)
    counts = [
        len(method.card.class_set) if view is None else view.classes
        for method, view in zip(methods, views, strict=True)
    ]
    matrices = [ConfusionMatrix(count) for count in counts]
    frames = 0
    clips = open_street(None, "verdict").clips if clips is None else clips
    total = sum(clip.frame_count or 0 for clip in clips)
    for clip in clips:
        for method in methods:
            method.reset()
        for frame in clip.frames():
            if frame.labels is None:
                raise DatasetError(f"{clip.name}: frame {frame.index} has no labels to judge by; give labelled clips")
            height, width = frame.labels.shape
            for method, matrix, view in zip(methods, matrices, views, strict=True):
                mask = to_size(method.segment(frame.rgb).mask, width, height)
                matrix.update(mask if view is None else view.of(mask), frame.labels)
            frames += 1
            if progress is not None:
                progress(frames, total)
            if cancelled():
                raise Cancelled
    before, after = (matrix.miou() for matrix in matrices)
    if before is None or after is None:
        raise DatasetError("no frame to judge by; give labelled clips")
    return StreetScore(before, after, frames)
