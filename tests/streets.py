"""Frames of synthetic streets, drawn once in a process: to build a street takes seconds, however small its frames."""

from functools import cache

from engine.datasets.street import StreetFrame, SyntheticStreet


@cache
def drawn(seed: int, size: tuple[int, int] = (160, 96), frames: int = 24) -> tuple[StreetFrame, ...]:
    """The first `frames` frames of a street; nobody changes them."""
    return tuple(SyntheticStreet(seed, size=size, frames=frames, truth=False))
