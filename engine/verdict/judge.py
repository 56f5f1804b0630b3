"""Judging a candidate against a baseline: frame by frame, over a clip, and on the synthetic street."""

from collections.abc import Sequence

from engine.datasets import DatasetClip
from engine.datasets.synthetic import open_street
from engine.errors import Cancelled, DatasetError
from engine.flow import Motion
from engine.measures.accuracy import ConfusionMatrix
from engine.measures.pair import PairCounts, to_size
from engine.measures.scores import Scores
from engine.methods import Method, model_of
from engine.models.classes import ClassSet
from engine.models.mapping import ClassView
from engine.progress import CancelCheck, Progress, never
from engine.segmentation import Segmentation
from engine.verdict.decide import StreetScore, decide, is_bundled, stands
from engine.verdict.evidence import Evidence
from engine.verdict.kept import Kept
from engine.verdict.labelled import LabelScore
from engine.verdict.referee import Referee, seed_of
from engine.verdict.result import Verdict
from engine.video import VideoSource

LABELS = "labels"
"""The referee's name where people have labelled the frames."""

ClassViews = tuple[ClassView | None, ClassView | None]
"""What translates the baseline's and the candidate's masks into the classes that are compared; None for nothing."""
_AS_THEY_ARE: ClassViews = (None, None)


class Judge:
    """A baseline's and a candidate's masks in, frame by frame, a verdict out at any time. Streaming and bounded.

        judge, evidence = Judge(class_set, referee=referee.says), EvidenceMaker()
        judge.begin_clip()
        for ...:
            judge.weigh(evidence.update(referee.segment(rgb), motion))  # about the frame before
            judge.update(baseline, candidate, motion)
        print(judge.verdict().sentence())

    With labels, `weigh(Evidence.of_labels(labels))` after each frame's `update`. What is lost is asked of every clip by
    itself. See `engine.verdict` for what that is.
    """

    def __init__(
        self,
        class_set: ClassSet,
        *,
        referee: str = LABELS,
        scores: tuple[Scores, Scores] | None = None,
        leaves_out: bool = False,
    ) -> None:
        """class_set: of both methods. referee: who makes the evidence that the candidate must keep to, in words.

        scores: the baseline's and the candidate's where somebody else adds to them, and gives `update` the pairs.
        leaves_out: the masks hold classes that are not compared, see `Kept`.
        """
        self.class_set, self.referee = class_set, referee
        self._scores = scores or (Scores(len(class_set)), Scores(len(class_set)))
        self._adds = scores is None
        self._leaves_out = leaves_out
        self.clips: list[Kept] = []

    @property
    def frames(self) -> int:
        """How many it has seen."""
        return sum(kept.frames for kept in self.clips)

    def begin_clip(self, name: str = "") -> None:
        """Another clip begins."""
        name = name or f"clip {len(self.clips) + 1}"
        self.clips.append(Kept(len(self.class_set), name, leaves_out=self._leaves_out))
        if self._adds:
            for scores in self._scores:
                scores.begin_clip()

    def update(
        self,
        baseline: Segmentation,
        candidate: Segmentation,
        motion: Motion | None,
        pair: PairCounts | None = None,
    ) -> None:
        """Add a frame of the clip. motion: against the frame before, None for the first one and after a cut.

        pair: the baseline's along it, where somebody else adds to the scores.
        """
        if self._adds:
            pair = self._scores[0].update(baseline.mask, motion, alpha=baseline.soft_mask)
            self._scores[1].update(candidate.mask, motion, alpha=candidate.soft_mask)
        self.clips[-1].update(baseline.classes, candidate.classes, motion, pair)
        self.clips[-1].soften(baseline, candidate, motion)

    def weigh(self, evidence: Evidence | None) -> None:
        """Hold the frame that was added last against the evidence about it; nothing happens where there is none."""
        if evidence is not None:
            self.clips[-1].weigh(evidence)

    @property
    def stands(self) -> bool:
        """Whether nothing but the synthetic street can still refuse the candidate."""
        return stands(self.class_set, self._scores, self.clips)

    def verdict(self, street: StreetScore | None = None, labelled: LabelScore | None = None) -> Verdict:
        """The verdict so far. street: see `judge_street`; a model of the bundled domain cannot be better without it.

        labelled: see `score_labelled`.
        """
        return decide(self.class_set, self._scores, self.clips, referee=self.referee, street=street, labelled=labelled)


def conclude(
    judge: Judge,
    baseline: Method,
    candidate: Method,
    *,
    views: ClassViews = _AS_THEY_ARE,
    labelled: LabelScore | None = None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Verdict:
    """The verdict on a clip whose frames `judge` has, with the synthetic street where nothing else is against it.

    The street is rendered, and takes some ten seconds. views: of the two methods' classes. labelled: see
    `score_labelled`. progress: called after every
    frame of it, the clip's counted as well. Raises as `judge_street` does.
    """
    street = None
    if is_bundled(judge.class_set) and judge.stands:
        frames = judge.frames

        def tell(done: int, total: int | None) -> None:
            if progress is not None:
                progress(frames + done, None if total is None else frames + total)

        street = judge_street(baseline, candidate, views=views, progress=tell, cancelled=cancelled)
    return judge.verdict(street, labelled)


def referee_of(baseline: Method, source: VideoSource, candidate: Method) -> Referee:
    """The referee of a clip: the model inside the baseline, asked about frames that the candidate could not know of."""
    return Referee(model_of(baseline), len(baseline.card.class_set), source.frame_count, seed=seed_of(candidate))


def judge_street(
    baseline: Method,
    candidate: Method,
    *,
    clips: Sequence[DatasetClip] | None = None,
    views: ClassViews = _AS_THEY_ARE,
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
