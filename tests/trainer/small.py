"""A training that takes seconds: the made-up dataset, small crops, few epochs."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.engine.datasets.layouts import write_camvid
from trainer.job import Job, JobSpec
from trainer.weights.checkpoint import _read

RECIPE = """
seed = 11
[model]
name = "tiny"
family = "tiny"
options = { detail_channels = 16 }
licence = "Apache-2.0"
input = { short_side = 96, multiple = 32 }
[data]
dataset = "camvid"
keep_aside_every = 4
crop = [64, 96]
[augment]
scale = [0.8, 1.4]
flip = 0.5
brightness = 0.2
contrast = 0.2
saturation = 0.2
hue = 0.02
gamma = [0.8, 1.2]
[train]
epochs = EPOCHS
batch = 4
learning_rate = 3e-3
weight_decay = 1e-2
warmup = 0.1
ema_decay = 0.5
[loss]
auxiliary = 0.4
auxiliary_stride = 4
class_weighting = "log"
"""


def small_job(folder: Path, *, epochs: int = 3, split: str = "train", family: str = "tiny") -> Job:
    """A job on twelve made-up images: nine to learn from in two steps an epoch, three held out.

    family: of the network; one of the engine's for a child that is started anew.
    """
    root = folder / "data"
    if not root.exists():
        write_camvid(root, split)
    recipe = RECIPE.replace("EPOCHS", str(epochs)).replace('"tiny"\noptions', f'"{family}"\noptions')
    number = len(list(folder.glob("run*")))
    return Job.create(folder / f"run{number}", JobSpec(recipe=recipe, root=str(root), threads=1, device="cpu"))


def ended_alike(whole: Job, parts: Job) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Hold two trainings to the same last checkpoint, bit for bit, and return its tensors and counters."""
    (expected, counters), (actual, resumed) = (_read(job.checkpoints / "last.safetensors") for job in (whole, parts))
    assert counters == resumed
    assert expected.keys() == actual.keys()
    for name, value in expected.items():
        assert torch.equal(value, actual[name]), name
    return expected, counters
