"""Samples of a batch mixed with one another: a rectangle of one is put into another.

Source: Yun and others, "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features" (ICCV
2019, arXiv 1905.04899), here with the labels of every pixel; French, Laine, Aila, Mackiewicz and Finlayson,
"Semi-supervised semantic segmentation needs strong, varied perturbations" (BMVC 2020, arXiv 1906.01916).
"""

from dataclasses import replace

import numpy as np

from trainer.data.window import Batch
from trainer.recipe import AugmentPart

_LEAST, _MOST = 0.25, 0.75
"""Of the picture's sides: a rectangle's."""


def mixed(batch: Batch, part: AugmentPart, random: np.random.Generator) -> Batch:
    """The batch, of single pictures, with a rectangle of another of its samples in a share `part.mix` of them.

    A rectangle comes from the same place of the sample before it in the batch, as that was before it was mixed itself,
    with its labels. Of motion, targets and mattes a recipe that mixes has none.
    """
    frames, labels = batch.frames.clone(), batch.labels.clone()
    high, wide = frames.shape[-2:]
    for sample in range(len(frames)):
        if random.random() >= part.mix:
            continue
        rows, columns = (_span(side, random) for side in (high, wide))
        frames[sample, :, :, rows, columns] = batch.frames[sample - 1, :, :, rows, columns]
        labels[sample, :, rows, columns] = batch.labels[sample - 1, :, rows, columns]
    return replace(batch, frames=frames, labels=labels)


def _span(side: int, random: np.random.Generator) -> slice:
    length = round(side * random.uniform(_LEAST, _MOST))
    first = int(random.integers(0, side - length + 1))
    return slice(first, first + length)
