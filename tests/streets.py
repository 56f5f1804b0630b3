"""Synthetic streets built once in a process: to build one takes seconds, however small its frames."""

from functools import cache
from typing import Any

from engine.datasets.street import StreetFrame, SyntheticStreet
from engine.datasets.street.scene import StreetPlan, build_street

_built: dict[tuple[Any, ...], StreetPlan] = {}


def built_once(seed: int, style: Any, reach: float, duration: float) -> StreetPlan:
    """In the place of `engine.datasets.street.drive.build_street`: the same plan for the same street."""
    key = (seed, style.speed, reach, duration)
    if key not in _built:
        _built[key] = build_street(seed, style, reach, duration)
    return _built[key]


@cache
def drawn(seed: int, size: tuple[int, int] = (160, 96), frames: int = 24) -> tuple[StreetFrame, ...]:
    """The first `frames` frames of a street; nobody changes them."""
    return tuple(SyntheticStreet(seed, size=size, frames=frames, truth=False))
