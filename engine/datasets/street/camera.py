"""The camera of the synthetic street, and the exact motion between two of its pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.style import LANE_M, Style

NEAR_M = 0.4
"""Nothing nearer than this is drawn, metres in front of the camera."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera at one moment.

    place: float64 (3,) world metres. turn: float64 (3, 3), world directions to camera directions (x right, y down,
    z ahead). focal: pixels. centre: (x, y) pixels; pixel (0, 0) has its middle at (0.0, 0.0). size: (width, height).
    """

    place: NDArray[np.float64]
    turn: NDArray[np.float64]
    focal: float
    centre: tuple[float, float]
    size: tuple[int, int]

    def rays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Slopes of the pixels' rays: x for each column, float64 (W,), y for each row, float64 (H,)."""
        width, height = self.size
        columns, rows = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
        return (columns - self.centre[0]) / self.focal, (rows - self.centre[1]) / self.focal


class Drive:
    """The camera's way: ahead in its lane with some weaving, and the shake of a moving car.

    All of it is a function of time alone. A camera that stands still does not shake either.
    """

    def __init__(self, seed: int, style: Style, size: tuple[int, int]) -> None:
        self.style, self.size = style, size
        rng = np.random.default_rng([seed, 8])
        self._phase = rng.uniform(0, 2 * np.pi, 12)
        self._rate = rng.uniform(0.8, 1.2, 12)
        self._lively = float(rng.uniform(0.6, 1.4)) * min(1.0, style.speed / 5)
        self._pitch = float(np.radians(rng.uniform(-1.0, 3.0)))

    def _wave(self, number: int, period_s: float, time_s: float) -> float:
        rate = 2 * np.pi / period_s * self._rate[number]
        return float(np.sin(rate * time_s + self._phase[number]))

    def camera(self, time_s: float) -> Camera:
        """Where the camera is at `time_s` seconds."""
        style, lively = self.style, self._lively
        ahead = style.speed * time_s + 0.9 * lively * self._wave(0, 7.0, time_s)
        aside = style.drive_side * LANE_M / 2 + 0.22 * lively * self._wave(1, 8.0, time_s)
        high = style.camera_height + 0.012 * lively * (self._wave(2, 0.7, time_s) + 0.6 * self._wave(3, 0.31, time_s))
        yaw = np.radians(lively * (1.3 * self._wave(4, 8.0, time_s) + 0.5 * self._wave(5, 3.1, time_s)))
        pitch = self._pitch + np.radians(
            lively * (0.28 * self._wave(6, 1.3, time_s) + 0.16 * self._wave(7, 0.43, time_s))
        )
        roll = np.radians(lively * (0.45 * self._wave(8, 2.7, time_s) + 0.15 * self._wave(9, 0.6, time_s)))
        width, height = self.size
        focal = max(width, height * 1.4) / 2 / style.view_tan
        return Camera(
            np.array([aside, high, ahead]),
            _turn(float(yaw), float(pitch), float(roll)),
            focal,
            ((width - 1) / 2, (height - 1) / 2),
            self.size,
        )


def _turn(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """World to camera directions; positive yaw looks right, positive pitch looks up."""
    sy, cy, sp, cp, sr, cr = *_both(yaw), *_both(pitch), *_both(roll)
    flip = np.diag([1.0, -1.0, 1.0])  # up in the world is minus y in the picture
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ flip @ about_y)


def _both(angle: float) -> tuple[float, float]:
    return float(np.sin(angle)), float(np.cos(angle))


@dataclass(frozen=True)
class Shot:
    """What the camera saw at one moment, before any light or noise of the sensor.

    rgb: uint8 (H, W, 3), finished picture. surface: int32 (H, W), which surface each pixel's middle shows.
    pose: float64 (N, 3, 3), all surfaces' poses in camera coordinates. facing: bool (N,), seen from their front.
    """

    camera: Camera
    rgb: NDArray[np.uint8]
    surface: NDArray[np.int32]
    pose: NDArray[np.float64]
    facing: NDArray[np.bool_]


def exact_flow(source: Shot, target: Shot, body: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where the surface points seen in `source` are in `target`, and whether `target` sees them.

    body: int32 (N,), which convex body each surface belongs to.
    Returns flow float32 (H, W, 2), (dx, dy) pixels from source to target, and visible bool (H, W).

    Each surface is flat and rigid, so its flow is the homography pose_target @ pose_source^-1 between rays. Written as
    a difference to the identity, it keeps its precision in float32: the error is far below 1/1000 pixel. A point that
    has come behind the target's camera has no place in its picture: its flow is clipped to ten picture widths.
    """
    camera = source.camera
    width, height = camera.size
    used, compact = _compact(source.surface, len(body))
    motion = target.pose[used] @ np.linalg.inv(source.pose[used])
    scale = motion[:, 2].copy()
    motion -= np.eye(3) * scale[:, 2, None, None]  # see below
    rays_x, rays_y = camera.rays()
    x, y = rays_x.astype(np.float32)[None, :], rays_y.astype(np.float32)[:, None]

    def gather(table: NDArray[np.float64]) -> NDArray[np.float32]:
        return np.take(table.astype(np.float32), compact)

    # With G the homography, G(r) = (g0.r, g1.r, g2.r) and r = (x, y, 1): dx = (g0.r - x g2.r) / g2.r. Subtracting
    # G[2,2] from the diagonal takes x G[2,2] from both terms of the difference.
    gx, gy = gather(scale[:, 0]), gather(scale[:, 1])
    tilt = gx * x + gy * y
    depth = tilt + gather(scale[:, 2])
    dx = gather(motion[:, 0, 0]) * x + gather(motion[:, 0, 1]) * y + gather(motion[:, 0, 2]) - x * tilt
    dy = gather(motion[:, 1, 0]) * x + gather(motion[:, 1, 1]) * y + gather(motion[:, 1, 2]) - y * tilt
    behind = depth <= 1e-6
    factor = np.float32(camera.focal) / np.where(behind, np.float32(1), depth)
    limit = np.float32(10 * max(width, height))
    flow = np.empty((height, width, 2), np.float32)
    np.clip(dx * factor, -limit, limit, out=flow[..., 0])
    np.clip(dy * factor, -limit, limit, out=flow[..., 1])

    columns = np.rint(flow[..., 0] + np.arange(width, dtype=np.float32)[None, :]).astype(np.int32)
    rows = np.rint(flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]).astype(np.int32)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height) & ~behind
    place = np.where(inside, rows * width + columns, 0)
    seen = np.take(target.surface.ravel(), place)
    same = np.take(body, seen) == np.take(body[used], compact)
    return flow, inside & same & np.take(target.facing[used], compact)


def _compact(surface: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The surfaces that occur, and each pixel's position in that list."""
    present = np.zeros(count, bool)
    present[surface.ravel()] = True
    used = np.flatnonzero(present)
    rank = np.zeros(count, np.int32)
    rank[used] = np.arange(len(used), dtype=np.int32)
    return used, np.take(rank, surface)
