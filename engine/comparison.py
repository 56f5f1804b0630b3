"""Two methods on the same frames of a clip: every measure of both, where and when each flickers. Decodes once."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import Cancelled
from engine.flow import SCORING_FLOW
from engine.frame_result import FrameResult
from engine.measures import Interval
from engine.measures.flicker_map import FlickerMap
from engine.measures.scores import Scores
from engine.measures.scoring import Scoring
from engine.methods import Method
from engine.methods.base import FrameSegmenter
from engine.pipeline import run_every_frame
from engine.progress import CancelCheck, Progress, never
from engine.shelves import ClipShelves
from engine.verdict import EvidenceMaker, Judge, Verdict, conclude, referee_of, same_classes
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
class Comparison:
    """What came of it.

    a, b: names. measures_a, measures_b: every measure by its name. by_class_a, by_class_b: tc and flicker by class.
    interval: 95 % of B − A, of flicker and tc. map_a, map_b: where each flickers. size: (width, height) that it was
    measured at. verdict: on B against A, None where it was not asked for.
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
    shelves: ClipShelves | None = None,
    each: Callable[[ComparedFrame], None] = lambda frame: None,
    progress: Progress | None = None,
    cancelled: CancelCheck = never,
) -> Comparison:
    """Run A and B on every frame of `source` and measure both along the same flow.

    verdict: also judge B against A (`engine.verdict`): 18 inferences more for each of some 30 frames, and for a B that
    has nothing else against it some ten seconds of synthetic street.
    shelves: of the clip; methods whose masks are there for every frame are not run on it.
    each: given every frame, in order. cancelled: asked after every frame; a live source ends there, for any other one
    Cancelled is raised. `agreement` is B's with A. `lag` is that of a smoothed method behind its own model.
    Raises DatasetError where the two do not know the same classes, BackendError when a runtime fails, UnknownNameError
    for a flow; what a damaged clip has to say is in `error`.
    """
    class_set = same_classes(a, b)
    names = class_set.names
    scoring = Scoring((a, b), len(names), flow)
    scores = (scoring.scores[0], scoring.scores[1])
    maps = (FlickerMap(), FlickerMap())
    referee = referee_of(a, source, b) if verdict else None
    judge = None if referee is None else Judge(class_set, referee=referee.says, scores=scores)
    evidence = EvidenceMaker()
    scoring.begin_clip()
    if judge is not None:
        judge.begin_clip(clip)
    asked: tuple[FrameSegmenter, ...] = scoring.asked
    if shelves is not None and not source.live:
        asked = tuple(shelves.replay(each, source.frame_count) for each in scoring.asked)
    with closing(run_every_frame(source, *asked, *([] if referee is None else [referee]))) as results:
        for result in results:
            made = [slot.segmentation for slot in result.slots]
            motion, pairs = scoring.add(result.frame.rgb, made, references=(None, made[0].mask))
            for flips, pair in zip(maps, pairs, strict=True):
                if pair is not None:
                    flips.add(pair)
            if judge is not None:
                judge.weigh(evidence.update(made[-1], motion))  # about the frame before
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
        judged = conclude(judge, a, b, progress=progress, cancelled=stop)
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
        interval={"flicker": intervals["flicker"], "tc": intervals["tc"]},
        map_a=maps[0],
        map_b=maps[1],
        note=source.note,
        error=str(source.error) if source.error else None,
        verdict=judged,
    )


def _measures(scores: Scores) -> dict[str, float | None]:
    values = scores.values()
    return {name: values[name] for name in _TOLD} | scores.latency()
