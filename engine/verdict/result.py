"""The answer and what it stands on."""

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.measures import Interval

Outcome = Literal["better", "not better", "worse"]


@dataclass(frozen=True)
class Condition:
    """One thing that is asked of a candidate.

    name: `flicker`, `tc`, `agreement`, `classes`, `lag`, `inside` or `street`. asked: what is asked, in words.
    passed: True, False, or None where it does not apply or cannot be told. blocks: whether None keeps the candidate
    from being better. harms: whether a False makes it worse. says: what was found, one plain sentence.
    values: what was measured, by name; thresholds: what it was held against; interval: 95 %, of the difference.
    by_class: by class name, `share` of the referee's pixels, `recall` on them, `area` as a multiple of the baseline's
    and whether it is `kept`; of the condition `classes` alone.
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
    by_class: dict[str, dict[str, float | bool | None]] = field(default_factory=dict)

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
            "by_class": {name: _rounded(values) for name, values in self.by_class.items()},
        }


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate is better than its baseline.

    outcome: *worse* where something that the baseline had is lost (a condition with `harms` is not met), or where it
    flickers more for certain; *better* where every condition is met; else *not better*.
    reasons: plain sentences, the most important first; at least one. conditions: all, in the order of (a) to (e).
    frames: how many were judged. refereed: on how many of them the referee had something to say. referee: who it was.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]
    frames: int
    refereed: int
    referee: str

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
        }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in values.items()}
