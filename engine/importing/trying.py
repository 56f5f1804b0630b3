"""A finished graph, run before it is taken in."""

import os
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from engine.backends.onnxruntime import OnnxRuntimeSession
from engine.errors import ModelError
from engine.models.card import ModelCard
from engine.segmentation import Segmentation
from engine.segmenter import Segmenter
from engine.tasks import task_of

_TRIED = ((131, 97), (160, 320))
"""(width, height) of the frames that are run besides the picture: odd sides, and a tall one."""
_THREADS = 4


def try_out(model: onnx.ModelProto, card: ModelCard, what: str, picture: NDArray[np.uint8]) -> Segmentation:
    """Run a finished graph on two sizes and on `picture`, uint8 (H, W, 3), and return the result of that.

    what: the model, for messages. Raises ModelError unless all results are what our graphs give, BackendError.
    """
    threads = min(_THREADS, os.cpu_count() or 1)
    session = OnnxRuntimeSession(model.SerializeToString(), device="cpu", threads=threads)
    segmenter = Segmenter(Path(what), card, session)
    random = np.random.default_rng(0)
    frames = [random.integers(0, 256, (height, width, 3), np.uint8) for width, height in _TRIED]
    frames.append(picture)
    for frame in frames:
        result = segmenter.segment(frame, scores=session.has_scores)
        _check(result, card, what)
    if card.has_memory:
        # What it hands on must be what it takes; the picture is of its first frame.
        _, memory = segmenter.step(picture)
        _check(segmenter.step(picture, memory)[0], card, what)
    segmenter.close()
    return result


def _check(result: Segmentation, card: ModelCard, what: str) -> None:
    """Raise ModelError unless a result is what our graphs give."""
    width, height = result.source_size
    expected = card.input.size_for(width, height)[::-1]
    classes, scores, count = result.classes, result.scores, len(card.class_set)
    if classes.dtype != np.uint8 or classes.shape != expected:
        raise ModelError(
            f"{what} gives {classes.dtype} {classes.shape} for a frame of {width}×{height}, expected uint8 {expected}; "
            "export it again"
        )
    alpha = result.alpha
    if task_of(card.task).soft and (
        alpha is None or alpha.shape != expected or not (alpha.min() >= 0 and alpha.max() <= 1)
    ):
        raise ModelError(
            f"{what} gives no matte of 0..1 for a frame of {width}×{height}; its weights are damaged or mean and std "
            "are not its own: download it again, or state --mean and --std"
        )
    if scores is not None and (scores.ndim != 3 or scores.shape[0] != count or np.isnan(scores).any()):
        fault = "scores that are not numbers" if np.isnan(scores).any() else f"scores of shape {scores.shape}"
        raise ModelError(
            f"{what} gives {fault} for a frame of {width}×{height} and {count} classes; its weights are damaged or "
            "mean and std are not its own: download it again, or state --mean and --std"
        )
