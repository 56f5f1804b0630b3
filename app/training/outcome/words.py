"""What came of a steadying, in words that a person understands: from a verdict's document to sentences. No Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.compare.lines import Tone, written

_ALIKE = 1.1
"""Times; what takes less than so many times as long is as fast."""
_NAMED = 3
_POINTS_WORTH_TELLING = 0.05
_AIM = "Less is better."
_INTERVAL = "The change lies between {low} and {high}: the middle 95 % of 1,000 resamples of what was judged."
_CHANCE = "It holds 0 as well, so that the change may be chance."


@dataclass(frozen=True, slots=True)
class Fact:
    """One measure of the model before and after. word: what the change is worth, with `tone` as its colour.

    interval: of the change, empty where there is none. tip: what it is.
    """

    title: str
    before: str
    after: str
    word: str
    tone: Tone
    interval: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """headline: the answer in a few words. sentence: what it stands on. classes: flicker of each, and what is kept of
    it. reasons: the verdict's own sentences.
    """

    headline: str
    sentence: str
    tone: Tone
    facts: tuple[Fact, ...] = ()
    classes: tuple[Fact, ...] = ()
    reasons: tuple[str, ...] = ()


def told_of(document: Mapping[str, Any]) -> Told:
    """A `verdict.json` in words. What it does not hold is left out."""
    outcome = str(document["verdict"])
    conditions = {str(each.get("name")): each for each in document.get("conditions") or ()}
    sides = _side(document, "baseline"), _side(document, "candidate")
    headline = _headline(outcome, conditions, sides)
    tone: Tone = {"better": "better", "worse": "worse"}.get(outcome, "quiet")  # type: ignore[assignment]
    facts = (_flicker(conditions, sides), _tc(conditions, sides), _agreement(conditions), _speed(sides))
    return Told(
        headline=headline,
        sentence=_sentence(document, outcome, conditions, sides),
        tone=tone,
        facts=tuple(fact for fact in facts if fact is not None),
        classes=tuple(_class(name, *values) for name, values in _by_class(conditions, sides).items()),
        reasons=tuple(map(str, document.get("reasons") or (document.get("reason", ""),))),
    )


def _headline(outcome: str, conditions: Mapping[str, Any], sides: tuple[Any, Any]) -> str:
    if outcome == "better":
        return ", ".join((_change_of_flicker(sides), "same objects", *_speed_words(sides)))
    head = "Worse" if outcome == "worse" else "Not better"
    for name, says in _AGAINST.items():
        condition = conditions.get(name)
        if condition is None:
            continue
        said = says(condition, sides, outcome)
        if said:
            return f"{head}: {said}"
    return f"{head} than before"


def _sentence(document: Mapping[str, Any], outcome: str, conditions: Mapping[str, Any], sides: tuple[Any, Any]) -> str:
    frames = document.get("frames")
    where = f"Judged on {frames or 'the'} frames that it did not learn from"
    flicker = conditions.get("flicker") or {}
    if outcome == "better":
        return f"{where}: nothing is lost that the model showed before."
    if outcome == "worse" and flicker.get("passed") is True:
        return f"{where}: {_change_of_flicker(sides)}, but a steadier mask is worth nothing without what was lost."
    return f"{where}. The model that you had is the better choice."


# ---- what speaks against it, the weightiest first


def _lost(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    if condition.get("passed") is None:
        return "no object is seen often enough to tell" if outcome != "worse" else ""
    gone, part, grown = _losses(condition)
    said = [f"it lost {_names(gone)}"] if gone else []
    if part:
        said.append(f"{'' if gone else 'it lost '}part of {_names(part)}")
    if grown:
        said.append(f"it sees {_names(grown)} where there is none")
    return " and ".join(said)


def _losses(condition: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Classes that are gone, that are there in part, and that take the room of others."""
    most = (condition.get("thresholds") or {}).get("most_area", 2.0)
    gone, part, grown = list[str](), list[str](), list[str]()
    for name, each in (condition.get("by_class") or {}).items():
        if each.get("kept") is not False:
            continue
        recall, area = each.get("recall"), each.get("area")
        if area == 0 or recall == 0:
            gone.append(name)
        elif area is not None and area > most:
            grown.append(name)
        else:
            part.append(name)
    return gone, part, grown


