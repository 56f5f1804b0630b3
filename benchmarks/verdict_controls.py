"""The verdict on the usual remedies and on what is steady by doing nothing, all on the same frames, as Markdown:
verdict_controls.py [CLIP] [METHOD …], `{}` standing for the baseline. All but the weakest ema must be refused.
"""

import sys
from contextlib import closing

from engine import open_video
from engine.evaluation import CONTROLS
from engine.flow import SCORING_FLOW, MotionEstimator, make_flow
from engine.methods import make_pool
from engine.pipeline import run_every_frame
from engine.verdict import Judge, judge_street, referee_of
from resources import DEMO_CLIP

BASELINE = "street"
MORE = ("{}", "ema({}, alpha=0.3)", "ema({}, alpha=0.5)", "ema({}, alpha=0.9)", "median({}, n=3)", "hold({}, n=2)")
ALSO = ("propagate({}, every=2)", "propagate({}, every=10)")

clip, *named = sys.argv[1:] or [str(DEMO_CLIP)]
pool = make_pool()
baseline = pool.make(BASELINE)
candidates = [pool.make(each.format(BASELINE)) for each in named or (*CONTROLS, *MORE, *ALSO)]
with open_video(clip) as source:
    referee = referee_of(baseline, source)
    judges = [Judge(baseline.card.class_set, referee=referee.says) for _ in candidates]
    motions = MotionEstimator(make_flow(SCORING_FLOW))
    for judge in judges:
        judge.begin_clip()
    with closing(run_every_frame(source, baseline, referee, *candidates)) as results:
        for result in results:
            motion = motions.update(result.frame.rgb)
            before, sure, *made = (slot.segmentation for slot in result.slots)
            for judge, after in zip(judges, made, strict=True):
                judge.update(before, after, motion, sure.classes)
print("| candidate | verdict | flicker, % | tc | agreement | lag | fresh, % | reasons |")
print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
for candidate, judge in zip(candidates, judges, strict=True):
    street = judge_street(baseline, candidate) if judge.stands else None
    verdict = judge.verdict(street)
    flicker, tc, agreement, _, lag, *_ = (condition.values for condition in verdict.conditions)
    numbers = (
        (flicker["flicker_candidate"], 100, 2),
        (tc["tc_candidate"], 1, 1),
        (agreement["agreement_candidate"], 1, 1),
        (lag["lag"], 1, 1),
        (lag["fresh"], 100, 0),
    )
    cells = ["–" if value is None else f"{times * value:.{digits}f}" for value, times, digits in numbers]
    print("|", " | ".join([f"`{candidate.name}`", verdict.outcome, *cells, " ".join(verdict.reasons)]), "|")
