"""What each flow is worth against the exact flow of the synthetic street: flows.py [--frames N] [--speed M_PER_S].

The streets of `street-synthetic/test`, whose seeds nothing was trained on. Prints Markdown tables: how far each flow
lies from the exact one and what it costs (processor time of all threads, shrinking and visibility too), and how far tc
and flicker of several methods along it lie from those along the exact flow.
--speed: of the camera; else each street has its own, 6 to 10.5 m/s.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street import SyntheticStreet
from engine.datasets.synthetic import FRAMES, SEEDS
from engine.errors import BackendError
from engine.flow import LIVE_FLOW, Motion, MotionEstimator, make_flow, measure_size
from engine.measures import ConsistencyMeter
from engine.measures.pair import MOVING_PX
from engine.methods import make_pool
from engine.models.classes import bundled_class_set

FLOWS = ("dis-live", "dis", "farneback")
LIVE_SIZE = measure_size(640, 360, live=True)
METHODS = ("street", "ema(street)", "median(street)", "hold(street)", "propagate(street)")
LABELS, EXACT = "labels", "exact"
CLASSES = len(bundled_class_set("camvid"))


def estimators() -> dict[str, MotionEstimator]:
    """By the name in the table; raft where it can be had."""
    found = {
        f"{LIVE_FLOW}, live": MotionEstimator(make_flow(LIVE_FLOW), live=True),
        f"dis-live, {LIVE_SIZE[0]} wide": MotionEstimator(make_flow("dis-live"), size=LIVE_SIZE),
        **{name: MotionEstimator(make_flow(name)) for name in FLOWS},
    }
    try:
        found["raft"] = MotionEstimator(make_flow("raft"))
    except BackendError as error:
        print(f"raft is left out: {error}", file=sys.stderr)
    return found


def error_of(found: NDArray[np.float32], exact: NDArray[np.float32]) -> NDArray[np.float64]:
    """End-point error of each pixel, pixels at the exact flow's size."""
    height, width = exact.shape[:2]
    scale = np.asarray([width / found.shape[1], height / found.shape[0]], np.float32)
    sized = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR) * scale
    return np.asarray(np.linalg.norm(sized - exact, axis=2), np.float64)


class Tally:
    """What is known of one flow so far."""

    def __init__(self) -> None:
        self.errors = np.zeros((2, 2))
        """By (visible, moving): pixels, and their summed end-point errors."""
        self.agreement: list[float] = []
        self.milliseconds: list[float] = []

    def add(self, motion: Motion, exact: Motion, spent_s: float) -> None:
        """One pair of frames."""
        errors = error_of(motion.backward, exact.backward)
        moving = exact.visible & (np.linalg.norm(exact.backward, axis=2) >= MOVING_PX)
        for row, chosen in zip(self.errors, (exact.visible, moving), strict=True):
            row += (chosen.sum(), errors[chosen].sum())
        seen = cv2.resize(motion.visible.view(np.uint8), exact.size, interpolation=cv2.INTER_NEAREST_EXACT)
        self.agreement.append(float((seen == exact.visible).mean()))
        self.milliseconds.append(1000 * spent_s)

    def line(self, name: str) -> str:
        """Of the first table."""
        error, moving = self.errors[:, 1] / self.errors[:, 0]
        agreement, spent = np.mean(self.agreement), statistics.median(self.milliseconds)
        return f"| {name} | {error:.2f} | {moving:.2f} | {100 * agreement:.1f} % | {spent:.1f} |"


def in_order(values: Mapping[str, float], truth: Mapping[str, float]) -> str:
    """How many pairs of methods stand in the order that the exact flow gives."""
    pairs = list(itertools.combinations(truth, 2))
    right = sum((values[a] < values[b]) == (truth[a] < truth[b]) for a, b in pairs)
    return f"{right} of {len(pairs)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES, help="of each street")
    parser.add_argument("--speed", type=float, help="of the camera, m/s")
    arguments = parser.parse_args()
    flows, tallies = estimators(), defaultdict[str, Tally](Tally)
    pool = make_pool(device="cpu")
    methods = [pool.make(name) for name in METHODS]
    names = [*METHODS, LABELS]
    clips: dict[tuple[str, str], list[ConsistencyMeter]] = defaultdict(list)
    for seed in SEEDS["test"]:
        for method in methods:
            method.reset()
        for estimator in flows.values():
            estimator.reset()
        for flow, name in itertools.product((EXACT, *flows), names):
            clips[flow, name].append(ConsistencyMeter(CLASSES))
        for frame in SyntheticStreet(seed, frames=arguments.frames, speed=arguments.speed):
            exact: Motion | None = None
            if frame.flow is not None and frame.flow_forward is not None and frame.visible is not None:
                exact = Motion(frame.flow, frame.flow_forward, frame.visible, EXACT)
            motions = {EXACT: exact}
            for flow, estimator in flows.items():
                begin = time.process_time()
                motions[flow] = motion = estimator.update(frame.rgb)
                spent = time.process_time() - begin
                if motion is not None and exact is not None:
                    tallies[flow].add(motion, exact, spent)
            masks = [*(method.segment(frame.rgb).mask for method in methods), frame.labels]
            for flow, motion in motions.items():
                for name, mask in zip(names, masks, strict=True):
                    clips[flow, name][-1].update(mask, motion)
    print("| flow | end-point error, px | on moving pixels | visibility agrees | CPU ms a pair |\n|" + " --- |" * 5)
    print("\n".join(tallies[flow].line(flow) for flow in flows))
    for measure, digits in (("tc", 2), ("flicker", 4)):
        values = {key: np.mean([getattr(meter, measure) for meter in meters]) for key, meters in clips.items()}
        print(f"\n| {measure} along | " + " | ".join(names) + " | in order |\n|" + " --- |" * (len(names) + 2))
        truth = {name: values[EXACT, name] for name in names}
        for flow in (EXACT, *flows):
            own = {name: values[flow, name] for name in names}
            cells = " | ".join(f"{own[name]:.{digits}f}" for name in names)
            print(f"| {flow} | {cells} | {in_order(own, truth)} |")
    for method in methods:
        method.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
