"""How a picture moves over the frame: smooth, exactly known, and so that no edge that cuts its person is seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""(3, 3): from a point (x, y, 1) of the picture to one of the frame, both in pixels, (0, 0) the middle of the first."""

_MARGIN = 1.5
"""How far outside a frame, pixels, an edge has to stay: bilinear sampling reaches one."""

_TRIES = 400


@dataclass(frozen=True, slots=True)
class Sway:
    """How far a picture moves: each a wave of some 20 to 70 frames, and `drift` steadily.

    shift, drift: of the frame's shorter side; drift a frame. turn: radians. zoom, shear: shares.
    """

    shift: float = 0.025
    drift: float = 0.0015
    turn: float = 0.04
    zoom: float = 0.03
    shear: float = 0.015


PERSON = Sway()
CAMERA = Sway(shift=0.02, drift=0.002, turn=0.01, zoom=0.02, shear=0.0)


class Path:
    """A smooth movement around the picture's `anchor`, drawn from `random`: exact, at any time."""

    def __init__(self, random: np.random.Generator, sway: Sway, size: tuple[int, int]) -> None:
        """size: (width, height) of the frame."""
        self._reach = np.array([sway.shift, sway.shift, sway.turn, sway.zoom, sway.shear])
        self._reach[:2] *= min(size)
        self._reach *= random.uniform(0.3, 1.0, 5)
        self._rate = 2 * np.pi / random.uniform(20, 70, 5)
        self._phase = random.uniform(0, 2 * np.pi, 5)
        angle = random.uniform(0, 2 * np.pi)
        self._drift = sway.drift * min(size) * random.uniform(0, 1) * np.array([np.cos(angle), np.sin(angle)])

    def at(self, time: float) -> Matrix:
        """The movement at `time`, in frames: of a point relative to the anchor, before it is enlarged and placed."""
        across, down, turn, zoom, shear = self._reach * np.sin(self._rate * time + self._phase)
        shift = np.array([across, down]) + self._drift * time
        cosine, sine = np.cos(turn), np.sin(turn)
        linear = np.exp(zoom) * np.array([[cosine, -sine], [sine, cosine]]) @ np.array([[1.0, shear], [0.0, 1.0]])
        return np.array([[*linear[0], shift[0]], [*linear[1], shift[1]], [0, 0, 1]])


def enlarged(factor: float, anchor: tuple[float, float]) -> Matrix:
    """Puts the picture's `anchor` at 0 and enlarges it around there."""
    return np.array([[factor, 0, -factor * anchor[0]], [0, factor, -factor * anchor[1]], [0, 0, 1.0]])


