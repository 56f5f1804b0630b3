"""The sentence that answers first: does B flicker less than A, and at what price? In reports and in the window."""

from collections.abc import Mapping

_LEAST_LAG = 0.25  # frames; less is not seen
_MOST_AGREEMENT = 99.95  # of 100; more is the same masks, but for rounding
_LEAST_SLOWER = 1.1  # times


def answer_of(
    a: Mapping[str, float | None], b: Mapping[str, float | None], within_noise: bool | None, *, figures: bool = True
) -> str:
    """One sentence on A and B.

    a, b: flicker 0..1, lag in frames, agreement 0..100, latency_p50 in ms, by these names; None where there is none.
    within_noise: whether the difference in flicker may be noise; None where that is not known. figures: say both
    values of flicker as well, where no table stands beside the sentence.
    """
    flicker_a, flicker_b = a["flicker"], b["flicker"]
    if flicker_a is None or flicker_b is None:
        return "Too few frames to measure flicker."
    told = [_comparison(flicker_a, flicker_b, within_noise, figures), *_prices(a, b)]
    return f"{told[0]}; {', '.join(told[1:])}." if told[1:] else f"{told[0]}."


def _comparison(a: float, b: float, within_noise: bool | None, figures: bool) -> str:
    if a == b:
        return "A and B flicker alike" + (f": {100 * a:.2f} % of the visible pixels a frame" if figures else "")
    share = f" {abs(b - a) / a:.0%}".replace("%", " %") if a else ""
    values = f" ({100 * b:.2f} % against {100 * a:.2f} %)" if figures else ""
    sure = {True: ", which is within noise", False: "", None: " (too few frames to tell it from noise)"}[within_noise]
    return f"B flickers{share} {'less' if b < a else 'more'} than A{values}{sure}"


def _prices(a: Mapping[str, float | None], b: Mapping[str, float | None]) -> list[str]:
    prices = []
    if (lag := b["lag"]) is not None and lag >= _LEAST_LAG:
        prices.append(f"it trails by {lag:.1f} frames")
    if (lag := a["lag"]) is not None and lag >= _LEAST_LAG:
        prices.append(f"A trails by {lag:.1f} frames")
    agreement = b["agreement"]
    if agreement is not None and agreement < _MOST_AGREEMENT:
        prices.append(f"its masks agree with A's by {agreement:.1f} of 100")
    latency_a, latency_b = a["latency_p50"], b["latency_p50"]
    if latency_a and latency_b and latency_b > _LEAST_SLOWER * latency_a:
        prices.append(f"a frame takes {latency_b / latency_a:.1f} times as long")
    return prices
