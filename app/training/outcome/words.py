"""What came of a steadying, in words that a person understands: from a verdict's document to sentences. No Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.compare.lines import Tone, written

_ALIKE = 1.1
"""Times; what takes less than so many times as long is as fast."""
_FASTER = 1.5
"""Times; what takes less than its share of that is told to be faster."""
_MOST_AREA = 2.0
"""Times its own; what covers more of the picture takes the room of others."""
_NAMED = 3
_POINTS_WORTH_TELLING = 0.05
_AIM, _MORE = "Less is better.", "More is better."
_INTERVAL = "The change lies between {low} and {high}: the middle 95 % of 1,000 resamples of what was judged."
_CHANCE = "It holds 0 as well, so that the change may be chance."

_Sides = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What was measured of the model before, and of the new one."""


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
    headline = _headline(document, conditions, sides)
    tone: Tone = {"better": "better", "worse": "worse"}.get(outcome, "quiet")  # type: ignore[assignment]
    is_new = bool(document.get("new_student"))
    facts = (
        _flicker(conditions, sides),
        _tc(conditions, sides),
        _agreement(conditions),
        _accuracy(document, conditions),
        _speed(sides, is_new=is_new),
    )
    return Told(
        headline=headline,
        sentence=_sentence(document, outcome, conditions, sides),
        tone=tone,
        facts=tuple(fact for fact in facts if fact is not None),
        classes=_classes(document, sides),
        reasons=(*map(str, document.get("reasons") or (document.get("reason", ""),)), *_sightings(document)),
    )


def _headline(document: Mapping[str, Any], conditions: Mapping[str, Any], sides: _Sides) -> str:
    outcome = document["verdict"]
    if outcome == "better":
        return ", ".join((_change_of_flicker(sides), "same objects", *_speed_words(sides)))
    head = "Worse" if outcome == "worse" else "Not better"
    told = (says(document, conditions[name], sides) for name, says in _AGAINST.items() if name in conditions)
    said = next(filter(None, told), "")
    return f"{head}: {said}" if said else f"{head} than before"


def _sentence(document: Mapping[str, Any], outcome: str, conditions: Mapping[str, Any], sides: _Sides) -> str:
    frames = document.get("frames")
    where = f"Judged on {frames or 'the'} frames that it did not learn from"
    flicker = conditions.get("flicker") or {}
    if outcome == "better":
        return f"{where}: nothing is lost that the model showed before."
    if outcome == "worse" and flicker.get("passed") is True:
        return f"{where}: {_change_of_flicker(sides)}, but a steadier mask is worth nothing without what was lost."
    return f"{where}. The model that you had is the better choice."


# ---- what speaks against it, the weightiest first


