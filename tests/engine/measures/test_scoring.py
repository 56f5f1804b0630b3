"""The step that evaluations, comparisons and verdicts share."""

import pytest

from engine.errors import UnknownNameError
from engine.flow import SCORING_FLOW, Motion
from engine.measures.scoring import Scoring
from engine.methods import MethodPool
from engine.methods.base import Wrapper
from tests.engine.test_evaluation import SIZE, Noisy, scene


def scoring_of(*methods: str, noise: float = 0.05) -> Scoring:
    pool = MethodPool(lambda name: Noisy(noise))  # type: ignore[arg-type, return-value]
    return Scoring([pool.make(each) for each in methods], 11, SCORING_FLOW)


def add(scoring: Scoring, index: int, motion: Motion | None = None) -> Motion | None:
    rgb, label = scene(index)
    made = scoring.ask(rgb)
    references = [None, *[made[0].mask] * (len(scoring.scores) - 1)]
    return scoring.add(rgb, made, references=references, labels=label, motion=motion)[0]


def test_a_wrapper_is_measured_against_the_model_inside_it() -> None:
    scoring = scoring_of("a", "median(a, n=3)", "hold(a, n=4)")
    assert [each.name for each in scoring.asked[3:]] == ["noisy", "noisy"]
    assert not any(isinstance(each, Wrapper) for each in scoring.asked[3:])
    scoring.begin_clip()
    for index in range(60):
        add(scoring, index)
    values = [scores.values() for scores in scoring.scores]
    assert values[0]["lag"] is None, "a model trails nothing"
    assert values[2]["lag"] > 0  # type: ignore[operator]
    assert [each["agreement"] is None for each in values] == [True, False, False]
    assert values[1]["flicker"] < values[0]["flicker"]  # type: ignore[operator]


def test_a_motion_that_is_known_is_taken_and_the_last_one_is_told() -> None:
    scoring, known = scoring_of("a"), Motion.still(SIZE)
    scoring.begin_clip()
    assert add(scoring, 0) is None
    assert scoring.motion is None
    assert add(scoring, 1, known) is known
    found = add(scoring, 1)
    assert found is not None
    assert found is not known
    scoring.begin_clip()
    assert add(scoring, 2) is None, "another clip begins"
    assert scoring.motion is found


def test_unrelated_images_have_no_motion_and_leave_no_memory() -> None:
    scoring = scoring_of("a", "frozen(a)", noise=0)
    scoring.begin_clip(consecutive=False)
    for index in (0, 20):
        rgb, label = scene(index)
        made = scoring.ask(rgb)
        assert (made[1].mask == label).all()
        motion, pairs = scoring.add(rgb, made, references=(None, None), labels=label)
        assert motion is None
        assert pairs == (None, None)
    assert scoring.scores[1].values()["miou"] == 100


def test_a_flow_that_nothing_has_is_refused_before_a_frame_is_asked_for() -> None:
    with pytest.raises(UnknownNameError, match="sideways"):
        Scoring([Noisy(0)], 11, "sideways")
