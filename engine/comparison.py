"""Two methods on the same frames of a clip: every measure of both, where and when each flickers. Decodes once."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, DatasetError
from engine.flow import SCORING_FLOW
from engine.frame_result import FrameResult
from engine.measures import Interval
from engine.measures.flicker_map import FlickerMap
from engine.measures.scores import SOFT, Scores
from engine.measures.scoring import Scoring
from engine.methods import Method
from engine.methods.base import FrameSegmenter
from engine.models.classes import VOID
from engine.models.mapping import Answers, ClassMapping
from engine.pipeline import run_every_frame
from engine.progress import CancelCheck, Progress, never
from engine.segmentation import Segmentation
from engine.shelves import ClipShelves
from engine.verdict import Evidence, EvidenceMaker, Judge, Verdict, conclude, referee_of
from engine.video import VideoSource

_TOLD = (
    "agreement",
    "tc",
    "tc_all",
    "tc_etc",
    "flicker",
    "flicker_static",
    "flicker_moving",
    "flicker_boundary",
    *SOFT,
    "lag",
)


@dataclass(frozen=True, slots=True, eq=False)
class ComparedFrame:
    """One frame of both methods, with what the full measures say of it."""

    result: FrameResult

    @property
    def flicker(self) -> tuple[float | None, float | None]:
        """Of A and of B, 0..1."""
        a, b = (slot.pair for slot in self.result.slots)
        return None if a is None else a.flicker(), None if b is None else b.flicker()

    @property
    def tc(self) -> tuple[float | None, float | None]:
        """Of this pair of frames, A and B, 0..100."""
        a, b = (slot.pair for slot in self.result.slots)
        return None if a is None else a.tc(), None if b is None else b.tc()


@dataclass(frozen=True)
class ComparedClasses:
    """Which classes two sets that differ were compared in.

    names: as A has them. matches: by class of B, the class of A that it stands for, or nothing. left_out_a: classes of
    A that nothing of B stands for. share: of the pixels on which both masks hold a class that is compared, 0..1; None
    before there is one.
    """

    names: tuple[str, ...]
    matches: dict[str, str]
    left_out_a: tuple[str, ...]
    share: float | None

    @property
    def left_out_b(self) -> tuple[str, ...]:
        """Classes of B that are not compared."""
        return tuple(name for name, ours in self.matches.items() if not ours)

    def as_json(self) -> dict[str, Any]:
        """What `summary.json` holds."""
        return {
            "compared": list(self.names),
            "matches": self.matches,
            "left_out_a": list(self.left_out_a),
            "left_out_b": list(self.left_out_b),
            "share": self.share,
        }


@dataclass(frozen=True)
class Comparison:
    """What came of it.

    a, b: names. measures_a, measures_b: every measure by its name. by_class_a, by_class_b: tc and flicker by class.
    interval: 95 % of B − A, of flicker and tc, of two mattes of their soft measures too. map_a, map_b: where each
    flickers. size: (width, height) that it was measured at. verdict: on B against A, None where it was not asked for.
    classes: what was compared, where the two know other classes; None where every id means the same in both.
    """

    clip: str
    frames: int
    a: str
    b: str
    provider: str
    flow: str
    size: tuple[int, int] | None
    measures_a: dict[str, float | None]
    measures_b: dict[str, float | None]
    by_class_a: dict[str, dict[str, float | None]]
    by_class_b: dict[str, dict[str, float | None]]
    interval: dict[str, Interval | None]
    map_a: FlickerMap
    map_b: FlickerMap
    note: str | None
    error: str | None
    verdict: Verdict | None = None
    classes: ComparedClasses | None = None

    @property
    def difference(self) -> dict[str, float | None]:
        """B − A of every measure; None where one of them is not there."""
        out: dict[str, float | None] = {}
        for name, a in self.measures_a.items():
            b = self.measures_b.get(name)
            out[name] = None if a is None or b is None else b - a
        return out

    @property
    def within_noise(self) -> dict[str, bool | None]:
        """By measure, whether the interval of the difference holds 0; None without an interval."""
        return {name: None if interval is None else interval.holds_zero for name, interval in self.interval.items()}

    def as_json(self) -> dict[str, Any]:
        """What `summary.json` holds."""
        return {
            "clip": self.clip,
            "frames": self.frames,
            "a": {"method": self.a, **self.measures_a, "by_class": self.by_class_a},
            "b": {"method": self.b, **self.measures_b, "by_class": self.by_class_b},
            "difference": self.difference,
            "interval": {name: None if each is None else each.as_json() for name, each in self.interval.items()},
            "within_noise": self.within_noise,
            "verdict": None if self.verdict is None else self.verdict.as_json(),
            "classes": None if self.classes is None else self.classes.as_json(),
            "flow": self.flow,
            "size": None if self.size is None else list(self.size),
            "provider": self.provider,
            "note": self.note,
            "error": self.error,
        }

    def text(self) -> str:
        """`as_json` as indented JSON text."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"