def _lost(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    if condition.get("passed") is not False:
        blocks = condition.get("passed") is None and condition.get("name") == "classes"
        return "no object is seen steadily enough to tell" if blocks and document["verdict"] != "worse" else ""
    classes = document.get("classes") or {}
    ways = {name: _way_lost(each) for name, each in classes.items() if each.get("kept") is False}
    gone, part, grown = (
        [name for name, way in ways.items() if way == each] for each in ("lost", "in part", "too much")
    )
    said = [f"it lost {_names(gone)}"] if gone else []
    if part:
        said.append(f"{'' if gone else 'it lost '}part of {_names(part)}")
    if grown:
        said.append(f"it sees {_names(grown)} where there is none")
    return " and ".join(said) or "it lost some of what it showed"


def _way_lost(each: Mapping[str, Any]) -> Literal["lost", "in part", "too much"]:
    """How a class that is not kept was lost."""
    area, found = each.get("area") or (0, 0), each.get("found") or (0, 0)
    if (area[0] and not area[1]) or (found[0] and not found[1]):
        return "lost"
    return "too much" if area[1] > _MOST_AREA * area[0] else "in part"


def _agrees_less(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    if condition.get("passed") is False:
        return "its masks are less often right"
    unknown = condition.get("passed") is None and document["verdict"] != "worse"
    return "nothing shows that its masks are right" if unknown else ""


def _trails(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    return "its masks trail behind what moves" if condition.get("passed") is False else ""


def _leaves_out(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    return "it leaves pixels without a class" if condition.get("passed") is False else ""


def _knows_less(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    return "it is less often right on your labelled images" if condition.get("passed") is False else ""


def _haunts(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    return "it shows things that are not there" if condition.get("passed") is False else ""


def _forgets(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    return "it has forgotten some of what it knew of other streets" if condition.get("passed") is False else ""


def _flickers(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    passed = condition.get("passed")
    if passed is True:
        return ""
    if passed is None:
        return "too few frames to tell"
    before, after = (side.get("flicker") for side in sides)
    low, high = condition.get("interval") or (0.0, 0.0)
    if low > 0:
        return f"it has {_change_of_flicker(sides)}"
    if before is None or after is None or after >= before:
        return "no less flicker"
    return f"only {_change_of_flicker(sides)}" if high < 0 else f"{_change_of_flicker(sides)} may be chance"


def _holds_together(document: Mapping[str, Any], condition: Mapping[str, Any], sides: _Sides) -> str:
    return "its masks hold together less from frame to frame" if condition.get("passed") is False else ""


_AGAINST = {
    "objects": _lost,
    "classes": _lost,
    "agreement": _agrees_less,
    "ghosts": _haunts,
    "lag": _trails,
    "inside": _leaves_out,
    "street": _forgets,
    "labelled": _knows_less,
    "tc": _holds_together,
    "flicker": _flickers,
}


# ---- before and after


def _flicker(conditions: Mapping[str, Any], sides: _Sides) -> Fact | None:
    before, after = (side.get("flicker") for side in sides)
    word, tone, interval, certainty = _worth(conditions.get("flicker"), before, after, times=100, less=True)
    if word in ("better", "worse") and before is not None and after is not None:
        word = _share(before, after)
    tip = f"Flicker: share of the visible pixels whose class differs from the frame before. {_AIM}"
    return Fact(
        "Flicker, %", written(before, 100, 2), written(after, 100, 2), word, tone, interval, f"{tip}{certainty}"
    )


def _tc(conditions: Mapping[str, Any], sides: _Sides) -> Fact | None:
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
    most = (condition.get("thresholds") or {}).get("most_down", 0.5)
    word = "less" if down else "more" if after - before > most else "alike"
    tip = (
        "Agreement: how far the masks are what the model is sure of in single frames, looked at in several "
        f"views. At most {most:g} points less are allowed."
    )
    return Fact(
        "Agreement, of 100", written(before, 1, 1), written(after, 1, 1), word, "worse" if down else "quiet", "", tip
    )


def _accuracy(document: Mapping[str, Any], conditions: Mapping[str, Any]) -> Fact | None:
    """On labelled images, where somebody gave some."""
    labelled = document.get("labelled") or {}
    before, after = labelled.get("miou_before"), labelled.get("miou_after")
    if before is None or after is None:
        return None
    word, tone, interval, certainty = _worth(conditions.get("labelled"), before, after, times=1, less=False)
    images = labelled.get("images")
    tip = f"miou, how right the masks are, on {images} of your labelled images that it did not learn from. {_MORE}"
    title = "On your labels, of 100"
    return Fact(title, written(before, 1, 1), written(after, 1, 1), word, tone, interval, f"{tip}{certainty}")


def _speed(sides: _Sides, *, is_new: bool) -> Fact | None:
    before, after = (side.get("latency_p50") for side in sides)
    if not before or not after:
        return None
    slower, faster = after > _ALIKE * before, before > _ALIKE * after
    word = "slower" if slower else "faster" if faster else "as fast"
    tip = "Latency: what a frame costs on this machine, in the middle. " + (
        "It is another network than before." if is_new else "It is the same network, so it costs the same."
    )
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


def _classes(document: Mapping[str, Any], sides: _Sides) -> tuple[Fact, ...]:
    """Of each class that was seen its flicker before and after, and what is kept of it."""
    kept = document.get("classes") or {}
    before, after = ((side.get("by_class") or {}).get("flicker") or {} for side in sides)
    names = [*kept, *(name for name, value in before.items() if value is not None and name not in kept)]
    return tuple(_class(name, before.get(name), after.get(name), kept.get(name)) for name in names)


def _class(name: str, before: float | None, after: float | None, kept: Mapping[str, Any] | None) -> Fact:
    asked = None if kept is None else kept.get("kept")
    lost = kept is not None and asked is False
    word = _way_lost(kept or {}) if lost else "kept" if asked else ""
    tone: Tone = "worse" if lost else "quiet"
    return Fact(name, written(before, 100, 1), written(after, 100, 1), word, tone, "", _tip(name, kept))


def _tip(name: str, kept: Mapping[str, Any] | None) -> str:
    if kept is None or kept.get("kept") is None:
        return f"{name} is seen too seldom to be held against what the model showed before."
    told = []
    found, iou = kept.get("found"), kept.get("iou")
    if found and found[0]:
        told.append(f"{found[1]} of its objects are found, {found[0]} were before")
    if iou:
        told.append(f"IoU with what is certain {iou[0]:.1f} to {iou[1]:.1f}, of 100")
    return f"{name}: {'; '.join(told)}." if told else f"{name} covers as much as before."


def _sightings(document: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, document.get("sightings") or ()))


# ---- words


def _change_of_flicker(sides: _Sides) -> str:
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


def _speed_words(sides: _Sides) -> list[str]:
    before, after = (side.get("latency_p50") for side in sides)
    if not before or not after:
        return []
    if before > _FASTER * after:
        return [f"{before / after:.1f} times as fast"]
    return ["same speed"] if after <= _ALIKE * before else [f"a frame takes {after / before:.1f} times as long"]


def _names(names: Sequence[str]) -> str:
    """`car`, `car and pole`, `car, pole and 3 more`."""
    shown = list(names) if len(names) <= _NAMED else [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _side(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    side: Mapping[str, Any] = document.get(name) or {}
    return side
