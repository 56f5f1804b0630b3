"""report.html: one file that holds everything but the video, good enough to send to a colleague."""

import base64
import html
from pathlib import Path

from app.report.answer import answer_of
from app.report.tables import number
from engine.comparison import Comparison
from engine.verdict import Verdict

_ROWS = (
    (
        "flicker",
        "Flicker",
        "% of visible pixels whose class differs from the frame before, along the motion",
        100,
        "less",
    ),
    (
        "flicker_static",
        "– where nothing moves",
        "% of the pixels that move by less than one pixel a frame",
        100,
        "less",
    ),
    ("flicker_moving", "– where things move", "% of the pixels that move by a pixel or more", 100, "less"),
    ("flicker_boundary", "– at class borders", "% of the pixels within 3 pixels of a border", 100, "less"),
    (
        "soft_flicker",
        "Soft flicker",
        "mean change of alpha that no motion explains, % of the visible pixels",
        100,
        "less",
    ),
    ("tc", "Temporal consistency (tc)", "mean IoU with the mask before, along the motion, 0–100", 1, "more"),
    ("agreement", "Agreement with A", "mean IoU of B's masks with A's, 0–100: how much of A is still there", 1, ""),
    ("lag", "Lag", "frames that a smoothed method trails its own model", 1, "less"),
    ("latency_p50", "Latency, median", "ms a frame", 1, "less"),
    ("latency_max", "Latency, longest", "ms for one frame", 1, "less"),
)
_STYLE = """
:root{--ink:#1d2430;--quiet:#667084;--line:#e3e7ee;--ground:#fff;--soft:#f6f7f9;--a:#3f7fd9;--b:#bf6a12;
--good:#2e8b57;--bad:#c8443c}
@media (prefers-color-scheme:dark){:root{--ink:#e9ecf2;--quiet:#98a2b3;--line:#2b313b;--ground:#14171c;--soft:#1b1f26}
img{background:#fff;border-radius:6px}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:1000px;margin:40px auto;
padding:0 24px}
h1{font-size:25px;margin:0}h2{font-size:17px;margin:40px 0 10px}p{margin:8px 0}.quiet{color:var(--quiet)}
.answer{background:var(--soft);border-radius:10px;padding:16px 20px;margin:22px 0;font-size:17px}
.verdict{border-left:5px solid var(--quiet);border-radius:4px 10px 10px 4px;background:var(--soft);padding:14px 20px;
margin:22px 0 10px}.verdict.better{border-color:var(--good)}.verdict.worse{border-color:var(--bad)}
.verdict ul{margin:6px 0 0;padding-left:20px}details{margin:0 0 22px}summary{cursor:pointer;color:var(--quiet)}
.asked td{text-align:left}.asked td:first-child{width:1.2em;font-weight:700;vertical-align:top}
.met{color:var(--good)}.unmet{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:7px 12px;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}th{font-weight:600}td small{display:block;color:var(--quiet)}
.a{color:var(--a)}.b{color:var(--b)}img{max-width:100%;height:auto}.pair{display:flex;gap:14px}.pair img{width:50%}
@media (max-width:700px){.pair{display:block}.pair img{width:100%}}
"""


def write_page(folder: Path, comparison: Comparison) -> str:
    """The page as text; the pictures of `folder` are put into it."""
    a, b = html.escape(comparison.a), html.escape(comparison.b)
    size = "" if comparison.size is None else f" at {comparison.size[0]}×{comparison.size[1]}"
    name = html.escape(Path(comparison.clip).name or comparison.clip)
    said = (common_classes(comparison), comparison.note, comparison.error)
    told = "".join(f'<p class="quiet">{html.escape(text)}</p>' for text in said if text)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}: {a} against {b}</title><style>{_STYLE}</style></head><body>
