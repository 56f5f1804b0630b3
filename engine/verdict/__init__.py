"""The guard: is a candidate better than its baseline, in a way that a steady mask alone cannot fake?

Both make masks of the same frames, and the answer is *better*, *not better* or *worse*, with the reason.

*Better* is what meets all of these; the names are those of `Condition`:

(a) flicker     down by at least 5 % of itself, the 95 % interval of the difference below 0.
(b) tc          not down beyond its interval.
(c) agreement   on the evidence down by at most half a point.
    objects     of every class 0.92 of the objects that the baseline finds are found, but for one; of labels 0.8.
    classes     of every class 0.88 of the baseline's IoU on the evidence is kept.
    ghosts      what no view takes for possible covers at most 0.1 % more of the pixels, in 0.6 more pieces a frame.
(d) lag         at least 0.85 of the fresh pixels, onto which something has just moved, are shown.
    inside      no more pixels than the baseline's, but for 0.02 %, are of no class: void does not flicker.
(e) street      for models of the bundled class set: miou on synthetic streets that nothing is ever trained on down by
                at most 1 point.
    labelled    where somebody gives labelled images: miou on them not down by more than half a point, beyond noise.

**Evidence** (`Evidence`) is what the baseline's own model sees alike in three frames in a row, each asked alone, in six
views (`Referee`), or what people have labelled; never a training target. An object that is held must be kept. What is
seen for a frame or two at a time may go, and is listed (`Verdict.sightings`).

*Worse* is what loses something: flicker up with its interval above 0, or one of (b) to (e) not met. What is lost is
asked of every clip by itself. *Not better* is the rest: flicker not down enough for certain, or what cannot be told (no
interval, no evidence).

Masks alone are judged. `propagate` and any other method that is right, in time and steadier is better here, whatever it
costs; what it costs stands beside the verdict.
"""

from engine.verdict.decide import StreetScore, decide, is_bundled
from engine.verdict.evidence import Evidence, EvidenceMaker
from engine.verdict.hearing import HeardFrame, Hearing, hear
from engine.verdict.judge import LABELS, Judge, conclude, judge_street, referee_of
from engine.verdict.kept import ClassKept, Kept
from engine.verdict.labelled import LabelScore, score_labelled
from engine.verdict.referee import Referee, seed_of
from engine.verdict.result import ClassResult, Condition, Outcome, Verdict
from engine.verdict.views import Views

__all__ = [
    "LABELS",
    "ClassKept",
    "ClassResult",
    "Condition",
    "Evidence",
    "EvidenceMaker",
    "HeardFrame",
    "Hearing",
    "Judge",
    "Kept",
    "LabelScore",
    "Outcome",
    "Referee",
    "StreetScore",
    "Verdict",
    "Views",
    "conclude",
    "decide",
    "hear",
    "is_bundled",
    "judge_street",
    "referee_of",
    "score_labelled",
    "seed_of",
]
