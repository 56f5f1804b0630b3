"""The world of the synthetic street as data: flat, textured surfaces, where each of them is at a time.

Coordinates are metres: x to the right, y up, z ahead along the street; the ground is y = 0. A surface is a
parallelogram with pose M, float64 (3, 3) with the columns [right, down, origin]: its texture point (u, v), 0..1 from
the top left corner, lies at `M @ (u, v, 1)`. Since every surface is flat and moves rigidly, the optical flow on it is a
homography, known exactly.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.paint import Texture

Vector = NDArray[np.float64]


class Label(IntEnum):
    """CamVid's 11 classes, in the order of `resources/class_sets/camvid.json`."""

    SKY = 0
    BUILDING = 1
    POLE = 2
    ROAD = 3
    PAVEMENT = 4
    TREE = 5
    SIGN = 6
    FENCE = 7
    CAR = 8
    PEDESTRIAN = 9
    BICYCLIST = 10


class Role(IntEnum):
    """What a surface is drawn as."""

    SOLID = 0
    """seen, labelled"""
    CASTER = 1
    """never seen itself, only throws a shadow on the ground"""
    DECAL = 2
    """paint on the ground: changes its colour, keeps its label"""
    BLOB = 3
    """soft shade on the ground right under a thing"""
    BACKDROP = 4
    """drawn before everything else, in its own way: sky, skyline and ground"""


SKY, SKYLINE, ROAD, PAVEMENT, GRASS = range(5)
"""The first surfaces of every world. Sky and skyline are infinitely far away: their `origin` is a direction. The three
kinds of ground share the plane y = 0, with (u, v) = (x, z) in metres."""

OFF_STREET = 1000
"""Layer of everything beyond the building line; what stands in the street has its layer from where it is."""


@dataclass(frozen=True)
class Swing:
    """A limb's motion: around `axis` through `pivot` by amplitude * sin(rate * t + phase), radians and seconds."""

    axis: tuple[float, float, float]
    pivot: tuple[float, float, float]
    amplitude: float
    rate: float
    phase: float


@dataclass(frozen=True)
class Part:
    """One flat piece of a thing, in the thing's own coordinates.

    lit: share of the sun's light that reaches it, 0..1; None works it out from its direction.
    body: pieces with the same number form one convex body, within which nothing hides anything else.
    order: pieces with a higher number are drawn over those with a lower one.
    """

    texture: Texture
    right: tuple[float, float, float]
    down: tuple[float, float, float]
    origin: tuple[float, float, float]
    label: Label
    role: Role = Role.SOLID
    two_sided: bool = False
    lit: float | None = None
    swing: Swing | None = None
    body: int = 0
    order: int = 0
    casts: bool = False


@dataclass
class World:
    """Every surface there is, as arrays over N surfaces; built by `WorldBuilder.finish`.

    base: float64 (N, 3, 3) poses at the time 0 of each surface's motion.
    velocity: float64 (N, 3) m/s. span: float64 (N, 2) seconds between which the surface moves; it rests outside.
    pivot, axis: float64 (N, 3); amplitude, rate, phase: float64 (N,): see `Swing`.
    texture: index into `textures`. label: uint8 (N,). body: int32 (N,), unique to a convex body in the whole world.
    lit: float32 (N,). tint: float32 (N, 3) multiplies the colours.
    thing: int32 (N,) which thing a surface belongs to; layer, order: drawing order (see `street_render`).
    """

    textures: list[Texture]
    base: NDArray[np.float64]
    anchor: NDArray[np.float64]
    velocity: NDArray[np.float64]
    span: NDArray[np.float64]
    pivot: NDArray[np.float64]
    axis: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    rate: NDArray[np.float64]
    phase: NDArray[np.float64]
    texture: NDArray[np.int32]
    label: NDArray[np.uint8]
    role: NDArray[np.uint8]
    body: NDArray[np.int32]
    thing: NDArray[np.int32]
    layer: NDArray[np.int32]
    order: NDArray[np.int32]
    two_sided: NDArray[np.bool_]
    casts: NDArray[np.bool_]
    lit: NDArray[np.float32]
    tint: NDArray[np.float32]

    def poses(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Poses of all surfaces at `time_s`, float64 (N, 3, 3), and the foot points of their things, float64 (N, 3)."""
        clock = np.clip(time_s, self.span[:, 0], self.span[:, 1])
        shift = self.velocity * clock[:, None]
        pose = self.base.copy()
        moving = np.flatnonzero(self.amplitude)
        if moving.size:
            angle = self.amplitude[moving] * np.sin(self.rate[moving] * clock[moving] + self.phase[moving])
            turn = _turns(self.axis[moving], angle)
            pose[moving, :, 2] -= self.pivot[moving]
            pose[moving] = turn @ pose[moving]
            pose[moving, :, 2] += self.pivot[moving]
        pose[:, :, 2] += shift
        return pose, self.anchor + shift


def _turns(axis: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation matrices (K, 3, 3) around unit vectors `axis` (K, 3) by `angle` (K,) radians."""
    x, y, z = axis.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross))


