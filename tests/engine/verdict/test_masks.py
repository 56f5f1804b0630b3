"""The verdict on masks whose truth is known: what is better is found, and nothing that only looks it."""

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from engine.flow import Motion
from engine.models.classes import VOID, bundled_class_set
from engine.verdict import Evidence, Judge, StreetScore
from tests.engine.verdict.scene import (
    CAR,
    FRAMES,
    NAMES,
    POST,
    ROAD,
    SIGN,
    SKY,
    TOY,
    Mask,
    add_clip,
    blurred,
    coarse,
    constant,
    ema,
    frozen,
    hold,
    late,
    median,
    motions,
    noisy,
    painted,
    referee,
    segmented,
    truth,
    verdict_on,
    without,
)

NOISE = 0.04


def noisy_but(masks: Sequence[Mask], class_id: int) -> list[Mask]:
    """Noise without any pixel of one class."""
    return [
        np.where((now == class_id) & (mask != class_id), SKY, now).astype(np.uint8)
        for mask, now in zip(masks, noisy(masks, NOISE), strict=True)
    ]


def refusing(verdict: object) -> list[str]:
    return [each.name for each in verdict.conditions if each.refuses]  # type: ignore[attr-defined]


def test_less_noise_on_the_same_masks_is_better() -> None:
    verdict = verdict_on(noisy(truth(), NOISE), noisy(truth(), NOISE / 4, seed=1))
    assert verdict.outcome == "better", verdict.reasons
    assert not refusing(verdict)
    assert "Flicker is down" in verdict.reasons[0]
    assert verdict.condition("street").passed is None
    assert (verdict.frames, verdict.refereed) == (FRAMES, FRAMES // 2)


def test_the_other_way_round_it_is_worse() -> None:
    verdict = verdict_on(noisy(truth(), NOISE / 4, seed=1), noisy(truth(), NOISE))
    assert verdict.outcome == "worse"
    assert "flicker" in refusing(verdict)


def test_the_baseline_is_not_better_than_itself() -> None:
    masks = noisy(truth(), NOISE)
    verdict = verdict_on(masks, masks)
    assert verdict.outcome == "not better"
    assert refusing(verdict) == ["flicker"]
    assert "not down for certain" in verdict.reasons[0]


CHEATS: list[tuple[str, Callable[[Sequence[Mask]], list[Mask]], str, str]] = [
    ("constant", constant, "classes", "sky (gone), road ("),
    ("frozen", frozen, "agreement", "Agreement with the evidence goes from"),
    ("blurred", blurred, "classes", "post (gone)"),
    ("coarse", coarse, "classes", "post ("),
    ("hold 2", hold(2), "lag", "something has just moved onto"),
    ("hold 3", hold(3), "lag", "something has just moved onto"),
    ("ema", ema(0.8), "lag", "something has just moved onto"),
    ("median 5", median(5), "lag", "something has just moved onto"),
    ("dropped", without(SIGN, SKY), "classes", "sign (gone)"),
    ("dropped", without(SIGN, SKY), "objects", "sign (0 found of the 36 that the baseline finds)"),
    ("merged", without(POST, SIGN), "classes", "post (gone)"),
    ("painted", painted, "ghosts", "1.0 pieces a frame"),
]


@pytest.mark.parametrize(
    ("cheat", "refused_by", "told"), [each[1:] for each in CHEATS], ids=[each[0] for each in CHEATS]
)
@pytest.mark.parametrize("of", ["its own", "clean"])
def test_what_only_looks_steady_is_refused_and_what_was_lost_is_named(
    cheat: Callable[[Sequence[Mask]], list[Mask]], refused_by: str, told: str, of: str
) -> None:
    """Of the baseline's own masks, and even of the right ones, which flicker less by themselves."""
    baseline = noisy(truth(), NOISE)
    verdict = verdict_on(baseline, cheat(baseline if of == "its own" else truth()))
    assert verdict.outcome == "worse"
    assert refused_by in refusing(verdict)
    assert told in " ".join(verdict.reasons), verdict.reasons


def test_more_flips_are_worse() -> None:
    baseline = noisy(truth(), 0.01)
    verdict = verdict_on(baseline, noisy(baseline, 0.01, seed=3))
    assert verdict.outcome == "worse"
    assert any("Flicker is up" in reason for reason in verdict.reasons)


# ---- each condition alone


def _with_a_hole(masks: Sequence[Mask]) -> list[Mask]:
    made = [mask.copy() for mask in masks]
    for mask in made:
        mask[:4, 60:90] = VOID
    return made


def _flickering_post(masks: Sequence[Mask]) -> list[Mask]:
    random = np.random.default_rng(5)
    return [np.where((mask == POST) & (random.random(mask.shape) < 0.11), SKY, mask).astype(np.uint8) for mask in masks]


def _sign_up_to(column: int) -> Callable[[Sequence[Mask]], list[Mask]]:
    """Of the sign, which is 12 columns wide, what is right of this one is sky."""

    def cut(masks: Sequence[Mask]) -> list[Mask]:
        made = [mask.copy() for mask in masks]
        for mask in made:
            right = mask[:, 42 + column :]
            right[right == SIGN] = SKY
        return made

    return cut


def _striped_sign(masks: Sequence[Mask]) -> list[Mask]:
    """Five of its twelve columns are sky, each too small to be a piece."""
    made = [mask.copy() for mask in masks]
    for mask in made:
        stripes = mask[:, 43:53:2]
        stripes[stripes == SIGN] = SKY
    return made


def _late_in_places(masks: Sequence[Mask]) -> list[Mask]:
    """Every third pixel or so shows what was right a frame ago."""
    random = np.random.default_rng(6)
    both = zip(masks, late(masks), strict=True)
    return [np.where(random.random(now.shape) < 0.3, before, now).astype(np.uint8) for now, before in both]


def _without_some_signs(masks: Sequence[Mask]) -> list[Mask]:
    """Five of the signs that are refereed are sky, for as long as that takes."""
    return [without(SIGN, SKY)([mask])[0] if index < 10 else mask for index, mask in enumerate(masks)]


@pytest.mark.parametrize(
    ("alone", "noise", "candidate"),
    [
        ("flicker", NOISE, lambda: noisy(truth(), NOISE)),
        ("tc", 0.003, lambda: _flickering_post(truth())),
        ("agreement", 0.001, lambda: _sign_up_to(11)(truth())),
        ("objects", NOISE, lambda: _without_some_signs(truth())),
        ("classes", 0.02, lambda: _striped_sign(truth())),
        ("ghosts", NOISE, lambda: painted(truth())),
        ("lag", NOISE, lambda: _late_in_places(truth())),
        ("inside", NOISE, lambda: _with_a_hole(truth())),
    ],
)
def test_each_condition_alone_refuses(alone: str, noise: float, candidate: Callable[[], list[Mask]]) -> None:
    verdict = verdict_on(noisy(truth(), noise), candidate())
    assert refusing(verdict) == [alone], verdict.reasons
    assert verdict.outcome == ("not better" if alone == "flicker" else "worse")
    assert verdict.reasons == (verdict.condition(alone).says,)


@pytest.mark.parametrize(
    ("street", "outcome"),
    [
        (StreetScore(48.0, 47.1, 90), "better"),
        (StreetScore(48.0, 46.9, 90), "worse"),
        (None, "not better"),
    ],
)
def test_in_the_bundled_domain_the_synthetic_street_has_a_say(street: StreetScore | None, outcome: str) -> None:
    verdict = verdict_on(
        noisy(truth(), NOISE), noisy(truth(), 0.01, seed=1), class_set=bundled_class_set("camvid"), street=street
    )
    assert verdict.outcome == outcome
    assert refusing(verdict) == ([] if outcome == "better" else ["street"])


# ---- what cannot be told


def test_too_few_frames_cannot_be_better() -> None:
    verdict = verdict_on(noisy(truth(6), NOISE), truth(6))
    assert verdict.outcome == "not better"
    assert verdict.condition("flicker").passed is None
    assert "at least 9 pairs" in verdict.reasons[0] + verdict.reasons[1]


def test_without_any_evidence_it_cannot_be_better() -> None:
    nothing = [np.full_like(mask, VOID) for mask in truth()]
    for said in (nothing, [None] * FRAMES):
        verdict = verdict_on(noisy(truth(), NOISE), truth(), said=said)
        assert verdict.outcome == "not better"
        assert refusing(verdict) == ["agreement"]
        assert "no evidence of anything" in verdict.reasons[0]
        assert verdict.refereed == 0


def test_a_class_without_evidence_that_the_baseline_holds_cannot_be_dropped_either() -> None:
    unsure = [None if said is None else np.where(said == CAR, VOID, said) for said in referee(truth())]
    verdict = verdict_on(noisy(truth(), NOISE), without(CAR, SKY)(truth()), said=unsure)
    assert verdict.outcome == "worse"
    assert refusing(verdict) == ["classes"]
    assert "car (" in verdict.reasons[0]
    assert verdict.classes["car"].iou is None
    assert verdict.sightings == ()


def test_what_is_seen_now_and_then_may_go_and_is_listed() -> None:
    """A sign of 15 pixels in every fourth frame, of which there is never evidence: what flickers is to go."""
    baseline = without(SIGN, SKY)(truth())
    for index, mask in enumerate(baseline):
        if index % 4 == 0:
            mask[2:5, 60:65] = SIGN
    said = referee(without(SIGN, SKY)(truth()))
    verdict = verdict_on(noisy_but(baseline, SIGN), without(SIGN, SKY)(truth()), said=said)
    assert verdict.outcome == "better", verdict.reasons
    assert verdict.sightings == ("sign: seen for a frame or two at a time on 0.06 % of the picture; no longer shown",)
    assert verdict.classes["sign"].kept is None
    assert verdict.classes["sign"].area[1] == 0
    again = verdict_on(noisy_but(baseline, SIGN), baseline, said=said)
    assert again.sightings == ()


def test_a_short_clip_shows_a_lag_too() -> None:
    assert verdict_on(noisy(truth(30), NOISE), late(truth(30), 2)).condition("lag").passed is False


def test_flicker_that_no_motion_explains_is_not_held_against_the_steady() -> None:
    """A patch that goes on and off for certain, referee and all: who keeps it off trails nothing."""
    baseline = truth()
    for index, mask in enumerate(baseline):
        if index % 4 < 2:
            mask[50:60, 70:90] = CAR
    verdict = verdict_on(baseline, truth(), said=referee(baseline))
    assert verdict.condition("lag").passed is True
    assert verdict.condition("lag").values["fresh"] == 1


def test_clips_are_resampled_from_three_on_and_the_spans_of_fewer() -> None:
    widths = []
    for clips in (1, 2, 3):
        judge = Judge(TOY)
        for seed in range(clips):
            add_clip(judge, noisy(truth(), NOISE, seed), noisy(truth(), 0.01, seed + 9))
        verdict = judge.verdict()
        assert verdict.outcome == "better"
        interval = verdict.condition("flicker").interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0]


