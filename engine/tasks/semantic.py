"""A class for each pixel."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.flow.motion import Motion
from engine.flow.warp import fill_from_nearest, warp
from engine.tasks.base import Outputs, Task

_TINY = 1e-12


class Semantic(Task):
    """Class ids, and scores where the network has them."""

    name = "semantic"
    gives_scores = True
    soft = False

    def mixable(self, made: Outputs) -> NDArray[np.float32] | None:
        """Probabilities (C, h', w'), the softmax of the scores."""
        return None if made.scores is None else softmax(made.scores)

    def of_mixed(self, mixed: NDArray[np.float32], size: tuple[int, int]) -> Outputs:
        """The likeliest classes."""
        return Outputs(argmax_at(mixed, *size))

    def middle(self, last: Sequence[Outputs]) -> Outputs:
        """The most frequent class; of equally frequent ones this frame's, if it is one of them, else the one with the
        smallest id.
        """
        masks = [each.classes for each in last]
        best = masks[-1].copy()
        most = _votes(masks, best)
        for class_id in _present(masks):
            votes = _votes(masks, class_id)
            wins = votes > most
            best[wins] = class_id
            np.maximum(most, votes, out=most)
        return Outputs(best)

    def constant(self, first: Outputs) -> Outputs:
        """The most frequent class everywhere."""
        return Outputs(np.full_like(first.classes, np.bincount(first.classes.ravel()).argmax()))

    def blurred(self, made: Outputs, side: int) -> Outputs:
        """The most frequent class around every pixel."""
        return Outputs(majority(made.classes, side))

    def moved(self, kept: Outputs, motion: Motion) -> Outputs:
        """By nearest sampling, which invents no class."""
        moved = np.asarray(warp(kept.classes, motion.backward), np.uint8)
        return Outputs(np.asarray(fill_from_nearest(moved, motion.visible), np.uint8))

    def packed(self, made: Outputs) -> NDArray[np.uint8]:
        """The class ids."""
        return made.classes

    def unpacked(self, kept: NDArray[np.uint8]) -> Outputs:
        """The class ids."""
        return Outputs(kept)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities 0..1 of logits (C, h, w), over C."""
    raised = np.exp(scores - scores.max(axis=0))
    return np.asarray(raised / raised.sum(axis=0), np.float32)


def argmax_at(probabilities: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """The likeliest class at another size, uint8 (height, width).

    What is enlarged (bilinear) is the logarithm: the graph enlarges logits, and those differ from it by what all
    classes of a pixel have in common, so that probabilities of one frame give exactly its own classes.
    """
    best = np.zeros((height, width), np.uint8)
    most: NDArray[np.float32] | None = None
    for class_id, plane in enumerate(np.log(probabilities + _TINY)):
        large = np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        if most is None:
            most = large
            continue
        best[large > most] = class_id
        np.maximum(most, large, out=most)
    return best


def majority(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The most frequent class in a square of `side` pixels around every pixel of a mask, uint8 (h, w)."""
    best = np.zeros_like(mask)
    most = np.full(mask.shape, -1.0, np.float32)
    for class_id in np.unique(mask):
        share = cv2.boxFilter((mask == class_id).astype(np.float32), -1, (side, side), borderType=cv2.BORDER_REPLICATE)
        best[share > most] = class_id
        np.maximum(most, share, out=most)
    return best


def _present(masks: Sequence[NDArray[np.uint8]]) -> list[int]:
    seen = np.zeros(256, np.int64)
    for mask in masks:
        seen += np.bincount(mask.ravel(), minlength=256)
    return [int(class_id) for class_id in np.flatnonzero(seen)]


def _votes(masks: Sequence[NDArray[np.uint8]], classes: NDArray[np.uint8] | int) -> NDArray[np.uint8]:
    """How many of the masks have that class, or each pixel's own of `classes`."""
    votes = np.zeros(masks[0].shape, np.uint8)
    for mask in masks:
        votes += mask == classes
    return votes
