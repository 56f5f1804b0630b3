"""What a step of training costs, and what of it goes to data, flow, teacher and the temporal term:

    training_speed.py [--recipe street] [--batch 4] [--rounds 8] [--threads 0]

Frames are the bundled clip's, in the recipe's crops; labels are made up, which costs the same. One round does each part
once, in turn, and medians over the rounds are told. The last line is the ratio that matters: a window of two frames
with the temporal term against a single labelled image.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from engine import open_video
from engine.flow import TRAINING_FLOW, MotionEstimator, make_flow
from engine.networks import build_network
from engine.networks.normalise import normalise
from resources import DEMO_CLIP
from trainer.data.augment import augment
from trainer.data.window import Batch, Window, collate
from trainer.objective import TOTAL, Objective, Predictions
from trainer.optimiser import make_optimiser
from trainer.recipe import Recipe, parse_recipe, recipe_text

CLASSES = 11


class Steps:
    """One network that learns batches."""

    def __init__(self, recipe: Recipe, temporal: float) -> None:
        self.network = build_network(recipe.model.family, CLASSES, **recipe.model.options).train()
        self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        shares = np.full(CLASSES, 1 / CLASSES)
        loss = recipe.loss.model_copy(update={"temporal": temporal})
        self.objective = Objective(loss, lambda: shares, torch.device("cpu"))
        self.optimiser = make_optimiser(self.network, recipe.train, self.objective)

    def step(self, batch: Batch) -> None:
        frames = normalise(batch.frames.flatten(0, 1)).contiguous(memory_format=torch.channels_last)
        self.objective(Predictions(*self.network(frames)), batch)[TOTAL].backward()
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)


def pairs(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """So many frames of the bundled clip, each with the next."""
    with open_video(str(DEMO_CLIP)) as video:
        frames = [frame.rgb for frame in itertools.islice(video.frames(), 2 * count)]
    return list(zip(frames[::2], frames[1::2], strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="street")
    parser.add_argument("--teacher", default="street-large", help="the recipe of the network that teaches")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=0, help="0 for all cores")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    recipe, other = (parse_recipe(recipe_text(name), name) for name in (arguments.recipe, arguments.teacher))
    supervised, steadying = Steps(recipe, 0.0), Steps(recipe, 1.0)
    teacher = build_network(other.model.family, CLASSES, **other.model.options).eval()
    teacher = teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    spent: dict[str, list[float]] = {}

    def timed(part: str, task: Callable[[], object]) -> object:
        began = time.perf_counter()
        done = task()
        spent.setdefault(part, []).append(1000 * (time.perf_counter() - began) / arguments.batch)
        return done

    clip = pairs(arguments.batch)
    labels = [np.asarray(first[..., 0] // 25, np.uint8) for first, _ in clip]
    flow = make_flow(TRAINING_FLOW)

    def find_motion() -> list[Window]:
        windows = []
        for (first, second), label in zip(clip, labels, strict=True):
            estimator = MotionEstimator(flow)
            motion = [estimator.update(frame) for frame in (first, second)][1]
            windows.append(Window((first, second), (0.0, 0.04), (label, None), (motion,)))
        return windows

    def crops(windows: list[Window]) -> Batch:
        return collate([augment(each, recipe.augment, recipe.data.crop, np.random.default_rng(1)) for each in windows])

    @torch.no_grad()
    def ask(batch: Batch) -> None:
        teacher(normalise(batch.frames.flatten(0, 1)).contiguous(memory_format=torch.channels_last))

    for _ in range(arguments.rounds + 1):
        two = timed("flow of the two frames", find_motion)
        one = [Window.single(first, label) for (first, _), label in zip(clip, labels, strict=True)]
        single = timed("data: a single image", lambda one=one: crops(one))
        window = timed("data: a window of two", lambda two=two: crops(two))
        timed("teacher, of the two frames", lambda window=window: ask(window))
        timed("step: a single image", lambda single=single: supervised.step(single))
        timed("step: a window of two, temporal term", lambda window=window: steadying.step(window))
    median = {part: statistics.median(each[1:]) for part, each in spent.items()}
    whole = sum(median[part] for part in median if "single" not in part)
    print(f"{arguments.recipe}, {recipe.data.crop[1]}×{recipe.data.crop[0]}, batch {arguments.batch}, ", end="")
    print(f"{torch.get_num_threads()} threads, float32\n\n| part | ms a sample | share |\n| --- | ---: | ---: |")
    for part, ms in median.items():
        share = "" if "single" in part else f"{ms / whole:.0%}"
        print(f"| {part} | {ms:.1f} | {share} |")
    step, temporal = median["step: a single image"], median["step: a window of two, temporal term"]
    print(
        f"\nimages/s of supervised steps: {1000 / step:.1f}; a temporal step costs {temporal / step:.2f} times as much"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