def test_what_is_lost_in_one_clip_is_not_outweighed_by_the_others() -> None:
    judge = Judge(TOY)
    for seed in range(4):
        better = noisy(truth(), 0.01, seed + 9)
        add_clip(judge, noisy(truth(), NOISE, seed), without(SIGN, SKY)(better) if seed == 2 else better)
    verdict = judge.verdict()
    assert verdict.outcome == "worse"
    assert verdict.reasons[0].startswith("In clip 3: Objects are lost: sign (0 found of the 36")
    assert verdict.classes["sign"].kept is False
    assert verdict.classes["car"].kept is True
    assert verdict.frames == 4 * FRAMES


def test_labels_that_the_baseline_hardly_finds_may_lose_three_points() -> None:
    """A label that the baseline finds on a tenth of its pixels: 0.88 of that would be but a point less."""
    labels = [mask.copy() for mask in truth()]
    for mask in labels:
        mask[0:35, 56:96] = SIGN  # much larger than anybody sees it
    for columns, outcome in ((12, "better"), (10, "better"), (6, "worse")):
        judge = Judge(TOY)
        judge.begin_clip()
        candidate = _sign_up_to(columns)(noisy(truth(), 0.01, seed=1))
        for before, after, motion, label in zip(noisy(truth(), NOISE), candidate, motions(), labels, strict=True):
            judge.update(segmented(before), segmented(after), motion)
            judge.weigh(Evidence.of_labels(label))
        verdict = judge.verdict()
        assert verdict.outcome == outcome, verdict.reasons
        assert verdict.condition("ghosts").passed is None


