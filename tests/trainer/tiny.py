"""A training that takes a second, in this process or in one forked from a server that has torch imported already."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

# Whatever a child would import, the server has: pytest as the main module of its parent, the rest within torch.
import pytest  # noqa: F401
import torch
import torch._dynamo
import torch.distributed.fsdp
import torch.utils.tensorboard
from torch import Tensor

from tests.engine.datasets.layouts import write_camvid
from trainer.__main__ import main
from trainer.data.feed import Feed
from trainer.job import Job, JobOwner, JobSpec
from trainer.loop import train
from trainer.processes import Owner
from trainer.recipe import Recipe, parse_recipe
from trainer.stepping import keeper
from trainer.verbs import VERBS
from trainer.weights.checkpoint import _read

RECIPE = """
seed = 5
[model]
name = "tiny"
family = "tiny"
options = { detail_channels = 8 }
licence = "Apache-2.0"
input = { short_side = 32, multiple = 32 }
[data]
dataset = "camvid"
keep_aside_every = 3
crop = [32, 32]
[augment]
scale = [0.5, 1.0]
flip = 0.5
[train]
epochs = 3
batch = 2
learning_rate = 1e-3
ema_decay = 0.5
[loss]
auxiliary = 0.4
class_weighting = "log"
"""
TEMPORAL = {
    "[augment]": "virtual = { views = 2 }\n[augment]",
    "auxiliary = 0.4": "auxiliary = 0.4\ntemporal = 500.0",
}
FROZEN = {"[train]": "[train]\nfreeze_statistics = true", "detail_channels = 8": "detail_channels = 8, dropout = 0.0"}
Tensors = dict[str, Tensor]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.trainer.server"])


def tiny_job(folder: Path, changes: dict[str, str] | None = None) -> Job:
    """A job on six made-up images, four to learn from in two steps an epoch; `changes` to its recipe's text."""
    root, recipe = folder / "data", RECIPE
    if not root.exists():
        write_camvid(root, count=6, size=(96, 64))
    for old, new in (changes or {}).items():
        assert old in recipe
        recipe = recipe.replace(old, new)
    number = len(list(folder.glob("run*")))
    return Job.create(folder / f"run{number}", JobSpec(recipe=recipe, root=str(root), threads=1, device="cpu"))


def run(job: Job, before_step: Callable[[int], None] = lambda step: None) -> None:
    """Train in this process, with one thread as the job has it, calling `before_step` with each step's number."""
    threads, spec = torch.get_num_threads(), job.spec()
    try:
        with JobOwner(job) as owner:
            obey, steps = owner.obey, iter(range(10_000))

            def asked() -> None:
                before_step(next(steps))
                obey()

            owner.obey = asked  # type: ignore[method-assign]
            train(owner, spec, parse_recipe(spec.recipe, "test"))
    finally:
        torch.set_num_threads(threads)


def stored(job: Job, name: str = "last") -> tuple[Tensors, dict[str, Any]]:
    """The tensors and the counters of a checkpoint."""
    return _read(job.checkpoints / f"{name}.safetensors")


def assert_same(one: Job, other: Job) -> None:
    """Both ended with the same checkpoints, bit by bit."""
    for name in ("last", "best"):
        (expected, counters), (actual, others) = stored(one, name), stored(other, name)
        assert counters == others
        assert expected.keys() == actual.keys()
        for key, value in expected.items():
            assert torch.equal(value, actual[key]), key


def logged(job: Job) -> list[str]:
    """What was told in words."""
    return [event["message"] for event, _ in job.events() if "message" in event]


def forked(job: Job, where: str = "") -> ForkServerProcess:
    """A child that runs the job without exporting, saves after every step, and hangs in the stage `where`."""
    return forked_for(_in_child, str(job.folder), where)


def forked_for(target: Callable[..., None], *given: Any) -> ForkServerProcess:
    """A child that calls `target` with what is given."""
    child = _CONTEXT.Process(target=target, args=given)
    child.start()
    return child


def train_only(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    """The verb `train` without an export."""
    train(owner, spec, recipe)


def _train_and_hang(owner: Owner, spec: JobSpec, recipe: Recipe) -> None:
    train(owner, spec, recipe)
    _hang()


def _hang(*_: object, **__: object) -> Any:
    Path("hangs").touch()
    time.sleep(600)


def _in_child(folder: str, where: str) -> None:
    import os

    import trainer.stepping.course

    os.chdir(folder)
    keeper.SAVE_EVERY_S = 0.0
    VERBS["train"] = "tests.trainer.tiny:train_only"
    if where == "opening":
        trainer.stepping.course.open_training_data = _hang
    elif where == "reading":
        batch = Feed.batch
        Feed.batch = lambda feed, epoch, number: batch(feed, epoch, number) if epoch < 1 else _hang()  # type: ignore[method-assign]
    elif where == "export":
        VERBS["train"] = "tests.trainer.tiny:_train_and_hang"
    raise SystemExit(main(["train", folder]))
