"""The rules: from what was measured to a verdict. Thresholds live here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.measures import Interval
from engine.measures.scores import Scores
from engine.models.classes import ClassSet, bundled_class_set
from engine.verdict.kept import ClassKept, Kept
from engine.verdict.result import Condition, Outcome, Verdict

MOST_DOWN = 1.0
"""Points by which agreement with the referee, and miou on the synthetic street, may be down."""
LEAST_RECALL = 0.7
SHARE_OF_RECALL = 0.9
"""Of the baseline's own recall, where that is asked instead, being less than 0.7."""
LEAST_AREA, MOST_AREA = 0.5, 2.0
MOST_LAG = 0.25
"""Frames."""
LEAST_FRESH = 0.7
MOST_OUTSIDE = 0.0002
"""Share of the pixels that may go to no class, beyond the baseline's."""

BUNDLED = "camvid"
"""The class set of the domain that is bundled: that of the synthetic street."""

_SPLITS = ("flicker_static", "flicker_moving", "flicker_boundary")


@dataclass(frozen=True, slots=True)
class StreetScore:
    """miou of both on the synthetic street, 0..100, over so many frames."""

    baseline: float
    candidate: float
    frames: int


def is_bundled(class_set: ClassSet) -> bool:
    """Whether a model of these classes can be judged on the synthetic street."""
    return class_set.names == bundled_class_set(BUNDLED).names


def decide(
    class_set: ClassSet,
    scores: tuple[Scores, Scores],
    kept: Kept,
    *,
    referee: str,
    street: StreetScore | None = None,
) -> Verdict:
    """The verdict on a candidate. scores: the baseline's and the candidate's, of the same frames.

    referee: who it was, in words. street: miou on the synthetic street; of models that can be judged there, a candidate
    that was not cannot be better.
    """
    conditions = _of_the_clip(class_set.names, scores, kept)
    conditions.append(_street(class_set, street, [each for each in conditions if each.refuses]))
    refusing = [each for each in conditions if each.refuses]
    flicker = conditions[0]
    more = flicker.interval is not None and flicker.interval.low > 0
    outcome: Outcome = "better"
    if more or any(each.passed is False and each.harms for each in refusing):
        outcome = "worse"
    elif refusing:
        outcome = "not better"
    # What is lost weighs more than what was not gained; a steady mask is worth nothing without it.
    refusing.sort(key=lambda each: (not (each.passed is False and each.harms), _WEIGHT.index(each.name)))
    reasons = [each.says for each in refusing] or [f"{flicker.says} Nothing that the baseline shows is lost."]
    return Verdict(outcome, tuple(reasons), tuple(conditions), kept.frames, kept.refereed, referee)


_WEIGHT = ("classes", "agreement", "lag", "inside", "street", "tc", "flicker")


def stands(class_set: ClassSet, scores: tuple[Scores, Scores], kept: Kept) -> bool:
    """Whether nothing but the synthetic street can still refuse the candidate."""
    return not any(each.refuses for each in _of_the_clip(class_set.names, scores, kept))


def _of_the_clip(names: Sequence[str], scores: tuple[Scores, Scores], kept: Kept) -> list[Condition]:
    """All conditions but that of the synthetic street, in the order of (a) to (d)."""
    before, after = scores[0].values(), scores[1].values()
    intervals = scores[0].intervals(scores[1])
    return [
        _flicker(before, after, intervals["flicker"]),
        _tc(before, after, intervals["tc"]),
        _agreement(kept),
        _classes(names, kept),
        _lag(kept),
        _inside(kept),
    ]


def _flicker(before: dict[str, float | None], after: dict[str, float | None], interval: Interval | None) -> Condition:
    a, b = before["flicker"], after["flicker"]
    values = {f"{name}_{who}": of[name] for name in ("flicker", *_SPLITS) for who, of in _both(before, after)}
    if a is None or b is None or interval is None:
        passed, says = None, f"Too little to tell whether it flickers less: {_NO_INTERVAL}."
    else:
        passed = interval.high < 0
        bounds = f"interval of the difference {_signed(100 * interval.low)} to {_signed(100 * interval.high)}"
        word = "is down" if passed else "is up" if interval.low > 0 else "is not down for certain"
        says = f"Flicker {word}: {100 * a:.2f} % to {100 * b:.2f} % of the visible pixels, {bounds}."
    return Condition(
        "flicker",
        "Flicker is down, the interval of the difference below 0",
        passed,
        says,
        blocks=True,
        values=values,
        thresholds={"interval_high": 0.0},
        interval=interval,
    )


def _tc(before: dict[str, float | None], after: dict[str, float | None], interval: Interval | None) -> Condition:
    a, b = before["tc"], after["tc"]
    if a is None or b is None or interval is None:
        passed, says = None, f"Too little to tell whether tc is down: {_NO_INTERVAL}."
    else:
        passed = interval.high >= 0
        bounds = f"interval of the difference {_signed(interval.low)} to {_signed(interval.high)}"
        word = "is up" if interval.low > 0 else "is within noise" if passed else "is down"
        says = f"tc {word}: {a:.1f} to {b:.1f}, {bounds}."
    return Condition(
        "tc",
        "Temporal consistency (tc) is not down beyond its interval",
        passed,
        says,
        blocks=True,
        harms=True,
        values={"tc_baseline": a, "tc_candidate": b},
        thresholds={"interval_high": 0.0},
        interval=interval,
    )


