"""Class by class, before and after: for the people who look, over all clips together."""

from collections.abc import Sequence

from engine.verdict.kept import ClassKept, Kept
from engine.verdict.losses import is_guarded, what_is_lost
from engine.verdict.result import ClassResult
from engine.verdict.words import small

_HALF = 0.5


def by_class(names: Sequence[str], clips: Sequence[Kept]) -> dict[str, ClassResult]:
    """Of every class that is in the evidence or in a mask, in the order of the class set."""
    each_clip = [kept.classes() for kept in clips]
    told = {}
    for class_id, name in enumerate(names):
        known = [
            (kept, classes[class_id]) for kept, classes in zip(clips, each_clip, strict=True) if class_id in classes
        ]
        if not known:
            continue
        lost = [what_is_lost(each, labelled=kept.labelled) for kept, each in known if is_guarded(each)]
        # Of several clips the one in which it loses most.
        ious = [each.iou for _, each in known if each.iou is not None]
        worst = min(ious, key=lambda iou: iou[1] - iou[0], default=None)
        told[name] = ClassResult(
            share=sum(each.share for _, each in known) / len(clips),
            objects=sum(each.objects for _, each in known),
            found=_sums([each.found for _, each in known]),
            iou=None if worst is None else (100 * worst[0], 100 * worst[1]),
            area=_means([each.area for _, each in known], len(clips)),
            kept=not any(lost) if lost else None,
        )
    return told


def sightings(names: Sequence[str], kept: Kept) -> list[str]:
    """What the baseline shows only now and then, so that no condition asks for it, and the candidate hardly any more.

    One sentence a class, such as *sign: seen for a frame or two at a time on 0.02 % of the picture; no longer shown*.
    """
    return [
        f"{names[class_id]}: {_sighted(each)}"
        for class_id, each in kept.classes().items()
        if not is_guarded(each) and each.area[0] > 0 and each.area[1] < _HALF * each.area[0]
    ]


def _sighted(each: ClassKept) -> str:
    before, now = each.area
    after = f"now on {small(now)}" if now else "no longer shown"
    return f"seen for a frame or two at a time on {small(before)} of the picture; {after}"


def _sums(pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)


def _means(pairs: Sequence[tuple[float, float]], clips: int) -> tuple[float, float]:
    return sum(pair[0] for pair in pairs) / clips, sum(pair[1] for pair in pairs) / clips
