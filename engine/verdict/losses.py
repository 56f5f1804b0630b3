"""What may be lost in one clip, a condition each. Their thresholds live here."""

from collections.abc import Sequence

from engine.verdict.kept import ClassKept, Kept
from engine.verdict.result import Condition
from engine.verdict.words import cut, percent

MOST_DOWN = 0.5
"""Points by which agreement on the evidence may be down."""
LEAST_FOUND = 0.92
LEAST_FOUND_OF_LABELS = 0.8
"""Of the objects that the baseline finds: what must still be found, but for one."""
LEAST_OBJECTS = 10
"""Of a class that the baseline finds; fewer are too few to count."""
LEAST_IOU = 0.88
"""Of the baseline's IoU, on the evidence."""
POINTS_OF_LABELS = 3.0
"""Points of IoU that a class may lose against labels, where that is more."""
LEAST_AREA, MOST_AREA = 0.5, 2.0
MOST_GHOSTS = 0.001
MOST_GHOST_PIECES = 0.6
"""Beyond the baseline's: share of the pixels, and components a refereed frame, that may be ghosts."""
LEAST_FRESH = 0.85
MOST_OUTSIDE = 0.0002
"""Share of the pixels that may go to no class, beyond the baseline's."""


def losses(names: Sequence[str], kept: Kept) -> list[Condition]:
    """`agreement`, `objects`, `classes`, `ghosts`, `lag` and `inside` of one clip; of mattes `edges` and `area`
    too, and their own `lag`. names: of the classes.
    """
    of_masks = [_agreement(kept), _objects(names, kept), _classes(names, kept), _ghosts(kept)]
    softly = [_lag(kept)] if kept.mattes is None else kept.mattes.conditions()
    return [*of_masks, *softly, _inside(kept)]


def is_guarded(each: ClassKept) -> bool:
    """Whether any condition asks for this class: there is evidence of it, or the baseline holds it."""
    return each.there or each.steady or each.found[0] >= LEAST_OBJECTS


def what_is_lost(each: ClassKept, *, labelled: bool) -> str:
    """What is wrong with a class, as far as `objects` and `classes` ask; empty where nothing is."""
    return ", ".join(said for said in (_lost_objects(each, labelled), _lost_pixels(each, labelled)) if said)


def _agreement(kept: Kept) -> Condition:
    both = kept.agreement
    values: dict[str, float | None] = {"agreement_baseline": None, "agreement_candidate": None}
    if both is None:
        passed, says = None, "There is no evidence of anything, so nothing shows that the masks are still right."
    else:
        values = {"agreement_baseline": both[0], "agreement_candidate": both[1]}
        passed = both[1] >= both[0] - MOST_DOWN
        says = (
            f"Agreement with the evidence goes from {both[0]:.1f} to {both[1]:.1f}; "
            f"at most {MOST_DOWN:g} points less are allowed."
        )
    return Condition(
        "agreement",
        f"Agreement with the evidence is down by at most {MOST_DOWN:g} points",
        passed,
        says,
        blocks=True,
        harms=True,
        values=values,
        thresholds={"most_down": MOST_DOWN},
    )


def _objects(names: Sequence[str], kept: Kept) -> Condition:
    share = LEAST_FOUND_OF_LABELS if kept.labelled else LEAST_FOUND
    counted = {id_: each for id_, each in kept.classes().items() if each.found[0] >= LEAST_OBJECTS}
    lost = {names[id_]: _lost_objects(each, kept.labelled) for id_, each in counted.items()}
    told = [f"{name} ({said})" for name, said in lost.items() if said]
    found = [sum(each.found[who] for each in counted.values()) for who in (0, 1)]
    says = f"Objects are kept: the baseline finds {found[0]}, the candidate {found[1]}."
    if told:
        says = f"Objects that the baseline finds are lost: {', '.join(told)}."
    return Condition(
        "objects",
        f"Of every class at least {share:g} of the objects that the baseline finds are found, but for one",
        not told if counted else None,
        says if counted else f"The baseline finds {LEAST_OBJECTS} objects of no class, too few to count.",
        harms=True,
        values={"found_baseline": float(found[0]), "found_candidate": float(found[1])},
        thresholds={"least_found": share, "least_objects": float(LEAST_OBJECTS)},
    )