# ---- the answer as it is told


def test_a_verdict_becomes_json_and_a_sentence() -> None:
    verdict = verdict_on(noisy(truth(), NOISE), without(SIGN, SKY)(truth()))
    document = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert document["outcome"] == "worse"
    assert [each["name"] for each in document["conditions"]] == [
        *("flicker", "tc", "agreement", "objects", "classes", "ghosts", "lag", "inside", "street")
    ]
    assert document["reasons"] == list(verdict.reasons)
    assert document["sightings"] == []
    assert document["classes"]["sign"]["kept"] is False
    assert document["classes"]["sign"]["found"] == [36, 0]
    assert document["classes"]["road"]["kept"] is True
    assert document["conditions"][0]["interval"][1] < 0
    assert verdict.sentence("B", "A").startswith("B is worse than A. Objects are lost: sign (0 found of the 36")
    with pytest.raises(KeyError):
        verdict.condition("beauty")


# ---- whatever the masks are

_SMALL = (12, 16)
_some = arrays(np.uint8, (12, *_SMALL), elements=st.integers(0, len(NAMES) - 1))
_still: list[Motion | None] = [None, *[Motion.still(_SMALL[::-1])] * 11]


@given(_some, _some)
@settings(max_examples=8, deadline=None)
def test_nothing_is_better_or_worse_than_itself(masks: NDArray[np.uint8], said: NDArray[np.uint8]) -> None:
    verdict = verdict_on(list(masks), list(masks), said=list(said), moved=_still)
    assert verdict.outcome == "not better", verdict.reasons


