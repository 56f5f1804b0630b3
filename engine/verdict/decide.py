"""From what was measured to a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.measures.scores import Scores
from engine.models.classes import ClassSet, bundled_class_set
from engine.verdict.by_class import by_class, sightings
from engine.verdict.kept import Kept
from engine.verdict.labelled import LabelScore, condition_of
from engine.verdict.losses import losses
from engine.verdict.result import Condition, Outcome, Verdict
from engine.verdict.steadier import steadier

MOST_DOWN_ON_STREET = 1.0
"""Points by which miou on the synthetic street may be down."""

BUNDLED = "camvid"
"""The class set of the domain that is bundled: that of the synthetic street."""

_WEIGHT = (
    "objects",
    "classes",
    "agreement",
    "edges",
    "area",
    "ghosts",
    "lag",
    "inside",
    "street",
    "labelled",
    "tc",
    "flicker",
)
"""What is lost weighs more than what was not gained; a steady mask is worth nothing without it."""


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
    clips: Sequence[Kept],
    *,
    referee: str,
    street: StreetScore | None = None,
    labelled: LabelScore | None = None,
) -> Verdict:
    """The verdict on a candidate. scores: the baseline's and the candidate's, of the same frames. clips: at least one.

    referee: who it was, in words. street: miou on the synthetic street; of models that can be judged there, a candidate
    that was not cannot be better. labelled: accuracy on images that people have labelled, where there are some.
    """
    names = class_set.names
    conditions = _of_the_clips(names, scores, clips)
    conditions.append(_street(class_set, street, [each for each in conditions if each.refuses]))
    if labelled is not None:
        conditions.append(condition_of(labelled))
    refusing = [each for each in conditions if each.refuses]
    flicker = conditions[0]
    more = flicker.interval is not None and flicker.interval.low > 0
    outcome: Outcome = "better"
    if more or any(each.passed is False and each.harms for each in refusing):
        outcome = "worse"
    elif refusing:
        outcome = "not better"
    refusing.sort(key=lambda each: (not (each.passed is False and each.harms), _WEIGHT.index(each.name)))
    reasons = [each.says for each in refusing] or [f"{flicker.says} Nothing that the baseline holds is lost."]
    reasons += [each.says for each in conditions if each.name == "labelled" and each not in refusing]
    seen = [_in(kept, clips, text) for kept in clips for text in sightings(names, kept)]
    return Verdict(
        outcome,
        tuple(reasons),
        tuple(conditions),
        sum(kept.frames for kept in clips),
        sum(kept.refereed for kept in clips),
        referee,
        tuple(seen),
        by_class(names, clips),
    )


def stands(class_set: ClassSet, scores: tuple[Scores, Scores], clips: Sequence[Kept]) -> bool:
    """Whether nothing but the synthetic street can still refuse the candidate."""
    return not any(each.refuses for each in _of_the_clips(class_set.names, scores, clips))


def _of_the_clips(names: Sequence[str], scores: tuple[Scores, Scores], clips: Sequence[Kept]) -> list[Condition]:
    """All conditions but that of the synthetic street. What is lost is asked of every clip by itself."""
    by_clip = [losses(names, kept) for kept in clips]
    return [*steadier(scores), *(_hardest(same, clips) for same in zip(*by_clip, strict=True))]


def _hardest(same: Sequence[Condition], clips: Sequence[Kept]) -> Condition:
    """One condition over all clips: unmet where it is in any, with those clips' sentences and the first's values."""
    unmet = [place for place, each in enumerate(same) if each.passed is False]
    unmet = unmet or [place for place, each in enumerate(same) if each.refuses]
    if unmet:
        says = " ".join(_in(clips[place], clips, same[place].says) for place in unmet)
        return replace(same[unmet[0]], says=says)
    return next((each for each in same if each.passed), same[0])


def _in(kept: Kept, clips: Sequence[Kept], text: str) -> str:
    """A sentence about one clip, which is named where there are several."""
    return text if len(clips) == 1 else f"In {kept.name}: {text}"


def _street(class_set: ClassSet, street: StreetScore | None, refusing: Sequence[Condition]) -> Condition:
    values: dict[str, float | None] = {"miou_baseline": None, "miou_candidate": None}
    passed: bool | None = None
    bundled = is_bundled(class_set)
    if street is not None:
        values = {"miou_baseline": street.baseline, "miou_candidate": street.candidate}
        passed = street.candidate >= street.baseline - MOST_DOWN_ON_STREET
        says = (
            f"On the synthetic street miou goes from {street.baseline:.1f} to {street.candidate:.1f}; "
            f"at most {MOST_DOWN_ON_STREET:g} point less is allowed."
        )
    elif not bundled:
        says = "The synthetic street does not have these classes."
    else:
        says = "The synthetic street was left out" + (", since it is refused already." if refusing else ".")
    return Condition(
        "street",
        "The miou on a synthetic street that nothing is ever trained on is down by at most "
        f"{MOST_DOWN_ON_STREET:g} point",
        passed,
        says,
        blocks=bundled and not refusing,
        harms=True,
        values=values,
        thresholds={"most_down": MOST_DOWN_ON_STREET},
    )