def _classes(names: Sequence[str], kept: Kept) -> Condition:
    asked = {id_: each for id_, each in kept.classes().items() if each.there or each.steady}
    lost = {names[id_]: _lost_pixels(each, kept.labelled) for id_, each in asked.items()}
    told = [f"{name} ({said})" for name, said in lost.items() if said]
    says = f"All {len(asked)} classes that are held are kept."
    if told:
        says = f"Classes are not kept: {', '.join(told)}."
    return Condition(
        "classes",
        f"Every class of which there is evidence keeps at least {LEAST_IOU:g} of its IoU on it; of which there is "
        f"none, though the baseline holds it, between {LEAST_AREA:g} and {MOST_AREA:g} times its area",
        not told if asked else None,
        says if asked else "There is too little evidence of any class.",
        blocks=True,
        harms=True,
        thresholds={"least_iou": LEAST_IOU, "least_area": LEAST_AREA, "most_area": MOST_AREA},
    )


def _lost_objects(each: ClassKept, labelled: bool) -> str:
    before, now = each.found
    share = LEAST_FOUND_OF_LABELS if labelled else LEAST_FOUND
    if before < LEAST_OBJECTS or now >= share * before - 1:
        return ""
    return f"{now} of {before} found"


def _lost_pixels(each: ClassKept, labelled: bool) -> str:
    before, now = each.area
    if before and not now:
        return "gone"
    said = []
    if each.there and each.iou is not None:
        least = LEAST_IOU * each.iou[0]
        if labelled:
            least = min(least, each.iou[0] - POINTS_OF_LABELS / 100)
        if each.iou[1] < least:
            said.append(f"IoU {100 * each.iou[0]:.1f} to {cut(100 * each.iou[1], 1):.1f}")
    if each.steady and not each.there and before and not LEAST_AREA <= now / before <= MOST_AREA:
        said.append(f"{cut(now / before, 2):.2f} times its area")
    return ", ".join(said)


def _ghosts(kept: Kept) -> Condition:
    both = kept.ghosts
    values: dict[str, float | None] = {}
    passed: bool | None = None
    says = "Labels do not say what else might be there."
    if both is not None:
        (before, pieces_before), (now, pieces) = both
        for name, value in (("baseline", both[0]), ("candidate", both[1])):
            values |= {f"ghosts_{name}": value[0], f"pieces_{name}": value[1]}
        passed = now <= before + MOST_GHOSTS and pieces <= pieces_before + MOST_GHOST_PIECES
        says = (
            f"{'No more' if passed else 'More'} ghosts, which no view of the baseline's takes for possible: "
            f"{percent(before, 2)} to {percent(now, 2)} of the pixels, "
            f"{pieces_before:.1f} to {pieces:.1f} pieces a frame."
        )
    return Condition(
        "ghosts",
        f"At most {percent(MOST_GHOSTS, 1)} more of the pixels than the baseline's, and {MOST_GHOST_PIECES:g} pieces a "
        "frame, show what cannot be there",
        passed,
        says,
        harms=True,
        values=values,
        thresholds={"most_ghosts": MOST_GHOSTS, "most_pieces": MOST_GHOST_PIECES},
    )


def _lag(kept: Kept) -> Condition:
    fresh = kept.fresh
    passed = None if fresh is None else fresh >= LEAST_FRESH
    says = "Too little moves onto something else to see a lag."
    if fresh is not None:
        says = (
            f"It shows the new class on {percent(cut(fresh, 2))} of the pixels that something has just moved onto; at "
            f"least {percent(LEAST_FRESH)} are asked."
        )
    return Condition(
        "lag",
        f"It shows at least {percent(LEAST_FRESH)} of what has just moved",
        passed,
        says,
        harms=True,
        values={"fresh": fresh},
        thresholds={"least_fresh": LEAST_FRESH},
    )


def _inside(kept: Kept) -> Condition:
    before, now = kept.outside
    passed = now <= before + MOST_OUTSIDE
    return Condition(
        "inside",
        "No more pixels than the baseline's are of no class",
        passed,
        f"{'No more' if passed else 'More'} pixels are of no class: {percent(before, 2)} to {percent(now, 2)}.",
        harms=True,
        values={"outside_baseline": before, "outside_candidate": now},
        thresholds={"most_more": MOST_OUTSIDE},
    )