@given(_some, st.integers(0, len(NAMES) - 1))
@settings(max_examples=8, deadline=None)
def test_one_class_all_over_is_never_better(masks: NDArray[np.uint8], class_id: int) -> None:
    masks[:, :, :8] = ROAD
    masks[:, :, 8:12] = SKY
    verdict = verdict_on(list(masks), [np.full(_SMALL, class_id, np.uint8)] * 12, said=list(masks), moved=_still)
    assert verdict.outcome == "worse"


@given(st.permutations(range(len(NAMES))), st.sampled_from(["better", "late", "dropped"]))
@settings(max_examples=4, deadline=None)
def test_the_order_of_the_classes_does_not_matter(order: list[int], kind: str) -> None:
    table = np.arange(256, dtype=np.uint8)
    table[: len(NAMES)] = order
    candidate = {"better": truth, "late": lambda: late(truth()), "dropped": lambda: without(POST, SKY)(truth())}[kind]()
    baseline = noisy(truth(), NOISE)
    said = [None if each is None else table[each] for each in referee(truth())]
    plain = verdict_on(baseline, candidate)
    renamed = verdict_on([table[mask] for mask in baseline], [table[mask] for mask in candidate], said=said)
    assert renamed.outcome == plain.outcome
    assert refusing(renamed) == refusing(plain)
