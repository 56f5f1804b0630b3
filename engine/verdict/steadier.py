"""Is it steadier? The two conditions that look at flicker and tc, over all clips together."""

from collections.abc import Mapping

from engine.measures import Interval
from engine.measures.scores import Scores
from engine.verdict.result import Condition
from engine.verdict.words import percent, signed

LEAST_DOWN = 0.05
"""Of itself: what flicker must be down by at least."""

_SPLITS = ("flicker_static", "flicker_moving", "flicker_boundary")
_NO_INTERVAL = "an interval takes at least 9 pairs of frames, or three clips"

_Values = dict[str, float | None]


def steadier(scores: tuple[Scores, Scores]) -> list[Condition]:
    """`flicker`, of two mattes the soft one, and `tc`. scores: the baseline's and the candidate's."""
    before, after = scores[0].values(), scores[1].values()
    intervals = scores[0].intervals(scores[1])
    soft = before["soft_flicker"] is not None and after["soft_flicker"] is not None
    return [_flicker(before, after, intervals, soft=soft), _tc(before, after, intervals["tc"])]


def _flicker(before: _Values, after: _Values, intervals: Mapping[str, Interval | None], *, soft: bool) -> Condition:
    """soft: of two mattes. Then soft change, in which few large changes weigh more, has to be down with it."""
    name, shown, of = ("soft_flicker", "Soft flicker", "") if soft else ("flicker", "Flicker", " of the visible pixels")
    beside = ("soft_change", "flicker") if soft else _SPLITS
    a, b, interval = before[name], after[name], intervals[name]
    both = (("baseline", before), ("candidate", after))
    values = {f"{each}_{who}": side[each] for each in (name, *beside) for who, side in both}
    if a is None or b is None or interval is None:
        passed, says = None, f"Too little to tell whether it flickers less: {_NO_INTERVAL}."
    else:
        certain, enough = interval.high < 0, b <= (1 - LEAST_DOWN) * a
        large = intervals["soft_change"] if soft else None
        passed = certain and enough and (large is None or large.high < 0)
        bounds = f"interval of the difference {signed(100 * interval.low)} to {signed(100 * interval.high)}"
        word = "is up" if interval.low > 0 else "is down" if certain else "is not down for certain"
        says = f"{shown} {word}: {percent(a, 2)} to {percent(b, 2)}{of}, {bounds}."
        if certain and not enough:
            says += f" That is less than the {percent(LEAST_DOWN)} of itself that are asked."
        elif certain and not passed:
            says += " But its few large changes are not smaller for certain."
    return Condition(
        "flicker",
        f"{shown} is down by at least {percent(LEAST_DOWN)} of itself, the interval of the difference below 0",
        passed,
        says,
        blocks=True,
        values=values,
        thresholds={"interval_high": 0.0, "least_down": LEAST_DOWN},
        interval=interval,
    )


def _tc(before: _Values, after: _Values, interval: Interval | None) -> Condition:
    a, b = before["tc"], after["tc"]
    if a is None or b is None or interval is None:
        passed, says = None, f"Too little to tell whether tc is down: {_NO_INTERVAL}."
    else:
        passed = interval.high >= 0
        bounds = f"interval of the difference {signed(interval.low)} to {signed(interval.high)}"
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
