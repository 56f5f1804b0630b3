"""What the readout says of each measure."""

import pytest

from app.compare.lines import Line, lines
from engine.measures import Interval
from tests.app.window.compare.conftest import SMOOTHED, slot, summary


def line(told: list[Line], title: str, unit: str = "") -> Line:
    return next(each for each in told if each.title == title and unit in each.unit)


def test_values_and_differences_in_their_units() -> None:
    told = lines(summary(b=SMOOTHED, flicker=Interval(-0.016, -0.009), tc=Interval(-0.3, 0.5)))
    flicker = line(told, "Flicker")
    assert (flicker.a, flicker.b, flicker.change) == ("2.55", "1.23", "−1.32")
    tc = line(told, "tc")
    assert (tc.a, tc.b, tc.change) == ("93.42", "93.50", "+0.08")
    assert line(told, "Agreement").b == "96.81"
    assert line(told, "Latency", "median").change == "+0.8"


@pytest.mark.parametrize(
    ("interval", "flicker", "word", "tone"),
    [
        (Interval(-0.016, -0.009), 0.0123, "▼ better", "better"),
        (Interval(0.004, 0.02), 0.0355, "▲ worse", "worse"),
        (Interval(-0.016, 0.001), 0.0123, "within noise", "quiet"),
        (None, 0.0123, "too few frames", "quiet"),
        (Interval(0.0, 0.0), 0.0255, "alike", "quiet"),
    ],
)
def test_a_difference_in_flicker_is_judged_by_its_interval(
    interval: Interval | None, flicker: float, word: str, tone: str
) -> None:
    told = line(lines(summary(b=slot(flicker=flicker), flicker=interval)), "Flicker")
    assert (told.word, told.tone) == (word, tone)


def test_more_tc_is_better() -> None:
    told = line(lines(summary(b=slot(tc=95.0), tc=Interval(1.0, 2.0))), "tc")
    assert (told.word, told.tone) == ("▲ better", "better")


@pytest.mark.parametrize(
    ("median", "longest", "words"),
    [(14.5, 32.0, ("alike", "alike")), (20.0, 90.0, ("▲ worse", "▲ worse")), (5.0, 40.0, ("▼ better", "alike"))],
)
def test_latencies_differ_when_one_would_feel_it(median: float, longest: float, words: tuple[str, str]) -> None:
    told = lines(summary(b=slot(latency_p50=median, latency_max=longest)))
    assert (line(told, "Latency", "median").word, line(told, "Latency", "longest").word) == words


def test_a_model_alone_trails_nothing() -> None:
    told = line(lines(summary(b=SMOOTHED)), "Lag")
    assert (told.a, told.b, told.change, told.tone) == ("–", "1.3", "+1.3", "worse")
    swapped = line(lines(summary(a=SMOOTHED, b=slot())), "Lag")
    assert (swapped.b, swapped.change, swapped.tone) == ("–", "−1.3", "better")


def test_a_lag_that_is_not_known_yet_is_no_difference() -> None:
    waiting = slot(method="hold(street, n=3)", lag=None)
    told = line(lines(summary(a=waiting, b=SMOOTHED)), "Lag")
    assert (told.a, told.change, told.word) == ("–", "–", "")


def test_what_is_not_there_is_a_dash() -> None:
    told = line(lines(summary(a=slot(flicker=None, pairs=0), b=SMOOTHED)), "Flicker")
    assert (told.a, told.change, told.word) == ("–", "–", "")


def test_tool_tips_hold_definition_interval_flow_and_count() -> None:
    tip = line(lines(summary(b=SMOOTHED, flicker=Interval(-0.016, -0.009))), "Flicker").tip
    for part in ("visible pixels", "−1.60 to −0.90", "95 %", "Farnebäck", "320", "240 of A, 238 of B"):
        assert part in tip


def test_a_alone_has_no_agreement() -> None:
    assert not [each for each in lines(summary()) if each.title == "Agreement"]


def test_no_sign_on_what_rounds_to_nothing() -> None:
    told = line(lines(summary(b=slot(flicker=0.025504), flicker=Interval(-1.0, 1.0))), "Flicker")
    assert told.change == "0.00"
