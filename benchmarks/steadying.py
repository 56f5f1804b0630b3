"""A steadying with changes to its preset, and what each share of the start gives on what chooses and on what judges:

    python -m benchmarks.steadying CLIP … --out RUN [--student street] [--preset quick] [--seed 1] [KEY=VALUE …]

KEY is a key of the preset with dots, such as `loss.temporal`, VALUE as TOML writes it. Prints a Markdown row for each
share: the change of flicker, and what the verdict has against the student, the synthetic street left out. So is told
what a recipe can do before anything is chosen; `steadymask steady` chooses one, and judges that alone.
"""

import argparse
import tomllib
from pathlib import Path
from typing import Any

from engine.models.bundle import read_graph
from engine.models.library import find_model
from engine.networks import build_network
from engine.segmenter import load_model
from trainer.job import Job, JobOwner
from trainer.loop import train
from trainer.steady import ClipSpan, plan_steadying
from trainer.steady.choosing import REFEREED, student_of
from trainer.steady.judging import heard, judged
from trainer.steady.run import clip_spans, watched
from trainer.weights.checkpoint import load_weights
from trainer.weights.mixing import mixed_with_start

SHARES = (0.0, 0.3, 0.5, 0.7, 0.85)


def changes(words: list[str]) -> dict[str, Any]:
    """The tables that KEY=VALUE words make. Raises tomllib.TOMLDecodeError for what is no TOML."""
    return tomllib.loads("\n".join(words))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", help="videos or folders of images, and KEY=VALUE")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--student", default="street")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_intermixed_args()
    words = [word for word in arguments.clips if "=" in word]
    clips = [ClipSpan(Path(word)) for word in arguments.clips if "=" not in word]
    path = find_model(arguments.student)
    plan = plan_steadying(
        clips, path.with_suffix(".safetensors"), preset=arguments.preset, seed=arguments.seed, changes=changes(words)
    )
    job = Job.create(arguments.out, plan.spec)
    baseline, (graph, card) = load_model(arguments.student, device="cpu"), read_graph(path)
    with JobOwner(job) as owner:
        train(owner, plan.spec, plan.recipe, watched(card.class_set, None))
    network = build_network(card.family, len(card.class_set), **card.options)
    load_weights(job.checkpoints / "last.safetensors", network, averaged=plan.recipe.train.ema_decay > 0)
    print("| frames that | share of the start | flicker | against it |\n| --- | ---: | ---: | --- |")
    for which in ("choose", "judge"):
        spans = heard([(clip, getattr(span, which)) for clip, span in clip_spans(plan.recipe)], baseline, REFEREED, _go)
        for share in SHARES:
            mixed = mixed_with_start(network, plan.start, share) if share else network
            verdict = judged(spans, student_of(graph, mixed, card), _go)
            flicker = verdict.condition("flicker").values
            change = (flicker["flicker_candidate"] or 0) / (flicker["flicker_baseline"] or 1) - 1
            against = " ".join(each.says for each in verdict.conditions if each.passed is False)
            print(f"| {which} | {share:g} | {100 * change:+.1f} % | {against or 'nothing'} |", flush=True)


def _go() -> None:
    """Nobody asks to stop."""


if __name__ == "__main__":
    main()
