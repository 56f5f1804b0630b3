"""Torch networks by family name. Importing this package does not import torch; building a network does."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    from engine.networks.base import SegmentationNetwork


@dataclass(frozen=True, slots=True)
class Family:
    """Where the networks of one kind come from, and what they take.

    module, builder: a module of this package, and what in it builds a network of so many classes.
    multiple: what both sides of the input must be a multiple of: its deepest features then lie straight over its
    others. At other sizes they are stretched by up to a tenth of the picture, as they never were in training, and
    classes shift.
    package, extra: what it needs besides, and the extra of ours that installs it; "" for nothing.
    """

    module: str
    builder: str
    multiple: int
    package: str = ""
    extra: str = ""


FAMILIES = {
    "fast_scnn": Family("fast_scnn", "FastSCNN", 32),
    "pspnet18": Family("pspnet", "pspnet18", 8),
    "pspnet101": Family("pspnet", "pspnet101", 8),
    "mobilenetv2_psp": Family("mobilenetv2_psp", "mobilenetv2_psp", 8),
    "lite_fpn": Family("lite_fpn", "LiteFPN", 32),
    "hub": Family("hub", "HubNetwork", 1, package="transformers", extra="hub"),
}


def build_network(family: str, classes: int, **options: Any) -> "SegmentationNetwork":
    """Build an untrained network of `family` with `classes` outputs. Raises UnknownNameError for an unknown family,
    ModelError for one that needs a package which is not installed.
    """
    if family not in FAMILIES:
        raise UnknownNameError(f"there is no network family {family!r}; known: {', '.join(FAMILIES)}")
    need_packages(family)
    row = FAMILIES[family]
    return getattr(import_module(f"engine.networks.{row.module}"), row.builder)(classes, **options)


def need_packages(family: str) -> None:
    """Raise ModelError, with the remedy, where networks of `family` need a package that is not installed."""
    row = FAMILIES[family]
    if row.package and find_spec(row.package) is None:
        raise ModelError(
            f"{family} networks need the package {row.package}, which is not installed; install it with: pip install "
            f"'steadymask[{row.extra}]'"
        )
