"""On what a training computes, in which precision, and in how many processes: accelerate's to know."""

import os
from datetime import timedelta

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs

from trainer.data.reading import READERS
from trainer.data.workers import can_fork
from trainer.job import JobSpec
from trainer.recipe import Recipe


def make_accelerator(spec: JobSpec, recipe: Recipe) -> Accelerator:
    """The accelerator of a training."""
    handlers = [
        # Processes wait for the leader while it is paused or judges a checkpoint.
        InitProcessGroupKwargs(timeout=timedelta(days=7)),
        # A part of the network that no term of the objective looks at has no gradient, which torch would wait for.
        DistributedDataParallelKwargs(find_unused_parameters=True),
    ]
    precision = recipe.train.precision
    if precision == "auto":
        precision = "bf16" if _has_bf16(on_cuda=spec.device != "cpu" and torch.cuda.is_available()) else "no"
    return Accelerator(cpu=spec.device == "cpu", mixed_precision=precision, kwargs_handlers=handlers)


def readers_for(accelerator: Accelerator) -> tuple[int, bool]:
    """How many make batches, and whether they are processes: READERS threads on the CPU, which trains; else this
    process's share of its cores, as processes where the system can fork.
    """
    if accelerator.device.type == "cpu":
        return READERS, False
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return max(READERS, (os.cpu_count() or 1) // processes - 1), can_fork()


def _has_bf16(*, on_cuda: bool) -> bool:
    """Whether a training here computes with bf16 itself: elsewhere it is imitated, many times slower than float32."""
    if on_cuda:
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16") or able.get("bf16"))
