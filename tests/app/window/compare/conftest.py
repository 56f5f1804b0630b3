"""Fixtures for the compare dock: summaries as the engine makes them, and what shows a widget at a size of its own."""

from dataclasses import replace

from engine.live.summary import SlotSummary, SpanSummary
from engine.measures import Interval
from tests.app.window.views.conftest import show

__all__ = ["show", "slot", "summary"]

_PLAIN = SlotSummary(
    method="street",
    pairs=240,
    flicker=0.0255,
    tc=93.42,
    latency_p50=14.2,
    latency_max=31.8,
    lag=None,
    agreement=None,
)


def slot(**values: object) -> SlotSummary:
    """A plain model over 240 frame pairs, but for what is given."""
    return replace(_PLAIN, **values)  # type: ignore[arg-type]


def summary(
    *, a: SlotSummary | None = _PLAIN, b: SlotSummary | None = None, complete: bool = True, **interval: Interval | None
) -> SpanSummary:
    """Both slots over 241 frames. interval: of B − A, by measure."""
    return SpanSummary(0, 240, a, b, interval, complete)


SMOOTHED = slot(
    method="ema(street, alpha=0.7)", flicker=0.0123, tc=93.5, latency_p50=15.0, lag=1.3, agreement=96.81, pairs=238
)
