"""How fast this machine is, so that a sheet can say how long a training will take. No Qt."""

import os
import statistics
import time
from pathlib import Path

import numpy as np

from engine.models.bundle import read_peer_card
from engine.progress import CancelCheck, never
from engine.segmenter import load_model
from trainer.steady import begin
from trainer.steady.estimate import wide_pixels

SECONDS = 2.0

Speeds = tuple[float, float]
"""Milliseconds that a mask takes of what learns, and of the model that it is compared with."""


def most_threads() -> int:
    """CPU threads of a training that the window starts: one core stays for the window."""
    return max(1, (os.cpu_count() or 1) - 1)


def speeds(model: Path, threads: int, *, cancelled: CancelCheck = never) -> Speeds:
    """Of a steadying of `model`, its `.safetensors` or `.onnx`. Raises what `load_model` raises."""
    beginning = begin(model)
    learns = ms_per_frame(beginning.weights.with_suffix(".onnx"), threads, cancelled=cancelled)
    if beginning.teacher is None:
        return learns, learns
    smaller = wide_pixels(beginning.card.input) / wide_pixels(read_peer_card(beginning.weights).input)
    return learns * smaller, ms_per_frame(beginning.teacher, threads, cancelled=cancelled)


def ms_per_frame(onnx: Path, threads: int, *, seconds: float = SECONDS, cancelled: CancelCheck = never) -> float:
    """Milliseconds, the median of `seconds`, that a mask takes on the CPU, on a wide frame of the model's own size.

    Raises what `load_model` raises.
    """
    model = load_model(onnx, device="cpu", threads=threads)
    try:
        width, height = model.card.input.size_for(1280, 720)
        frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        model.segment(frame)  # the first one is slow
        times: list[float] = []
        end = time.monotonic() + seconds
        while not times or (time.monotonic() < end and not cancelled()):
            times.append(model.segment(frame).inference_ms)
        return statistics.median(times)
    finally:
        model.close()
