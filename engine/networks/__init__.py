"""Torch networks by family name. Importing this package does not import torch; building a network does."""

from typing import TYPE_CHECKING, Any

from engine.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn

FAMILIES = ("fast_scnn",)


def build_network(family: str, classes: int, **options: Any) -> "nn.Module":
    """Build an untrained network of `family` with `classes` outputs. Raises UnknownNameError for an unknown family."""
    if family == "fast_scnn":
        from engine.networks.fast_scnn import FastSCNN

        return FastSCNN(classes, **options)
    raise UnknownNameError(f"there is no network family {family!r}; known: {', '.join(FAMILIES)}")
