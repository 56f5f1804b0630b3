"""What the builders of the synthetic street share: its measures, its random streams, its trees and its shades."""

from dataclasses import dataclass, field

import numpy as np

from engine.datasets.street.nature import crown_texture, soft_blob, trunk_texture
from engine.datasets.street.paint import vary
from engine.datasets.street.style import SIGHT_M, Style
from engine.datasets.street.world import Label, Part, Role, WorldBuilder

START = -24.0
"""Where the street begins, metres; the camera starts at 0."""


@dataclass
class Site:
    """One side of the street while it is being built.

    sign: -1 left, +1 right. crossings, gardens: stretches (z from, z to). blocks: houses, (z from, z to, eaves height).
    """

    sign: int
    crossings: list[tuple[float, float]] = field(default_factory=list)
    gardens: list[tuple[float, float]] = field(default_factory=list)
    blocks: list[tuple[float, float, float]] = field(default_factory=list)

    def open_at(self, z0: float, z1: float) -> bool:
        """Whether a side street touches z0..z1."""
        return any(z1 > a and z0 < b for a, b in self.crossings)


@dataclass(frozen=True)
class Vehicle:
    """What one must not walk into: at (x, z + pace * time), with half its width and length, metres and m/s."""

    x: float
    z: float
    pace: float
    half_width: float
    half_length: float


class Layout:
    """A street in the making, built up to `reach` metres of driving and for `duration` seconds.

    Each kind of thing has its own random stream, so that a change to one kind leaves the others where they are.
    """

    def __init__(self, seed: int, style: Style, reach: float, duration: float) -> None:
        self.seed, self.style, self.end, self.duration = seed, style, reach + SIGHT_M, duration
        self.world = WorldBuilder(style.sun)
        self.sides = (Site(-1), Site(1))
        self.zebras: list[float] = []
        self.vehicles: list[Vehicle] = []
        self._round_blob, self._square_blob = soft_blob(True), soft_blob(False)
        own = self.rng(4)
        self._crowns = [crown_texture(own, vary(own, style.leaf, 8), n > 3) for n in range(6)]
        self._trunks = [trunk_texture(own) for _ in range(2)]

    def rng(self, stream: int) -> np.random.Generator:
        """The random stream of one kind of thing."""
        return np.random.default_rng([self.seed, stream])

    def tint(self, rng: np.random.Generator) -> tuple[float, float, float]:
        """Factors on a thing's colours, so that no two of a kind look quite the same."""
        light = rng.normal(1, 0.06)
        red, green, blue = (float(light + rng.normal(0, 0.025)) for _ in range(3))
        return red, green, blue

    def blob(self, wide: float, deep: float, square: bool = False) -> Part:
        """The soft shade right under a thing of `wide` x `deep` metres."""
        texture = self._square_blob if square else self._round_blob
        return Part(texture, (wide, 0, 0), (0, 0, -deep), (-wide / 2, 0, deep / 2), Label.ROAD, Role.BLOB, body=99)

    def tree(self, at: tuple[float, float, float], rng: np.random.Generator, layer: int) -> None:
        """Plant a tree: a trunk and three layers of crown, one behind the other."""
        wide, high = float(rng.uniform(3.2, 5.2)), float(rng.uniform(3.6, 6.0))
        stem = float(rng.uniform(2.4, 3.2))
        trunk = self._trunks[int(rng.integers(2))]
        scale = stem + high * 0.3
        parts = [
            Part(
                trunk,
                (1.5, 0, 0),
                (0, -scale, 0),
                (-0.75, scale, 0),
                Label.TREE,
                two_sided=True,
                lit=0.4,
                body=0,
                order=0,
                casts=True,
            )
        ]
        for rank, (z, size, dx) in enumerate(((0.9, 0.82, 0.2), (0.0, 1.0, 0.0), (-0.9, 0.7, -0.25))):
            w, h, x = wide * size, high * size, dx * wide * rng.uniform(0.5, 1.2)
            crown = self._crowns[int(rng.integers(len(self._crowns)))]
            foot = stem + high * 0.1 * (1 - size) * rng.uniform(0, 3)
            parts.append(
                Part(
                    crown,
                    (w, 0, 0),
                    (0, -h, 0),
                    (x - w / 2, foot + h, z),
                    Label.TREE,
                    two_sided=True,
                    lit=0.5,
                    body=1 + rank,
                    order=1,
                    casts=rank == 1,
                )
            )
        parts.append(self.blob(1.6, 1.6))
        self.world.add(parts, at, layer=layer, tint=self.tint(rng))
