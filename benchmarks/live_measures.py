"""How far the live measures lie from the full ones: live_measures.py [--method M] [--frames N] CLIP…

Live: LiveMeter, at most 320 wide. Full: the scoring flow at most 640 wide. Both see every frame in
order. Prints a Markdown table: Spearman's rank correlation of the flicker of the frame pairs, the mean distance of the
two in a pair, and the clip's flicker and tc by both.
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import load_model, open_video
from engine.flow import SCORING_FLOW, MotionEstimator, make_flow
from engine.live.meter import LiveMeter
from engine.measures import ConsistencyMeter
from engine.measures.pair import PairCounts, tc_of
from engine.segmenter import Segmenter
from resources import DEMO_CLIP

HEAD = "| clip | pairs | rank correlation | distance in a pair | flicker live | full | tc live | full |"


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The place of every value, equal ones sharing the middle of theirs."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[where], np.float64)


def rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's, −1..1."""
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def measure(clip: str, model: Segmenter, frames: int | None) -> tuple[list[tuple[PairCounts, PairCounts]], float]:
    """(live, full) of every pair that both have, and the clip's full tc."""
    classes = len(model.card.class_set)
    live, full = LiveMeter(), ConsistencyMeter(classes)
    motions = MotionEstimator(make_flow(SCORING_FLOW))
    pairs = []
    with open_video(clip) as video:
        for frame in itertools.islice(video.frames(), frames):
            made = model.segment(frame.rgb)
            (quick,) = live.update(frame.rgb, [made], [classes])
            slow = full.update(made.mask, motions.update(frame.rgb))
            if (quick is None) != (slow is None):
                print(f"{clip}: only one of the two sees a cut at frame {frame.index}", file=sys.stderr)
            elif quick is not None and slow is not None:
                pairs.append((quick, slow))
    return pairs, full.tc or 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", default=[str(DEMO_CLIP)], metavar="CLIP")
    parser.add_argument("--method", default="street")
    parser.add_argument("--frames", type=int, help="the first N of each clip")
    arguments = parser.parse_args()
    model = load_model(arguments.method, device="cpu")
    print(HEAD + "\n| --- |" + " ---: |" * (HEAD.count("|") - 2), flush=True)
    for clip in arguments.clips:
        pairs, tc = measure(clip, model, arguments.frames)
        flicker = np.asarray([[each.flicker() or 0.0 for each in pair] for pair in pairs])
        live_tc = tc_of(np.sum([live.pairs() for live, _ in pairs], axis=0)) or 0.0
        correlation, distance = rank_correlation(*flicker.T), np.abs(flicker[:, 0] - flicker[:, 1]).mean()
        live, full = flicker.mean(axis=0)
        print(
            f"| `{Path(clip).name}` | {len(pairs)} | **{correlation:.3f}** | {distance:.4f} | {live:.4f} | {full:.4f} "
            f"| {live_tc:.2f} | {tc:.2f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
