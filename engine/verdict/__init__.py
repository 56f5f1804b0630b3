"""The guard: is a candidate better than its baseline, in a way that a steady mask alone cannot fake?

Both make masks of the same frames, and the answer is *better*, *not better* or *worse*, with the reason.

*Better* is what meets all of these; the names are those of `Condition`:

(a) flicker     down, the 95 % interval of the difference below 0.
(b) tc          not down beyond its interval.
(c) agreement   with the referee down by at most 1 point. The referee is the labels where there are some, else the
                baseline's own model where it is sure about a single frame (`Referee`); never a training target.
(d) classes     of every class that is seen (`Kept`): recall on the referee's pixels at least 0.7, or 0.9 of the
                baseline's own where that is less; area between 0.5 and 2 times the baseline's.
    lag         it trails the baseline by at most 0.25 frames (`engine.measures.Lag`), and shows at least 0.7 of the
                fresh pixels, onto which something has just moved (`Kept`). The second sees a lag also in a short clip.
    inside      no more pixels than the baseline's, but for 0.02 %, are of no class: void does not flicker.
(e) street      for models of the bundled class set: miou on synthetic streets that nothing is ever trained on down by
                at most 1 point.

*Worse* is what loses something: flicker up with its interval above 0, or one of (b) to (e) not met. *Not better* is the
rest: flicker not down for certain, or what cannot be told (no interval, a referee that is sure of nothing).

Masks alone are judged. `propagate` and any other method that is right, in time and steadier is better here, whatever it
costs; what it costs stands beside the verdict.
"""

from engine.verdict.decide import StreetScore, decide, is_bundled
from engine.verdict.judge import LABELS, Judge, conclude, judge_street, referee_of
from engine.verdict.kept import ClassKept, Kept
from engine.verdict.referee import Referee
from engine.verdict.result import Condition, Outcome, Verdict

__all__ = [
    "LABELS",
    "ClassKept",
    "Condition",
    "Judge",
    "Kept",
    "Outcome",
    "Referee",
    "StreetScore",
    "Verdict",
    "conclude",
    "decide",
    "is_bundled",
    "judge_street",
    "referee_of",
]
