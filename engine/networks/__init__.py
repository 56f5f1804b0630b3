"""Torch networks by family name. Importing this package does not import torch; building a network does."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.errors import UnknownNameError

if TYPE_CHECKING:
    from engine.networks.base import SegmentationNetwork


@dataclass(frozen=True, slots=True)
class Family:
    """Where the networks of one kind come from, and what they take.

    module, builder: a module of this package, and what in it builds a network of so many classes.
    multiple: what both sides of the input must be a multiple of: its deepest features then lie straight over its
    others. At other sizes they are stretched by up to a tenth of the picture, as they never were in training, and
    classes shift.
    """

    module: str
    builder: str
    multiple: int


FAMILIES = {
    "fast_scnn": Family("fast_scnn", "FastSCNN", 32),
    "pspnet18": Family("pspnet", "pspnet18", 8),
    "pspnet101": Family("pspnet", "pspnet101", 8),
    "mobilenetv2_psp": Family("mobilenetv2_psp", "mobilenetv2_psp", 8),
    "lite_fpn": Family("lite_fpn", "LiteFPN", 32),
}


def build_network(family: str, classes: int, **options: Any) -> "SegmentationNetwork":
    """Build an untrained network of `family` with `classes` outputs. Raises UnknownNameError for an unknown family."""
    if family not in FAMILIES:
        raise UnknownNameError(f"there is no network family {family!r}; known: {', '.join(FAMILIES)}")
    row = FAMILIES[family]
    return getattr(import_module(f"engine.networks.{row.module}"), row.builder)(classes, **options)