<h1>{name}</h1>
<p class="quiet">{comparison.frames} frames · <b class="a">A</b> {a} · <b class="b">B</b> {b} ·
measured along {html.escape(comparison.flow)} flow{size} · {html.escape(comparison.provider)}</p>{told}
<div class="answer">{html.escape(answer(comparison))}</div>{_verdict(comparison)}
{_table(comparison)}
<h2>When it flickers</h2>{_picture(folder / "curves.png", "Flicker, tc and inference time of A and B over the clip")}
<h2>Where it flickers</h2><div class="pair">{_picture(folder / "flicker_map_a.png", "Flicker map of A")}
{_picture(folder / "flicker_map_b.png", "Flicker map of B")}</div>
<h2>The worst moments</h2>{_picture(folder / "worst.png", "The frames that flicker most, both methods")}
<h2>What the numbers say</h2>
<p class="quiet">The mask of the frame before is brought along the optical flow onto this frame; only pixels that are
visible in both count. Intervals are the middle 95 % of 1,000 paired resamples of spans of this clip (an eighth of it
each); a difference whose interval holds 0 is within noise. A steady mask is not a right mask: look at agreement, lag
and the pictures beside it. The video with both methods is <a href="compare.mp4">compare.mp4</a>.</p>
</body></html>
"""


def common_classes(comparison: Comparison) -> str:
    """What was compared where A and B know other classes; empty where there was nothing to choose."""
    common = comparison.classes
    if common is None:
        return ""
    renamed = [f"B's {theirs} as {ours}" for theirs, ours in common.matches.items() if ours and theirs != ours]
    parts = [
        f"A and B know other classes: {len(common.matches) - len(common.left_out_b)} of B's {len(common.matches)} are "
        f"compared ({', '.join(common.names)})",
        *([f"with {', '.join(renamed)}"] if renamed else []),
        *([f"not compared are {', '.join(common.left_out_a)} of A"] if common.left_out_a else []),
        *([f"not compared are {', '.join(common.left_out_b)} of B"] if common.left_out_b else []),
    ]
    share = "" if common.share is None else f" Both hold one that is compared on {common.share:.0%} of the pixels."
    return f"{'; '.join(parts)}.{share.replace('%', ' %')}"


def answer(comparison: Comparison) -> str:
    """The first sentence: does B flicker less, and at what price?"""
    return answer_of(comparison.measures_a, comparison.measures_b, comparison.within_noise["flicker"])


def judged(comparison: Comparison) -> str:
    """The second sentence: whether B is better, and why or why not; empty where nobody asked."""
    return "" if comparison.verdict is None else comparison.verdict.sentence("B", "A")


def _verdict(comparison: Comparison) -> str:
    verdict = comparison.verdict
    if verdict is None:
        return ""
    reasons = "".join(f"<li>{html.escape(each)}</li>" for each in verdict.reasons)
    conditions = "".join(
        f'<tr><td class="{_MARKS[each.passed][1]}">{_MARKS[each.passed][0]}</td>'
        f"<td>{html.escape(each.asked)}<small>{html.escape(each.says)}</small></td></tr>"
        for each in verdict.conditions
    )
    return f"""
<div class="verdict {verdict.outcome.replace(" ", "-")}"><b>B is {verdict.outcome} than A</b><ul>{reasons}</ul></div>
<details><summary>What is asked of B, and what was found</summary><table class="asked">{conditions}</table>
{_sightings(verdict)}<p class="quiet">{_refereed(verdict)}</p></details>
"""


_MARKS = {True: ("✓", "met"), False: ("✗", "unmet"), None: ("–", "quiet")}


def _sightings(verdict: Verdict) -> str:
    """What A saw now and then and B no longer shows; nothing that speaks against B."""
    if not verdict.sightings:
        return ""
    seen = "".join(f"<li>{html.escape(each)}</li>" for each in verdict.sightings)
    return f"<p>What A saw only now and then, which is not asked for:</p><ul>{seen}</ul>"


def _refereed(verdict: Verdict) -> str:
    frames = f"on {verdict.refereed} of {verdict.frames} frames"
    return html.escape(f"The referee is {verdict.referee}, {frames}. It is never a training target.")


def _table(comparison: Comparison) -> str:
    rows = []
    difference = comparison.difference
    for measure, title, hint, times, better in _ROWS:
        a, b, change = comparison.measures_a[measure], comparison.measures_b[measure], difference[measure]
        if a is None and b is None:
            continue
        interval = comparison.interval.get(measure)
        within = comparison.within_noise.get(measure)
        bounds = (
            ""
            if interval is None
            else f"[{_signed(measure, times * interval.low)}, {_signed(measure, times * interval.high)}]"
        )
        word = ""
        if within:
            word = "within noise"
        elif within is False and change and better:
            word = "better" if (change < 0) == (better == "less") else "worse"
        cells = [_number(measure, a, times), _number(measure, b, times)]
        cells.append("–" if change is None else _signed(measure, times * change))
        rows.append(
            f"<tr><td>{title}<small>{hint}</small></td>"
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + f"<td>{bounds}<small>{word}</small></td></tr>"
        )
    return (
        '<table><tr><th></th><th class="a">A</th><th class="b">B</th><th>B − A</th><th>95 % interval</th></tr>'
        f"{''.join(rows)}</table>"
    )


def _number(measure: str, value: float | None, times: float) -> str:
    return number("tc" if times != 1 else measure, None if value is None else times * value)


def _signed(measure: str, value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _picture(path: Path, says: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<img alt="{html.escape(says)}" src="data:image/png;base64,{data}">'