def _agreement(kept: Kept) -> Condition:
    both = kept.agreement
    values: dict[str, float | None] = {"agreement_baseline": None, "agreement_candidate": None}
    if both is None:
        passed, says = None, "The referee is sure of no pixel, so nothing shows that the masks are still right."
    else:
        values = {"agreement_baseline": both[0], "agreement_candidate": both[1]}
        passed = both[1] >= both[0] - MOST_DOWN
        says = (
            f"Agreement with the referee goes from {both[0]:.1f} to {both[1]:.1f}; "
            f"at most {MOST_DOWN:g} point less is allowed."
        )
    return Condition(
        "agreement",
        f"Agreement with the referee is down by at most {MOST_DOWN:g} point",
        passed,
        says,
        blocks=True,
        harms=True,
        values=values,
        thresholds={"most_down": MOST_DOWN},
    )


def _classes(names: Sequence[str], kept: Kept) -> Condition:
    by_class: dict[str, dict[str, float | bool | None]] = {}
    lost: list[str] = []
    for class_id, each in kept.classes().items():
        said = _lost(each)
        lost += [f"{names[class_id]} ({said})"] if said else []
        by_class[names[class_id]] = {
            "share": each.share,
            "recall": each.recall,
            "recall_baseline": each.recall_before,
            "area": each.area,
            "kept": not said,
        }
    passed = None if not by_class else not lost
    says = f"All {len(by_class)} classes that are seen are kept."
    if lost:
        says = f"Classes are not kept: {', '.join(lost)}."
    return Condition(
        "classes",
        f"Of every class that is seen, at least {_percent(LEAST_RECALL)} of the referee's pixels are kept, and between "
        f"{LEAST_AREA:g} and {MOST_AREA:g} times the baseline's area",
        passed,
        says if by_class else "No class is seen often enough to be held against the referee.",
        blocks=True,
        harms=True,
        thresholds={"least_recall": LEAST_RECALL, "least_area": LEAST_AREA, "most_area": MOST_AREA},
        by_class=by_class,
    )


def _lost(kept: ClassKept) -> str:
    """What is wrong with a class, empty where nothing is."""
    recall, before = kept.recall, kept.recall_before or 0.0
    if kept.area == 0 or (recall == 0 and before > 0):
        return "gone"
    said = []
    if recall is not None and recall < min(LEAST_RECALL, SHARE_OF_RECALL * before):
        said.append(f"{100 * _cut(recall, 3):.1f} % found")
    if kept.area is not None and not LEAST_AREA <= kept.area <= MOST_AREA:
        said.append(f"{_cut(kept.area, 2):.2f} times its area")
    return ", ".join(said)


def _lag(kept: Kept) -> Condition:
    lag, fresh = kept.lag, kept.fresh
    said = []
    if lag is not None and lag > MOST_LAG:
        said.append(f"it trails the baseline by {lag:.1f} frames (at most {MOST_LAG:g} allowed)")
    if fresh is not None and fresh < LEAST_FRESH:
        said.append(
            f"it shows the new class on {_percent(fresh)} of the pixels that something has just moved onto "
            f"(at least {_percent(LEAST_FRESH)} asked)"
        )
    passed = None if lag is None and fresh is None else not said
    says = "It does not trail the baseline." if passed else "Too little changes to measure a lag."
    if said:
        text = " and ".join(said)
        says = f"{text[0].upper()}{text[1:]}."
    return Condition(
        "lag",
        f"It trails the baseline by at most {MOST_LAG:g} frames, and shows at least {_percent(LEAST_FRESH)} of what "
        "has just moved",
        passed,
        says,
        harms=True,
        values={"lag": lag, "fresh": fresh},
        thresholds={"most_lag": MOST_LAG, "least_fresh": LEAST_FRESH},
    )


def _inside(kept: Kept) -> Condition:
    before, now = kept.outside
    passed = now <= before + MOST_OUTSIDE
    return Condition(
        "inside",
        "No more pixels than the baseline's are of no class",
        passed,
        f"{'No more' if passed else 'More'} pixels are of no class: {100 * before:.2f} % to {100 * now:.2f} %.",
        harms=True,
        values={"outside_baseline": before, "outside_candidate": now},
        thresholds={"most_more": MOST_OUTSIDE},
    )


def _street(class_set: ClassSet, street: StreetScore | None, refusing: Sequence[Condition]) -> Condition:
    values: dict[str, float | None] = {"miou_baseline": None, "miou_candidate": None}
    passed: bool | None = None
    bundled = is_bundled(class_set)
    if street is not None:
        values = {"miou_baseline": street.baseline, "miou_candidate": street.candidate}
        passed = street.candidate >= street.baseline - MOST_DOWN
        says = (
            f"On the synthetic street miou goes from {street.baseline:.1f} to {street.candidate:.1f}; "
            f"at most {MOST_DOWN:g} point less is allowed."
        )
    elif not bundled:
        says = "The synthetic street does not have these classes."
    else:
        says = "The synthetic street was left out" + (", since it is refused already." if refusing else ".")
    return Condition(
        "street",
        f"The miou on a synthetic street that nothing is ever trained on is down by at most {MOST_DOWN:g} point",
        passed,
        says,
        blocks=bundled and not refusing,
        harms=True,
        values=values,
        thresholds={"most_down": MOST_DOWN},
    )


_NO_INTERVAL = "an interval takes one clip of at least 9 pairs of frames, or three clips"


def _both(before: dict[str, float | None], after: dict[str, float | None]) -> tuple:
    return (("baseline", before), ("candidate", after))


def _cut(value: float, digits: int) -> float:
    """Rounded down, so that what is just below a threshold does not read as if it reached it."""
    return math.floor(value * 10**digits) / 10**digits


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
