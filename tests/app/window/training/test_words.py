"""A verdict in words: every outcome, with what was lost by its name."""

from typing import Any

import pytest

from app.training.outcome.words import told_of
from engine.measures import Interval
from engine.verdict import Condition
from tests.app.window.training.documents import document, kept

UP = Interval(0.001, 0.004)
NOISE = Interval(-0.004, 0.001)
GONE = kept(found=(12, 0), area=(0.01, 0.0), kept=False)
PART = kept(found=(40, 31), kept=False)
GROWN = kept(area=(0.1, 0.24), kept=False)


@pytest.mark.parametrize(
    ("said", "headline"),
    [
        ({}, "34 % less flicker, same objects, same speed"),
        ({"latency": (10.0, 15.0)}, "34 % less flicker, same objects, a frame takes 1.5 times as long"),
        ({"latency": (None, None)}, "34 % less flicker, same objects"),
        ({"flicker": (0.02, 0.0199)}, "0.5 % less flicker, same objects, same speed"),
        (
            {"outcome": "not better", "failed": ("flicker",), "interval": NOISE},
            "Not better: 34 % less flicker may be chance",
        ),
        (
            {"outcome": "not better", "failed": ("flicker",), "interval": NOISE, "flicker": (0.02, 0.02)},
            "Not better: no less flicker",
        ),
        (
            {"outcome": "not better", "unknown": ("flicker", "tc"), "interval": None, "tc_interval": None},
            "Not better: too few frames to tell",
        ),
        (
            {"outcome": "not better", "unknown": ("agreement",), "agreement": None},
            "Not better: nothing shows that its masks are right",
        ),
        (
            {"outcome": "not better", "unknown": ("classes",), "classes": {}},
            "Not better: no object is seen steadily enough to tell",
        ),
        (
            {"outcome": "worse", "failed": ("flicker",), "interval": UP, "flicker": (0.02, 0.025)},
            "Worse: it has 25 % more flicker",
        ),
        (
            {"outcome": "worse", "failed": ("classes",), "classes": {"bicyclist": GONE, "car": kept()}},
            "Worse: it lost bicyclist",
        ),
        ({"outcome": "worse", "failed": ("objects",), "classes": {"pole": PART}}, "Worse: it lost part of pole"),
        ({"outcome": "worse", "failed": ("ghosts",)}, "Worse: it shows things that are not there"),
        ({"outcome": "worse", "failed": ("objects",), "classes": {}}, "Worse: it lost some of what it showed"),
        (
            {"outcome": "not better", "failed": ("flicker",), "flicker": (0.02, 0.0194)},
            "Not better: only 3 % less flicker",
        ),
        (
            {"outcome": "worse", "failed": ("classes",), "classes": {"pole": PART, "car": GONE, "sky": GROWN}},
            "Worse: it lost car and part of pole and it sees sky where there is none",
        ),
        (
            {"outcome": "worse", "failed": ("classes",), "classes": dict.fromkeys("abcde", GONE)},
            "Worse: it lost a, b and 3 more",
        ),
        ({"outcome": "worse", "failed": ("agreement",)}, "Worse: its masks are less often right"),
        ({"outcome": "worse", "failed": ("lag",)}, "Worse: its masks trail behind what moves"),
        ({"outcome": "worse", "failed": ("inside",)}, "Worse: it leaves pixels without a class"),
        ({"outcome": "worse", "failed": ("street",)}, "Worse: it has forgotten some of what it knew of other streets"),
        ({"outcome": "worse", "failed": ("tc",)}, "Worse: its masks hold together less from frame to frame"),
        # What is lost weighs more than what was not gained.
        (
            {
                "outcome": "worse",
                "failed": ("flicker", "classes"),
                "interval": NOISE,
                "classes": {"bicyclist": GONE},
            },
            "Worse: it lost bicyclist",
        ),
    ],
)
def test_the_headline_answers(said: dict, headline: str) -> None:
    assert told_of(document(**said)).headline == headline


def test_the_facts_stand_before_and_after_with_their_intervals() -> None:
    flicker, tc, agreement, latency = told_of(document()).facts
    assert (flicker.before, flicker.after, flicker.word, flicker.tone) == ("2.41", "1.59", "34 % less", "better")
    assert flicker.interval == "−1.03 to −0.62"
    assert (tc.before, tc.after, tc.word) == ("85.1", "88.4", "better")
    assert (agreement.word, agreement.tone) == ("alike", "quiet")
    assert latency.word == "as fast"


def test_a_change_within_noise_is_called_that() -> None:
    flicker = told_of(document("not better", failed=("flicker",), interval=NOISE)).facts[0]
    assert (flicker.word, flicker.tone) == ("within noise", "quiet")
    assert "may be chance" in flicker.tip


def test_a_steadier_mask_that_lost_something_is_not_praised() -> None:
    told = told_of(document("worse", failed=("classes",), classes={"bicyclist": GONE}))
    assert told.tone == "worse"
    assert "34 % less flicker" in told.sentence
    assert "worth nothing" in told.sentence


def test_every_class_says_what_is_kept_of_it() -> None:
    classes = {"car": GONE, "road": kept(), "pole": PART, "tree": GROWN}
    told = {each.title: each for each in told_of(document("worse", failed=("classes",), classes=classes)).classes}
    assert {name: each.word for name, each in told.items()} == {
        "car": "lost",
        "road": "kept",
        "pole": "in part",
        "tree": "too much",
    }
    assert (told["car"].before, told["car"].after) == ("10.0", "8.0")
    assert "31 of its objects are found, 40 were before" in told["pole"].tip


def test_what_was_seen_now_and_then_is_listed_behind_the_reasons() -> None:
    assert told_of(document()).reasons == ("Flicker is down.", "sign: seen now and then")


def test_what_a_document_does_not_hold_is_left_out() -> None:
    told = told_of({"verdict": "not better", "reason": "Nobody knows."})
    assert told.headline == "Not better than before"
    assert told.reasons == ("Nobody knows.",)
    assert [fact.before for fact in told.facts] == ["–", "–"]


def labelled(before: float, after: float, interval: Interval, *, passed: bool = True) -> dict[str, Any]:
    said = document("better" if passed else "worse", reason="It says so.")
    condition = Condition("labelled", "", passed, "labelled says so.", interval=interval)
    said["conditions"].append(condition.as_json())
    said["labelled"] = {"miou_before": before, "miou_after": after, "images": 12}
    return said


def test_labelled_images_have_a_line_of_their_own() -> None:
    (up,) = (fact for fact in told_of(labelled(60.0, 62.5, Interval(0.9, 4.0))).facts if "labels" in fact.title)
    assert (up.before, up.after, up.word, up.tone) == ("60.0", "62.5", "better", "better")
    assert "12 of your labelled images" in up.tip
    down = told_of(labelled(60.0, 55.0, Interval(-6.0, -4.0), passed=False))
    assert down.headline == "Worse: it is less often right on your labelled images"


def test_a_new_student_may_be_faster() -> None:
    said = {**document(latency=(60.0, 20.0)), "new_student": {"family": "fast_scnn"}}
    told = told_of(said)
    assert told.headline.endswith("same objects, 3.0 times as fast")
    (speed,) = (fact for fact in told.facts if "Latency" in fact.title)
    assert speed.word == "faster"
    assert "another network" in speed.tip