def shifted(x: float, y: float) -> Matrix:
    """Puts 0 at (x, y)."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def place_person(
    alpha: NDArray[np.uint8],
    size: tuple[int, int],
    movement: Sequence[Matrix],
    random: np.random.Generator,
    *,
    least_shown: float = 0.35,
) -> tuple[Matrix, ...] | None:
    """Where the picture of a person comes to lie at each step of a movement, such that no cut edge is seen.

    alpha: uint8 (h, w). size: (width, height) of the frame. Wherever the person reaches the picture's edge, that edge
    is outside the frame, all the time; the person covers a tenth to two thirds of it, `least_shown` of the person is in
    sight at first, and the head's top is unless the picture cuts it. Of several places that one which shows most of the
    person. None where none was found.
    """
    person = alpha > _SEEN
    rows, columns = np.flatnonzero(person.any(axis=1)), np.flatnonzero(person.any(axis=0))
    if not rows.size:
        return None
    anchor = (float(columns[0] + columns[-1]) / 2, float(rows[0] + rows[-1]) / 2)
    top = np.array([[float(np.flatnonzero(person[rows[0]]).mean()), float(rows[0])]])
    edge, inside = _cut_points(alpha), _some_points(person)
    tall, area = float(rows[-1] - rows[0] + 1), np.count_nonzero(person) / (size[0] * size[1])

    factors = size[1] / tall * np.exp(random.uniform(np.log(_FACTORS[0]), np.log(_FACTORS[1]), _TRIES))
    centres = random.uniform((0.2 * size[0], 0.35 * size[1]), (0.8 * size[0], 1.6 * size[1]), (_TRIES, 2))
    drawn = zip(factors, centres, strict=True)
    tried = np.stack([shifted(*centre) @ enlarged(factor, anchor) for factor, centre in drawn])
    shown = _within(inside, tried, size, 0).mean(axis=1)
    covered = shown * area * factors**2
    good = (covered >= _LEAST) & (covered <= _MOST) & (shown >= least_shown)
    good &= ~_within(edge, tried, size, -_MARGIN).any(axis=1)
    if rows[0] > 0:
        good &= _within(top, tried, size, _HEADROOM * size[1])[:, 0]
    some = np.flatnonzero(good)[:_COMPARED]
    for place in some[np.argsort(-shown[some])]:
        middle = shifted(*centres[place])
        steps = tuple(middle @ each @ enlarged(factors[place], anchor) for each in movement)
        if not _within(edge, np.stack(steps), size, -_MARGIN).any():
            return steps
    return None


_SEEN = 5
"""Alpha of 255 from which on a pixel counts as the person's."""
_HEADROOM = 0.02
"""How far below the frame's upper edge the head begins at least, of its height."""
_LEAST, _MOST = 0.1, 0.67
_FACTORS = (0.7, 2.6)
"""How tall the person becomes, of the frame's height."""
_COMPARED = 12
"""How many places are compared for what they show."""


def place_scene(
    scene: tuple[int, int], size: tuple[int, int], movement: Sequence[Matrix], random: np.random.Generator
) -> tuple[Matrix, ...]:
    """Where a background of size `scene` comes to lie at each step, such that it always fills the frame of `size`."""
    anchor = ((scene[0] - 1) / 2, (scene[1] - 1) / 2)
    centre = (size[0] - 1) / 2, (size[1] - 1) / 2
    factor = max(size[0] / scene[0], size[1] / scene[1]) * float(random.uniform(1.05, 1.4))
    corners = np.array([[0.0, 0.0], [size[0] - 1, 0], [0, size[1] - 1], [size[0] - 1, size[1] - 1]])
    while True:
        steps = tuple(shifted(*centre) @ each @ enlarged(factor, anchor) for each in movement)
        if all(_within(corners, np.asarray(np.linalg.inv(step)[None], np.float64), scene, 0).all() for step in steps):
            return steps
        factor *= 1.05


def _cut_points(alpha: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The pixels of the picture's edge where the person reaches it, (n, 2) as (x, y)."""
    edge = np.zeros(alpha.shape, bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    rows, columns = np.nonzero(edge & (alpha > _SEEN))
    return np.stack([columns, rows], axis=1).astype(np.float64)


def _some_points(person: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Points spread evenly over the person, (n, 2)."""
    rows, columns = np.nonzero(person)
    step = max(1, len(rows) // _POINTS)
    return np.stack([columns, rows], axis=1).astype(np.float64)[::step]


_POINTS = 400


def _within(
    points: NDArray[np.float64], matrices: NDArray[np.float64], size: tuple[int, int], margin: float
) -> NDArray[np.bool_]:
    """Whether each point lies in the frame by each matrix, (n, 3, 3): bool (n, points).

    margin: pixels further in, or out below 0.
    """
    inside = np.ones((len(matrices), len(points)), bool)
    for axis in (0, 1):
        moved = matrices[:, axis, :2] @ points.T + matrices[:, axis, 2:]
        inside &= (moved > margin) & (moved < size[axis] - 1 - margin)
    return inside


def factor_of(steps: Sequence[Matrix]) -> float:
    """How much the picture is enlarged, at the step where it is least."""
    return min(float(np.sqrt(abs(np.linalg.det(step[:2, :2])))) for step in steps)
