"""The sentence that answers first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.report.answer import answer_of


def values(
    flicker: float | None, lag: float | None = None, latency: float | None = 10.0, agreement: float | None = None
) -> dict[str, float | None]:
    return {"flicker": flicker, "lag": lag, "latency_p50": latency, "agreement": agreement}


@pytest.mark.parametrize(
    ("a", "b", "noise", "said"),
    [
        (values(0.025), values(0.012, lag=1.3), False, "B flickers 52 % less than A; it trails by 1.3 frames."),
        (values(0.02), values(0.03), False, "B flickers 50 % more than A."),
        (values(0.02), values(0.019), True, "B flickers 5 % less than A, which is within noise."),
        (values(0.02), values(0.01), None, "B flickers 50 % less than A (too few frames to tell it from noise)."),
        (values(0.0), values(0.01), False, "B flickers more than A."),
        (values(0.01), values(0.01), True, "A and B flicker alike."),
        (values(None), values(0.01), None, "Too few frames to measure flicker."),
        (values(0.01, lag=2.0), values(0.02), False, "B flickers 100 % more than A; A trails by 2.0 frames."),
        (
            values(0.02),
            values(0.01, latency=25.0),
            False,
            "B flickers 50 % less than A; a frame takes 2.5 times as long.",
        ),
        (values(0.02), values(0.01, lag=0.1, latency=10.5, agreement=99.99), False, "B flickers 50 % less than A."),
    ],
)
def test_it_says_what_matters_and_no_more(
    a: dict[str, float | None], b: dict[str, float | None], noise: bool | None, said: str
) -> None:
    assert answer_of(a, b, noise, figures=False) == said


def test_without_a_table_beside_it_it_names_both_values() -> None:
    told = answer_of(values(0.025), values(0.012, agreement=97.0), False)
    assert told == "B flickers 52 % less than A (1.20 % against 2.50 %); its masks agree with A's by 97.0 of 100."


@given(st.floats(1e-6, 1), st.floats(1e-6, 1))
def test_less_is_said_of_less(a: float, b: float) -> None:
    told = answer_of(values(a), values(b), False)
    assert ("less" in told) == (b < a)
    assert ("more" in told) == (b > a)
