"""Torch networks by family name. Importing this package does not import torch; building a network does."""

from typing import TYPE_CHECKING, Any

from engine.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn

FAMILIES = {"fast_scnn": 32}
"""Family → what both sides of its input must be a multiple of: its deepest features then lie straight over its others.

At other sizes they are stretched by up to a tenth of the picture, as they never were in training, and classes shift.
"""


def build_network(family: str, classes: int, **options: Any) -> "nn.Module":
    """Build an untrained network of `family` with `classes` outputs. Raises UnknownNameError for an unknown family."""
    if family == "fast_scnn":
        from engine.networks.fast_scnn import FastSCNN

        return FastSCNN(classes, **options)
    raise UnknownNameError(f"there is no network family {family!r}; known: {', '.join(FAMILIES)}")