def compare(
    source: VideoSource,
    clip: str,
    a: Method,
    b: Method,
    *,
    flow: str = SCORING_FLOW,
    verdict: bool = False,
    matches: Answers = (),
    shelves: ClipShelves | None = None,
    each: Callable[[ComparedFrame], None] = lambda frame: None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Comparison:
    """Run A and B on every frame of `source` and measure both along the same flow.

    verdict: also judge B against A (`engine.verdict`): 18 inferences more for each of some 30 frames, and for a B that
    has nothing else against it some ten seconds of synthetic street.
    matches: which classes of B stand for which of A where their names do not say it, see `ClassMapping.answered`. What
    is not compared is told from nothing else that is not: docs/measures.md.
    shelves: of the clip; methods whose masks are there for every frame are not run on it.
    each: given every frame, in order. cancelled: asked after every frame; a live source ends there, for any other one
    Cancelled is raised. `agreement` is B's with A. `lag` is that of a smoothed method behind its own model.
    Raises DatasetError where the two have no classes in common to be compared in, BackendError when a runtime fails,
    UnknownNameError for a flow and for a class; what a damaged clip has to say is in `error`.
    """
    common = _Common(a, b, matches)
    class_set = common.mapping.class_set(a.card.class_set)
    names = class_set.names
    scoring = Scoring((a, b), len(names), flow)
    scores = (scoring.scores[0], scoring.scores[1])
    maps = (FlickerMap(), FlickerMap())
    referee = referee_of(a, source, b) if verdict else None
    leaves_out = not common.mapping.is_identity
    judge = None if referee is None else Judge(class_set, referee=referee.says, scores=scores, leaves_out=leaves_out)
    evidence = EvidenceMaker()
    scoring.begin_clip()
    if judge is not None:
        judge.begin_clip(clip)
    asked: tuple[FrameSegmenter, ...] = scoring.asked
    if shelves is not None and not source.live:
        asked = tuple(shelves.replay(each, source.frame_count) for each in scoring.asked)
    with closing(run_every_frame(source, *asked, *([] if referee is None else [referee]))) as results:
        for result in results:
            made = common.translated([slot.segmentation for slot in result.slots], scoring.slots)
            motion, pairs = scoring.add(result.frame.rgb, made, references=(None, common.reference(made[0], made[1])))
            for flips, pair in zip(maps, pairs, strict=True):
                if pair is not None:
                    flips.add(pair)
            if judge is not None:
                found = evidence.update(result.slots[-1].segmentation, motion)
                judge.weigh(common.evidence(found))  # about the frame before
                judge.update(made[0], made[1], motion, pairs[0])
            measured = tuple(replace(slot, pair=pair) for slot, pair in zip(result.slots, pairs, strict=False))
            each(ComparedFrame(replace(result, slots=measured)))
            if progress is not None:
                progress(scores[0].frames, source.frame_count)
            if cancelled():
                if not source.live:
                    raise Cancelled
                break
    values = [_measures(score) for score in scores]
    by_class = [
        {name: dict(zip(names, score.by_class()[name], strict=True)) for name in ("tc", "flicker")} for score in scores
    ]
    intervals = scores[0].intervals(scores[1])
    judged = None
    if judge is not None:
        # A live source was stopped to get here; nobody has asked to stop what follows.
        stop = never if source.live else cancelled
        judged = conclude(judge, a, b, views=common.mapping.views, progress=progress, cancelled=stop)
    return Comparison(
        clip=clip,
        frames=scores[0].frames,
        a=a.name,
        b=b.name,
        provider=a.report.provider,
        flow=flow,
        size=None if scoring.motion is None else scoring.motion.size,
        measures_a=values[0],
        measures_b=values[1],
        by_class_a=by_class[0],
        by_class_b=by_class[1],
        interval={name: intervals[name] for name in ("flicker", "tc", *SOFT) if name in intervals},
        map_a=maps[0],
        map_b=maps[1],
        note=source.note,
        error=str(source.error) if source.error else None,
        verdict=judged,
        classes=common.told(),
    )


class _Common:
    """Masks of both in the classes that are compared; as they are where every id means the same."""

    def __init__(self, a: Method, b: Method, matches: Answers) -> None:
        """Raises DatasetError where there is nothing to compare, UnknownNameError for a class that there is not."""
        self.mapping = ClassMapping.of_cards(a.card, b.card).answered(matches)
        if (why := self.mapping.why_not) is not None:
            raise DatasetError(
                f'{a.name} (A) and {b.name} (B): {why} Say which class of B is which of A: --map "B class=A class", or '
                "Match classes… in the window"
            )
        self._compared = self._pixels = 0

    def translated(self, made: Sequence[Segmentation], slots: Sequence[int]) -> list[Segmentation]:
        """slots: whose model made each, 0 for A and 1 for B; what comes after them, the referee's, is left out."""
        views = [self.mapping.views[slot] for slot in slots]
        return [
            each if view is None else replace(each, classes=view.of(_hard(each)), scores=None, alpha=None)
            for each, view in zip(made, views, strict=False)
        ]

    def reference(self, a: Segmentation, b: Segmentation) -> NDArray[np.uint8]:
        """A's mask for the agreement of B with it, both translated: void where a class is not compared."""
        if self.mapping.is_identity:
            return a.mask
        nowhere = self.mapping.uncompared(a.mask, b.mask)
        self._pixels += nowhere.size
        self._compared += nowhere.size - int(np.count_nonzero(nowhere))
        return np.where(nowhere, np.uint8(VOID), a.mask)

    def evidence(self, found: Evidence | None) -> Evidence | None:
        """The referee's, who knows A's classes, translated; there is none of a class that is not compared."""
        return None if found is None else found.seen_as(self.mapping.views[0])

    def told(self) -> ComparedClasses | None:
        """What was compared; None where there was nothing to choose."""
        mapping = self.mapping
        if mapping.is_identity:
            return None
        share = self._compared / self._pixels if self._pixels else None
        return ComparedClasses(mapping.names, mapping.answers, mapping.left_out[0], share)


def _hard(made: Segmentation) -> NDArray[np.uint8]:
    """Class ids; of a matte at the source's size already, since nothing else than alpha enlarges them as alpha does."""
    return made.classes if made.alpha is None else made.mask


def _measures(scores: Scores) -> dict[str, float | None]:
    values = scores.values()
    return {name: values[name] for name in _TOLD} | scores.latency()
