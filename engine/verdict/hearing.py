"""A span of a clip with all that a verdict needs but the candidate: asked once, for any number of candidates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.datasets import LabelledFrame
from engine.errors import Cancelled
from engine.flow import SCORING_FLOW, Motion, MotionEstimator, make_flow
from engine.methods import Method, model_of
from engine.models.classes import ClassSet
from engine.progress import CancelCheck, never
from engine.segmentation import Segmentation
from engine.verdict.evidence import Evidence, EvidenceMaker
from engine.verdict.judge import Judge
from engine.verdict.referee import MOST_FRAMES, Referee


@dataclass(frozen=True, slots=True, eq=False)
class HeardFrame:
    """One frame of a span. motion: against the frame before, None for the first one and after a cut.

    evidence: about this very frame; None where it was not drawn, or there is none.
    """

    baseline: Segmentation
    motion: Motion | None
    evidence: Evidence | None


class Hearing:
    """What `hear` gives: the baseline's masks, the motion and the evidence of a span. Candidates are judged against it
    without asking anybody again; all that `Judge` asks for is asked, so the answers are a verdict's.

        hearing = hear(baseline, frames, count)
        for checkpoint in ...:
            print(hearing.judge(checkpoint.segment(frame.rgb) for frame in frames).verdict().outcome)

    In memory some 3 MB a frame of 640 × 360, so a span is short; in a folder, nothing.
    """

    def __init__(self, class_set: ClassSet, referee: str, folder: Path | None = None) -> None:
        """folder: an empty one, where the frames are kept instead of in memory. It is the caller's to remove."""
        self.class_set, self.referee = class_set, referee
        self._folder = folder
        self._frames: list[HeardFrame | Path] = []

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[HeardFrame]:
        for each in self._frames:
            small = _read(each) if isinstance(each, Path) else each
            yield HeardFrame(small.baseline, _whole(small.motion), small.evidence)

    def add(self, frame: HeardFrame) -> None:
        """Add the span's next frame."""
        # Flow to a 2,048th of itself is exact enough to fetch by nearest, and the same for every candidate.
        small = HeardFrame(frame.baseline, _halved(frame.motion), frame.evidence)
        if self._folder is None:
            self._frames.append(small)
        else:
            self._frames.append(_write(self._folder / f"{len(self._frames):06}.npz", small))

    def judge(self, masks: Iterable[Segmentation], *, into: Judge | None = None, name: str = "") -> Judge:
        """The judge that has seen a candidate's masks of all frames, in order.

        into: a judge that has seen other spans; this one is another clip, called `name`. Raises ValueError where there
        are fewer or more masks than frames.
        """
        judge = into or Judge(self.class_set, referee=self.referee)
        judge.begin_clip(name)
        for frame, mask in zip(self, masks, strict=True):
            judge.update(frame.baseline, mask, frame.motion)
            judge.weigh(frame.evidence)
        return judge


def hear(
    baseline: Method,
    frames: Iterable[LabelledFrame],
    count: int,
    *,
    flow: str = SCORING_FLOW,
    seed: int = 0,
    most: int = MOST_FRAMES,
    folder: Path | None = None,
    cancelled: CancelCheck = never,
) -> Hearing:
    """Run the baseline, its referee and the flow on a span once.

    frames: in order, `count` of them; exact motion that they bring is used, labels are not looked at. seed, most: as
    Referee has them. folder: see Hearing. cancelled: asked after every frame; Cancelled is raised then.
    Raises BackendError when a runtime fails, UnknownNameError for a flow.
    """
    class_set = baseline.card.class_set
    referee = Referee(model_of(baseline), len(class_set), count, seed=seed, most=most)
    hearing = Hearing(class_set, referee.says, folder)
    motions, maker = MotionEstimator(make_flow(flow)), EvidenceMaker()
    baseline.reset()
    before: tuple[Segmentation, Motion | None] | None = None
    for frame in frames:
        motion = frame.motion or motions.update(frame.rgb)
        evidence = maker.update(referee.segment(frame.rgb), motion)
        if before is not None:
            hearing.add(HeardFrame(*before, evidence))
        before = baseline.segment(frame.rgb), motion
        if cancelled():
            raise Cancelled
    if before is not None:
        hearing.add(HeardFrame(*before, None))
    return hearing


def _halved(motion: Motion | None) -> Motion | None:
    if motion is None:
        return None
    backward, forward = (flow.astype(np.float16) for flow in (motion.backward, motion.forward))
    return Motion(backward, forward, motion.visible, motion.flow)  # type: ignore[arg-type]


def _whole(motion: Motion | None) -> Motion | None:
    if motion is None:
        return None
    backward, forward = (flow.astype(np.float32) for flow in (motion.backward, motion.forward))
    return Motion(backward, forward, motion.visible, motion.flow)


def _write(path: Path, frame: HeardFrame) -> Path:
    arrays: dict[str, np.ndarray] = {"baseline": frame.baseline.classes, "size": np.asarray(frame.baseline.source_size)}
    if frame.baseline.alpha is not None:
        arrays["alpha"] = frame.baseline.alpha
    if frame.motion is not None:
        motion = frame.motion
        arrays |= {"backward": motion.backward, "forward": motion.forward, "visible": motion.visible}
        arrays["flow"] = np.asarray(motion.flow)
    if frame.evidence is not None:
        arrays["evidence"], arrays["labelled"] = frame.evidence.classes, np.asarray(frame.evidence.labelled)
        if frame.evidence.possible is not None:
            arrays["possible"] = frame.evidence.possible
        if frame.evidence.alpha is not None and frame.evidence.steady is not None:
            arrays["mean_alpha"], arrays["steady"] = frame.evidence.alpha, frame.evidence.steady
    np.savez(path, allow_pickle=False, **arrays)
    return path


def _read(path: Path) -> HeardFrame:
    with np.load(path, allow_pickle=False) as held:
        size = (int(held["size"][0]), int(held["size"][1]))
        motion = evidence = None
        if "flow" in held:
            motion = Motion(held["backward"], held["forward"], held["visible"], str(held["flow"]))
        if "evidence" in held:
            possible = held.get("possible")
            soft = held.get("mean_alpha"), held.get("steady")
            evidence = Evidence(held["evidence"], possible, bool(held["labelled"]), *soft)
        return HeardFrame(Segmentation(held["baseline"], size, 0.0, alpha=held.get("alpha")), motion, evidence)
