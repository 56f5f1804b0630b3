"""Batches of augmented samples that depend on (seed, epoch, position) only, so that a resume needs no loader state."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.datasets import Dataset, Sample
from trainer.data.augment import augment
from trainer.recipe import Recipe


def split_aside(samples: tuple[Sample, ...], every: int) -> tuple[list[Sample], list[Sample]]:
    """Return (training samples, samples kept aside): every `every`-th by name order, the first among them."""
    return [s for i, s in enumerate(samples) if i % every], list(samples[::every])


@dataclass(frozen=True)
class Pool:
    """Decoded training images and labels, held in memory: uint8 (H, W, 3) and uint8 (H, W)."""

    images: list[NDArray[np.uint8]]
    labels: list[NDArray[np.uint8]]

    @classmethod
    def read(cls, dataset: Dataset, samples: list[Sample]) -> "Pool":
        return cls([dataset.image(s) for s in samples], [dataset.labels(s) for s in samples])

    def __len__(self) -> int:
        return len(self.images)

    def class_shares(self, classes: int) -> NDArray[np.float64]:
        """Share of each class among the labelled pixels, float64 (classes,)."""
        counts = np.sum([np.bincount(label.ravel(), minlength=256) for label in self.labels], axis=0)[:classes]
        return counts / counts.sum()

    def batches(self, recipe: Recipe, epoch: int, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of `epoch` from batch `first`: frames uint8 (B, 3, h, w), labels int64 (B, h, w).

        A last incomplete batch is left out; which samples it holds changes with every epoch.
        """
        order = np.random.default_rng([recipe.seed, epoch]).permutation(len(self))
        size = recipe.train.batch
        for start in range(first * size, len(order) - size + 1, size):
            views = [
                augment(
                    self.images[index],
                    self.labels[index],
                    recipe.augment,
                    recipe.data.crop,
                    np.random.default_rng([recipe.seed, epoch, start + offset]),
                )
                for offset, index in enumerate(order[start : start + size])
            ]
            frames = torch.from_numpy(np.stack([image for image, _ in views])).permute(0, 3, 1, 2)
            yield frames, torch.from_numpy(np.stack([label for _, label in views])).long()
