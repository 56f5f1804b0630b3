"""The answer and what it stands on."""

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.measures import Interval

Outcome = Literal["better", "not better", "worse"]


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class before and after; each pair is the baseline's and the candidate's.

    share: of the evidence, 0..1. objects: how many there were, counted anew in every refereed frame; found: of those.
    iou: on the evidence, 0..100, of several clips in the one where it falls most; None where it is nowhere on it.
    area: mean share of the picture, 0..1. kept: whether it is as asked, None where no condition asks for it.
    """

    share: float
    objects: int
    found: tuple[int, int]
    iou: tuple[float, float] | None
    area: tuple[float, float]
    kept: bool | None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, numbers to 6 digits."""
        return {
            "share": round(self.share, 6),
            "objects": self.objects,
            "found": list(self.found),
            "iou": None if self.iou is None else [round(each, 6) for each in self.iou],
            "area": [round(each, 6) for each in self.area],
            "kept": self.kept,
        }


@dataclass(frozen=True)
class Condition:
    """One thing that is asked of a candidate.

    name: `flicker`, `tc`, `agreement`, `objects`, `classes`, `edges`, `area`, `ghosts`, `lag`, `inside`, `street` or
    `labelled`. asked: in words.
    passed: True, False, or None where it does not apply or cannot be told. blocks: whether None keeps the candidate
    from being better. harms: whether a False makes it worse. says: what was found, one plain sentence.
    values: what was measured, by name; thresholds: what it was held against; interval: 95 %, of the difference.
    """

    name: str
    asked: str
    passed: bool | None
    says: str
    blocks: bool = False
    harms: bool = False
    values: dict[str, float | None] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    interval: Interval | None = None

    @property
    def refuses(self) -> bool:
        """Whether the candidate cannot be better because of this."""
        return self.passed is False or (self.passed is None and self.blocks)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, numbers to 6 digits."""
        return {
            "name": self.name,
            "asked": self.asked,
            "passed": self.passed,
            "says": self.says,
            "values": _rounded(self.values),
            "thresholds": self.thresholds,
            "interval": None if self.interval is None else self.interval.as_json(),
        }


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate is better than its baseline.

    outcome: *worse* where something that the baseline had is lost (a condition with `harms` is not met), or where it
    flickers more for certain; *better* where every condition is met; else *not better*.
    reasons: plain sentences, the most important first; at least one. conditions: all, in the order that
    `engine.verdict` tells them. frames: how many were judged. refereed: on how many of them there was evidence.
    referee: who it was. sightings: one sentence for each class that the baseline showed for a frame or two at a time,
    and that is gone; no reason against anybody. classes: by name, before and after.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]
    frames: int
    refereed: int
    referee: str
    sightings: tuple[str, ...] = ()
    classes: dict[str, ClassResult] = field(default_factory=dict)

    def condition(self, name: str) -> Condition:
        """The condition `name`. Raises KeyError where there is none."""
        for each in self.conditions:
            if each.name == name:
                return each
        raise KeyError(name)

    def sentence(self, candidate: str = "The candidate", baseline: str = "the baseline") -> str:
        """One line: the outcome, and the first reason."""
        return f"{candidate} is {self.outcome} than {baseline}. {self.reasons[0]}"

    def as_json(self) -> dict[str, Any]:
        """What `verdict.json` holds."""
        return {
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "conditions": [each.as_json() for each in self.conditions],
            "frames": self.frames,
            "refereed": self.refereed,
            "referee": self.referee,
            "sightings": list(self.sightings),
            "classes": {name: each.as_json() for name, each in self.classes.items()},
        }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}
