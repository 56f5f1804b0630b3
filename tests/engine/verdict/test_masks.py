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
from engine.verdict import Judge, StreetScore
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
    referee,
    segmented,
    truth,
    verdict_on,
    without,
)

NOISE = 0.04


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
    ("frozen", frozen, "agreement", "Agreement with the referee goes from"),
    ("blurred", blurred, "classes", "post (gone)"),
    ("coarse", coarse, "classes", "post ("),
    ("hold 2", hold(2), "lag", "something has just moved onto"),
    ("hold 3", hold(3), "lag", "something has just moved onto"),
    ("ema", ema(0.8), "lag", "something has just moved onto"),
    ("median 5", median(5), "lag", "something has just moved onto"),
    ("dropped", without(SIGN, SKY), "classes", "sign (gone)"),
    ("merged", without(POST, SIGN), "classes", "post (gone)"),
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
    return [np.where((mask == POST) & (random.random(mask.shape) < 0.19), SKY, mask).astype(np.uint8) for mask in masks]


def _sign_up_to(column: int) -> Callable[[Sequence[Mask]], list[Mask]]:
    """Of the sign, which is 12 columns wide, what is right of this one is sky."""

    def cut(masks: Sequence[Mask]) -> list[Mask]:
        made = [mask.copy() for mask in masks]
        for mask in made:
            right = mask[:, 42 + column :]
            right[right == SIGN] = SKY
        return made

    return cut


@pytest.mark.parametrize(
    ("alone", "noise", "candidate"),
    [
        ("flicker", NOISE, lambda: noisy(truth(), NOISE)),
        ("tc", 0.005, lambda: _flickering_post(truth())),
        ("agreement", 0.005, lambda: _sign_up_to(9)(truth())),
        ("classes", NOISE, lambda: _sign_up_to(7)(truth())),
        ("lag", NOISE, lambda: late(truth())),
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


def test_a_referee_that_is_sure_of_nothing_cannot_make_it_better() -> None:
    nothing = [np.full_like(mask, VOID) for mask in truth()]
    for said in (nothing, [None] * FRAMES):
        verdict = verdict_on(noisy(truth(), NOISE), truth(), said=said)
        assert verdict.outcome == "not better"
        assert refusing(verdict) == ["agreement"]
        assert "sure of no pixel" in verdict.reasons[0]
        assert verdict.refereed == 0


def test_a_class_that_the_referee_is_never_sure_of_cannot_be_dropped_either() -> None:
    unsure = [None if said is None else np.where(said == SIGN, VOID, said) for said in referee(truth())]
    verdict = verdict_on(noisy(truth(), NOISE), without(SIGN, SKY)(truth()), said=unsure)
    assert verdict.outcome == "worse"
    assert refusing(verdict) == ["classes"]
    assert "sign (" in verdict.reasons[0]
    assert verdict.condition("classes").by_class["sign"]["recall"] is None


def test_a_lag_is_told_in_frames() -> None:
    verdict = verdict_on(noisy(truth(), NOISE), late(truth(), 2))
    assert verdict.condition("lag").values["lag"] == pytest.approx(2, abs=0.2)
    assert "It trails the baseline by 2.0 frames" in " ".join(verdict.reasons)


def test_a_short_clip_shows_a_lag_too() -> None:
    verdict = verdict_on(noisy(truth(30), NOISE), late(truth(30), 2))
    lag = verdict.condition("lag")
    assert lag.values["lag"] is None
    assert lag.passed is False


def test_flicker_that_no_motion_explains_is_not_held_against_the_steady() -> None:
    """A patch that goes on and off for certain, referee and all: who keeps it off trails nothing."""
    baseline = truth()
    for index, mask in enumerate(baseline):
        if index % 4 < 2:
            mask[50:60, 70:90] = CAR
    verdict = verdict_on(baseline, truth(), said=referee(baseline))
    assert verdict.condition("lag").passed is True
    assert verdict.condition("lag").values["fresh"] == 1


def test_clips_are_resampled_from_three_on_and_two_cannot_be_told() -> None:
    outcomes = []
    for clips in (1, 2, 3):
        judge = Judge(TOY)
        for seed in range(clips):
            judge.begin_clip()
            before, after = noisy(truth(), NOISE, seed), noisy(truth(), 0.01, seed + 9)
            for a, b, motion, said in zip(before, after, motions(), referee(truth()), strict=True):
                judge.update(segmented(a), segmented(b), motion, said)
        outcomes.append(judge.verdict().outcome)
    assert outcomes == ["better", "not better", "better"]


def test_labels_that_the_baseline_itself_misses_ask_no_more_than_it_has() -> None:
    """A label that the baseline finds on half of its pixels: the candidate must find nearly as many, not 70 %."""
    labels = [mask.copy() for mask in truth()]
    for mask in labels:
        mask[4:14, 54:66] = SIGN  # twice as wide as anybody sees it
    verdict = verdict_on(noisy(truth(), NOISE), noisy(truth(), 0.01, seed=1), said=labels)
    assert verdict.outcome == "better", verdict.reasons
    assert verdict.condition("classes").by_class["sign"]["recall"] == pytest.approx(0.5, abs=0.05)
    less = verdict_on(noisy(truth(), NOISE), _sign_up_to(7)(truth()), said=labels)
    assert less.outcome == "worse"


# ---- the answer as it is told


def test_a_verdict_becomes_json_and_a_sentence() -> None:
    verdict = verdict_on(noisy(truth(), NOISE), without(SIGN, SKY)(truth()))
    document = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
    assert document["outcome"] == "worse"
    assert [each["name"] for each in document["conditions"]] == [
        *("flicker", "tc", "agreement", "classes", "lag", "inside", "street")
    ]
    assert document["reasons"] == list(verdict.reasons)
    assert document["conditions"][3]["by_class"]["sign"]["kept"] is False
    assert document["conditions"][3]["by_class"]["road"]["kept"] is True
    assert document["conditions"][0]["interval"][1] < 0
    assert verdict.sentence("B", "A").startswith("B is worse than A. Classes are not kept: sign (gone)")
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
