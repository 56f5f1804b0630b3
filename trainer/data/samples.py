"""Batches of augmented samples that depend on (seed, epoch, position) only, so that a resume needs no loader state."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.datasets import Dataset, Sample
from engine.datasets.street import SyntheticStreet
from engine.errors import DatasetError
from trainer.data.augment import augment
from trainer.recipe import Recipe, SyntheticPart


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
        """Read them all. Raises DatasetError where a label has not the size of its image."""
        pool = cls([dataset.image(s) for s in samples], [dataset.labels(s) for s in samples])
        for sample, image, label in zip(samples, pool.images, pool.labels, strict=True):
            if image.shape[:2] != label.shape:
                (height, width), (high, wide) = image.shape[:2], label.shape
                raise DatasetError(
                    f"{sample.label}: expected {width}×{height} like its image, found {wide}×{high}; "
                    "scale one of them to the other, labels by nearest"
                )
        return pool

    @classmethod
    def render(cls, part: SyntheticPart) -> "Pool":
        """Draw synthetic streets; about a second for each and a tenth of a second a picture."""
        images, labels = [], []
        for seed in range(part.first_seed, part.first_seed + part.streets):
            street = SyntheticStreet(seed, size=part.size, frame_rate=Fraction(1, 2), frames=part.frames, truth=False)
            for frame in street:
                images.append(frame.rgb)
                labels.append(frame.labels)
        return cls(images, labels)

    def __len__(self) -> int:
        return len(self.images)

    def class_shares(self, classes: int) -> NDArray[np.float64]:
        """Share of each class among the labelled pixels, float64 (classes,)."""
        counts = np.sum([np.bincount(label.ravel(), minlength=256) for label in self.labels], axis=0)[:classes]
        return counts / counts.sum()

    def batches(
        self, recipe: Recipe, epoch: int, first: int = 0, synthetic: "Pool | None" = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of `epoch` from batch `first`: frames uint8 (B, 3, h, w), labels int64 (B, h, w).

        A last incomplete batch is left out; which samples it holds changes with every epoch. The recipe's share of
        every batch comes from `synthetic`, drawn at random.
        """
        order = np.random.default_rng([recipe.seed, epoch]).permutation(len(self))
        size = recipe.train.batch
        real = real_samples(recipe)
        for batch in range(first, len(order) // real):
            chosen = [(self, int(index)) for index in order[batch * real : (batch + 1) * real]]
            if synthetic is not None:
                draw = np.random.default_rng([recipe.seed, epoch, batch, 1])
                chosen += [(synthetic, int(index)) for index in draw.integers(0, len(synthetic), size - real)]
            views = [
                augment(
                    pool.images[index],
                    pool.labels[index],
                    recipe.augment,
                    recipe.data.crop,
                    np.random.default_rng([recipe.seed, epoch, batch * size + offset]),
                )
                for offset, (pool, index) in enumerate(chosen)
            ]
            frames = torch.from_numpy(np.stack([image for image, _ in views])).permute(0, 3, 1, 2)
            yield frames, torch.from_numpy(np.stack([label for _, label in views])).long()


def real_samples(recipe: Recipe) -> int:
    """How many samples of a batch are real images."""
    synthetic = recipe.data.synthetic
    return recipe.train.batch - (round(recipe.train.batch * synthetic.share) if synthetic else 0)
