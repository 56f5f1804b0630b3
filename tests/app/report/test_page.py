"""What the page says of a verdict."""

from types import SimpleNamespace

from app.report.page import _verdict
from engine.verdict import Condition, Verdict

SEEN = "sign: seen for a frame or two at a time on 0.02 % of the picture; no longer shown"


def page_of(*sightings: str) -> str:
    condition = Condition("flicker", "It is less", True, "Flicker is down.")
    verdict = Verdict("better", ("Flicker is down.",), (condition,), 30, 28, "street <itself>", sightings)
    return _verdict(SimpleNamespace(verdict=verdict))  # type: ignore[arg-type]


def test_sightings_are_listed_as_nothing_that_is_asked_for() -> None:
    page = page_of(SEEN)
    assert f"What A saw only now and then, which is not asked for:</p><ul><li>{SEEN}</li></ul>" in page
    assert "The referee is street &lt;itself&gt;, on 28 of 30 frames." in page
    assert "now and then" not in page_of()
