"""A steadying that takes seconds: the bundled student that sees frames small, and a clip of a drawn street."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from onnx import numpy_helper

from engine.models.bundle import read_graph, read_weights, write_bundle
from engine.models.card import InputPolicy
from resources import MODELS
from tests.streets import drawn
from trainer.job import Job
from trainer.steady import ClipSpan, plan_steadying

START = MODELS / "street.safetensors"
SIZE = (160, 96)
SMALL: dict[str, Any] = {
    "train": {"epochs": 2, "epoch_steps": 1, "batch": 2, "precision": "no"},  # of one process, one precision
    "data": {"crop": [64, 96], "synthetic": {"streets": 1, "frames": 2, "size": [160, 96]}},
    "teacher": {"reach": 1, "views": {"flip": False, "scales": []}},
    "steady": {"shares": [0.0, 0.5]},
}
"""Changes to a preset."""


def drawn_clip(folder: Path, frames: int = 24) -> Path:
    """A clip as a folder of images."""
    folder.mkdir()
    for frame in drawn(1_000_200, frames=frames):
        cv2.imwrite(str(folder / f"{frame.index:02d}.png"), cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR))
    return folder


def small_student(folder: Path, name: str = "street") -> Path:
    """The `.safetensors` of a bundle like the bundled model `name`, that computes with a thirteenth of its pixels."""
    graph, card = read_graph(MODELS / f"{name}.onnx")
    card = card.model_copy(update={"input": InputPolicy(short_side=SIZE[1], multiple=32)})
    (stored,) = (each for each in graph.graph.initializer if each.name == "short_side")
    stored.CopyFrom(numpy_helper.from_array(np.array([SIZE[1]], np.float64), stored.name))
    write_bundle(folder / f"small-{name}", graph, read_weights(MODELS / f"{name}.safetensors"), card)
    return folder / f"small-{name}.safetensors"


def small_job(folder: Path, clip: Path, start: Path, changes: dict[str, Any] = SMALL) -> Job:
    """A job in `folder` that steadies `start` on `clip`."""
    plan = plan_steadying([ClipSpan(clip)], start, name="mine", threads=1, device="cpu", changes=changes)
    return Job.create(folder, plan.spec)