@dataclass
class WorldBuilder:
    """Collects things; `finish` freezes them into a `World`. sun: unit vector towards the sun."""

    sun: Vector
    _textures: list[Texture] = field(default_factory=list)
    _texture_ids: dict[int, int] = field(default_factory=dict)
    _rows: list[tuple[object, ...]] = field(default_factory=list)
    _things: int = 0
    _bodies: int = 0

    def add(
        self,
        parts: list[Part],
        at: tuple[float, float, float] = (0.0, 0.0, 0.0),
        *,
        heading: float = 0.0,
        scale: float = 1.0,
        layer: int = 0,
        depth: float | None = None,
        velocity: tuple[float, float, float] = (0.0, 0.0, 0.0),
        span: tuple[float, float] = (-np.inf, np.inf),
        tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        """Place a thing with its own origin `at`, turned by `heading` radians (0 looks ahead, along +z).

        depth: z by which things of one layer are sorted, `at`'s own if None.
        span: between these times (s) the thing moves with `velocity` (m/s); `at` is where it would be at time 0.
        """
        sine, cosine = np.sin(heading), np.cos(heading)
        turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
        place = np.array(at, np.float64)
        bodies = {body: self._bodies + rank for rank, body in enumerate({part.body: None for part in parts})}
        anchor = np.array([at[0], at[1], at[2] if depth is None else depth])
        for part in parts:
            local = np.array([part.right, part.down, part.origin], np.float64).T * scale
            pose = turn @ local
            pose[:, 2] += place
            swing = part.swing
            pivot = turn @ (np.array(swing.pivot) * scale) + place if swing else np.zeros(3)
            axis = turn @ np.array(swing.axis, np.float64) if swing else np.array([1.0, 0, 0])
            lit = self._sunlight(pose) if part.lit is None else part.lit
            self._rows.append(
                (
                    pose,
                    anchor,
                    velocity,
                    span,
                    pivot,
                    axis,
                    swing.amplitude if swing else 0.0,
                    swing.rate if swing else 0.0,
                    swing.phase if swing else 0.0,
                    self._texture_id(part.texture),
                    part.label,
                    part.role,
                    bodies[part.body],
                    self._things,
                    layer,
                    part.order,
                    part.two_sided,
                    part.casts,
                    lit,
                    tint,
                )
            )
        self._things += 1
        self._bodies += len(bodies)

    def _texture_id(self, texture: Texture) -> int:
        key = id(texture)
        if key not in self._texture_ids:
            self._texture_ids[key] = len(self._textures)
            self._textures.append(texture)  # kept alive here, so its id stays its own
        return self._texture_ids[key]

    def _sunlight(self, pose: NDArray[np.float64]) -> float:
        normal = np.cross(pose[:, 0], pose[:, 1])  # outwards, since `right` x `down` turns that way in these axes
        return max(0.0, float(normal @ self.sun) / (float(np.linalg.norm(normal)) + 1e-12))

    def finish(self) -> World:
        """Freeze everything added so far."""
        columns = list(zip(*self._rows, strict=True))
        kinds = [np.float64] * 9 + [
            np.int32,
            np.uint8,
            np.uint8,
            np.int32,
            np.int32,
            np.int32,
            np.int32,
            bool,
            bool,
            np.float32,
            np.float32,
        ]
        arrays = [np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)]
        return World(self._textures, *arrays)
