"""What the readout says of each measure: the values of A and B, their difference, and what it is worth. No Qt."""

from dataclasses import dataclass
from typing import Literal

from engine.live.summary import SlotSummary, SpanSummary
from engine.methods import parse_method

Tone = Literal["plain", "better", "worse", "quiet"]
Name = Literal["flicker", "tc", "latency_p50", "latency_max", "lag", "agreement"]

NONE = "–"
_LIVE = "Live: Farnebäck flow, masks 320 pixels wide or less."


@dataclass(frozen=True, slots=True)
class Line:
    """One measure as text. change: B − A. word: what that is worth, with `tone` as its colour. tip: the definition."""

    title: str
    unit: str
    a: str
    b: str
    change: str
    word: str
    tone: Tone
    tip: str


@dataclass(frozen=True, slots=True)
class _Measure:
    """times: from the value to what is shown. better: which way. least: of a difference that is said to be one, where
    no interval tells; in the measure's unit, or as a share of A's value (`relative`).
    """

    name: Name
    title: str
    unit: str
    definition: str
    times: float = 1
    digits: int = 2
    better: Literal["less", "more"] = "less"
    interval: bool = False
    least: float = 0
    relative: bool = False


_MEASURES = (
    _Measure(
        "flicker",
        "Flicker",
        "% of pixels",
        "Share of the visible pixels whose class differs from the one before, brought along the motion. Mean over the "
        f"frame pairs of the span; less is better. {_LIVE}",
        times=100,
        interval=True,
    ),
    _Measure(
        "tc",
        "tc",
        "of 100",
        "Temporal consistency: IoU with the mask before, brought along the motion, over the visible pixels. Pooled "
        f"over the span, mean over the classes that occur; more is better. {_LIVE}",
        better="more",
        interval=True,
    ),
    _Measure(
        "lag",
        "Lag",
        "frames",
        "By how many frames a method trails the model inside it, from how the areas of the classes change. A model "
        "alone trails nothing; 48 frames in a row are needed.",
        digits=1,
        least=0.25,
    ),
    _Measure(
        "latency_p50",
        "Latency",
        "ms, median",
        "What a frame costs, in the middle. Of a method around a model, with the model inside.",
        digits=1,
        least=0.1,
        relative=True,
    ),
    _Measure(
        "latency_max",
        "Latency",
        "ms, longest",
        "What the slowest frame of the span cost. Far above the median where only key frames are segmented.",
        digits=1,
        least=0.5,
        relative=True,
    ),
)
NOISE = (
    "Within noise: the middle 95 % of 1,000 resamples of stretches of the span hold 0 as well; another part of the "
    "clip may turn the difference round."
)
_AGREEMENT = (
    "Mean IoU of B's masks with A's over the frames that both have: how much of A is still there. It is no accuracy; "
    "either of the two may be right."
)


def definitions() -> list[str]:
    """What the words of the sentence mean, each with its name."""
    defined = [f"{each.title}: {each.definition}" for each in _MEASURES if each.name in ("flicker", "lag")]
    return [*defined, f"Agreement: {_AGREEMENT}", NOISE]


def lines(summary: SpanSummary) -> list[Line]:
    """A line for every measure that the slots can have; of A alone where there is no B."""
    told = [_line(summary, measure) for measure in _MEASURES]
    if summary.b is not None and summary.apart is None:
        agreement = written(summary.b.agreement, 1, 2)
        # Beside the other price of being steady, before what a frame costs.
        told.insert(3, Line("Agreement", "with A, of 100", "", agreement, "", "", "plain", _AGREEMENT))
    return told


def _line(summary: SpanSummary, measure: _Measure) -> Line:
    a, b = _value(summary.a, measure.name), _value(summary.b, measure.name)
    change = _change(summary, measure.name, a, b)
    word, tone = _judged(summary, measure, a, change)
    return Line(
        title=measure.title,
        unit=measure.unit,
        a=written(a, measure.times, measure.digits),
        b=written(b, measure.times, measure.digits),
        change=written(change, measure.times, measure.digits, signed=True),
        word=word,
        tone=tone,
        tip="\n".join([f"{measure.title}, {measure.unit}", measure.definition, *_certainty(summary, measure)]),
    )


def _value(slot: SlotSummary | None, name: Name) -> float | None:
    if slot is None:
        return None
    value: float | None = getattr(slot, name)
    return value


def _change(summary: SpanSummary, name: Name, a: float | None, b: float | None) -> float | None:
    if name == "lag" and summary.a is not None and summary.b is not None:
        # A model alone has no lag to be measured, and trails nothing.
        a = 0.0 if a is None and _alone(summary.a) and b is not None else a
        b = 0.0 if b is None and _alone(summary.b) and a is not None else b
    apart = summary.apart is not None and name in ("flicker", "tc")
    return None if a is None or b is None or apart else b - a


def _alone(slot: SlotSummary) -> bool:
    return parse_method(slot.method).wrapper is None


def _judged(summary: SpanSummary, measure: _Measure, a: float | None, change: float | None) -> tuple[str, Tone]:
    if change is None:
        return "", "quiet"
    if measure.interval:
        noise = summary.within_noise(measure.name)
        if noise is None:
            return ("too few frames", "quiet") if change else ("alike", "quiet")
        if noise:
            return ("within noise" if change else "alike"), "quiet"
    else:
        least = measure.least * (abs(a) if measure.relative and a is not None else 1)
        if abs(change) < least or not change:
            return "alike", "quiet"
    arrow = "▼" if change < 0 else "▲"
    good = (change < 0) == (measure.better == "less")
    return f"{arrow} {'better' if good else 'worse'}", "better" if good else "worse"


def _certainty(summary: SpanSummary, measure: _Measure) -> list[str]:
    told = []
    interval = summary.interval.get(measure.name)
    if interval is not None:
        low, high = (written(end, measure.times, measure.digits, signed=True) for end in (interval.low, interval.high))
        told.append(f"B − A: {low} to {high}, the middle 95 % of 1,000 resamples of stretches of the span.")
    elif measure.interval and summary.apart is not None:
        told.append(f"B − A: not to be told. {summary.apart}")
    elif measure.interval and summary.b is not None:
        told.append("B − A: no interval, for too few frames.")
    if summary.within_noise(measure.name):
        told.append(NOISE)
    if measure.interval:
        pairs = [f"{slot.pairs} of {name}" for slot, name in ((summary.a, "A"), (summary.b, "B")) if slot is not None]
        told.append(f"Frame pairs: {', '.join(pairs)}.")
    return told


def written(value: float | None, times: float, digits: int, *, signed: bool = False) -> str:
    """A value as people read it; a dash where there is none."""
    if value is None:
        return NONE
    shown = times * value
    # A second and more needs no tenths of a millisecond, and there is no room for them.
    text = f"{shown:{'+' if signed else ''}.{0 if abs(shown) >= 1000 else digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")