def _agrees_less(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    if condition.get("passed") is False:
        return "its masks are less often right"
    unknown = condition.get("passed") is None and outcome != "worse"
    return "nothing shows that its masks are right" if unknown else ""


def _trails(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    return "its masks trail behind what moves" if condition.get("passed") is False else ""


def _leaves_out(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    return "it leaves pixels without a class" if condition.get("passed") is False else ""


def _forgets(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    if condition.get("passed") is False:
        return "it has forgotten some of what it knew of other streets"
    blocks = condition.get("passed") is None and outcome == "not better" and "refused already" not in _says(condition)
    return "it was not tried on other streets" if blocks and _says(condition).endswith("left out.") else ""


def _flickers(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    passed = condition.get("passed")
    if passed is True:
        return ""
    if passed is None:
        return "too few frames to tell"
    before, after = (side.get("flicker") for side in sides)
    low = (condition.get("interval") or [0.0])[0]
    if before is None or after is None or low > 0 or after >= before:
        return f"it has {_change_of_flicker(sides)}" if low > 0 else "no less flicker"
    return f"{_change_of_flicker(sides)} may be chance"


def _holds_together(condition: Mapping[str, Any], sides: tuple[Any, Any], outcome: str) -> str:
    return "its masks hold together less from frame to frame" if condition.get("passed") is False else ""


_AGAINST = {
    "classes": _lost,
    "agreement": _agrees_less,
    "lag": _trails,
    "inside": _leaves_out,
    "street": _forgets,
    "tc": _holds_together,
    "flicker": _flickers,
}


# ---- before and after


def _flicker(conditions: Mapping[str, Any], sides: tuple[Any, Any]) -> Fact | None:
    before, after = (side.get("flicker") for side in sides)
    word, tone, interval, certainty = _worth(conditions.get("flicker"), before, after, times=100, less=True)
    if word in ("better", "worse"):
        word = _share(before, after)
    tip = f"Flicker: share of the visible pixels whose class differs from the frame before. {_AIM}"
    return Fact(
        "Flicker, %", written(before, 100, 2), written(after, 100, 2), word, tone, interval, f"{tip}{certainty}"
    )


def _tc(conditions: Mapping[str, Any], sides: tuple[Any, Any]) -> Fact | None:
    before, after = (side.get("tc") for side in sides)
    word, tone, interval, certainty = _worth(conditions.get("tc"), before, after, times=1, less=False)
    tip = (
        "tc, temporal consistency: how well each class covers where it was a frame before. More is better, 100 is all."
    )
    return Fact("tc, of 100", written(before, 1, 1), written(after, 1, 1), word, tone, interval, f"{tip}{certainty}")


def _agreement(conditions: Mapping[str, Any]) -> Fact | None:
    condition = conditions.get("agreement") or {}
    values = condition.get("values") or {}
    before, after = values.get("agreement_baseline"), values.get("agreement_candidate")
    if before is None or after is None:
        return None
    down = condition.get("passed") is False
    change = after - before
    word = "less" if down else "alike" if abs(change) < 1 else "more" if change > 0 else "within a point"
    most = (condition.get("thresholds") or {}).get("most_down", 1)
    tip = (
        "Agreement: how far the masks are what the model is sure of when it looks at each frame by itself, in several "
        f"views. At most {most:g} point less is allowed."
    )
    return Fact(
        "Agreement, of 100", written(before, 1, 1), written(after, 1, 1), word, "worse" if down else "quiet", "", tip
    )


def _speed(sides: tuple[Any, Any]) -> Fact | None:
    before, after = (side.get("latency_p50") for side in sides)
    if not before or not after:
        return None
    slower, faster = after > _ALIKE * before, before > _ALIKE * after
    word = "slower" if slower else "faster" if faster else "as fast"
    tip = "Latency: what a frame costs on this machine, in the middle. It is the same network, so it costs the same."
    tone: Tone = "worse" if slower else "quiet"
    return Fact("Latency, ms", written(before, 1, 1), written(after, 1, 1), word, tone, "", tip)


def _worth(
    condition: Mapping[str, Any] | None, before: float | None, after: float | None, *, times: float, less: bool
) -> tuple[str, Tone, str, str]:
    """(word, tone, interval, sentence on the interval) of a change. less: whether that is better."""
    interval = (condition or {}).get("interval")
    if before is None or after is None or interval is None:
        return "too few frames", "quiet", "", ""
    low, high = interval
    shown = [written(end, times, 2, signed=True) for end in (low, high)]
    certainty = " " + _INTERVAL.format(low=shown[0], high=shown[1])
    text = f"{shown[0]} to {shown[1]}"
    if low <= 0 <= high:
        return "within noise", "quiet", text, f"{certainty} {_CHANCE}"
    good = (high < 0) == less
    return ("better", "better", text, certainty) if good else ("worse", "worse", text, certainty)


# ---- by class


def _by_class(conditions: Mapping[str, Any], sides: tuple[Any, Any]) -> dict[str, tuple[Any, Any, Any]]:
    """Of each class that was seen its flicker before and after, and what is kept of it."""
    kept = (conditions.get("classes") or {}).get("by_class") or {}
    flicker = [(side.get("by_class") or {}).get("flicker") or {} for side in sides]
    names = [name for name in flicker[0] if name in kept or flicker[0][name] is not None]
    names += [name for name in kept if name not in names]
    return {name: (flicker[0].get(name), flicker[1].get(name), kept.get(name)) for name in names}


def _class(name: str, before: float | None, after: float | None, kept: Mapping[str, Any] | None) -> Fact:
    word, tone, tip = _kept(name, kept)
    return Fact(name, written(before, 100, 1), written(after, 100, 1), word, tone, "", tip)


def _kept(name: str, kept: Mapping[str, Any] | None) -> tuple[str, Tone, str]:
    if kept is None:
        return "", "quiet", f"{name} is seen too seldom to be held against what the model showed before."
    gone, part, _ = _losses({"by_class": {name: kept}})
    recall, area = kept.get("recall"), kept.get("area")
    known = [] if recall is None else [f"{100 * recall:.0f} % of it is still found"]
    known += [] if area is None else [f"it covers {area:.2f} times what it did"]
    tip = f"{name}: {', '.join(known)}." if known else f"{name} is kept."
    if kept.get("kept") is not False:
        return "kept", "quiet", tip
    return ("lost" if gone else "in part" if part else "too much"), "worse", tip


# ---- words


def _change_of_flicker(sides: tuple[Any, Any]) -> str:
    before, after = (side.get("flicker") for side in sides)
    if before is None or after is None:
        return "less flicker"
    return f"{_share(before, after)} flicker"


def _share(before: float, after: float) -> str:
    """`34 % less`."""
    way = "less" if after <= before else "more"
    if not before:
        return way
    share = 100 * abs(after - before) / before
    return f"a little {way}" if share < _POINTS_WORTH_TELLING else f"{share:.{0 if share >= 1 else 1}f} % {way}"


def _speed_words(sides: tuple[Any, Any]) -> list[str]:
    before, after = (side.get("latency_p50") for side in sides)
    if not before or not after:
        return []
    return ["same speed"] if after <= _ALIKE * before else [f"a frame takes {after / before:.1f} times as long"]


def _names(names: Sequence[str]) -> str:
    """`car`, `car and pole`, `car, pole and 3 more`."""
    shown = list(names) if len(names) <= _NAMED else [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _side(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    side: Mapping[str, Any] = document.get(name) or {}
    return side


def _says(condition: Mapping[str, Any]) -> str:
    return str(condition.get("says", ""))
