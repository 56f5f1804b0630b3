"""Takes the pictures of the synthetic street: what is drawn in which order, under which light, by which sensor.

The painter's order is exact here because of how the street is built. Things beyond the building line fill separate
stretches of the street, so the farther stretch goes first. Things in the street stand in lanes side by side, so a lane
farther from the camera goes first, and within a lane what is farther ahead. Within a thing, the farther face.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.camera import Camera, Drive, Shot
from engine.datasets.street.draw import Drawing, TextureStore
from engine.datasets.street.ground import Ground
from engine.datasets.street.scene import StreetPlan
from engine.datasets.street.style import SIGHT_M
from engine.datasets.street.world import OFF_STREET, SKY, SKYLINE, Role

_SHADOW_REACH_M = 75.0
_THING_SIGHT_M = 170.0


class Renderer:
    """Takes pictures of a street. size: (width, height) pixels."""

    def __init__(self, seed: int, plan: StreetPlan, size: tuple[int, int]) -> None:
        self.plan, self.world, self.size, self.seed = plan, plan.world, size, seed
        self.drive = Drive(seed, plan.style, size)
        self.ground = Ground(seed, plan)
        self._textures = TextureStore(self.world.textures)
        rng = np.random.default_rng([seed, 9])
        self._grain = rng.standard_normal((max(512, size[1] + 64), max(512, size[0] + 64)), np.float32)
        self._grain_size = float(rng.uniform(1.2, 3.2))
        self._waves = rng.uniform(0, 2 * np.pi, 4)
        self._bright = float(rng.uniform(1.0, 1.2))
        width, height = size
        x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
        self._vignette = 1 - float(rng.uniform(0.04, 0.12)) * (x[None] ** 2 + y[:, None] ** 2)
        north = plan.style.sun / plan.style.sun[1]
        self._flatten = np.eye(3) - np.outer(north, [0, 1, 0])  # along the sun's rays on to the ground
        self._bands = self._lane_edges()

    def _lane_edges(self) -> NDArray[np.float64]:
        """Edges between the lanes of things, right half; beyond each other as seen from the middle."""
        style = self.plan.style
        edges = [
            0.0,
            2.95,
            style.kerb - 2.2 if style.parking else 3.9,
            style.kerb + 0.02,
            style.kerb + 0.36,
            style.kerb + 1.25,
        ]
        return np.array(sorted({-e for e in edges} | set(edges)))

    def shot(self, index: int, time_s: float, world_s: float) -> Shot:
        """The picture of frame `index`, with the camera at `time_s` and everything else at `world_s` seconds."""
        world, camera = self.world, self.drive.camera(time_s)
        pose, foot = world.poses(world_s)
        cloud = 1 - 0.22 * (1 + np.sin(time_s * 0.55 + self._waves[0])) * (0.4 + self.plan.style.cloud)
        sun = np.asarray(self.plan.style.weather.sun_gain) * max(0.2, float(cloud))
        sunny = self.ground.sunlit(foot[:, 0], 0.9, foot[:, 2])

        flat = np.flatnonzero(world.casts & (np.abs(foot[:, 2] - camera.place[2]) < _SHADOW_REACH_M))
        shadow_pose = self._flatten @ pose[flat]
        in_camera = self._to_camera(pose, camera)
        facing = world.two_sided | (np.linalg.det(in_camera) > 0)

        height, width = camera.size[1], camera.size[0]
        canvas = np.zeros((height, width, 4), np.uint8)
        surface = np.full((height, width), SKY, np.int32)
        drawing = Drawing(self._textures, camera, canvas, surface)
        plain = np.ones((len(pose), 3), np.float32)
        drawing.paint(np.array([SKY]), in_camera, world.texture, plain)
        drawing.paint(np.array([SKYLINE]), in_camera, world.texture, plain)

        near = foot[:, 2] - camera.place[2]
        sight = np.where(world.layer == OFF_STREET, SIGHT_M, _THING_SIGHT_M)
        live = facing & (near > -40) & (near < sight)
        canvas_rows = self.ground.paint(canvas, surface, camera, in_camera)
        decals = np.flatnonzero(live & (world.role == Role.DECAL))
        drawing.paint(decals, in_camera, world.texture, plain, numbered=False)
        blobs = np.flatnonzero(live & (world.role == Role.BLOB) & (near < _SHADOW_REACH_M))
        shade = drawing.mask(in_camera[blobs], world.texture[blobs])
        shadow = drawing.mask(self._to_camera(shadow_pose, camera, finite=True), world.texture[flat])
        self.ground.light(canvas, canvas_rows, shade, shadow, sun)

        solid = np.flatnonzero(live & (world.role == Role.SOLID))
        share = world.lit[solid] * np.where((world.layer[solid] == OFF_STREET) | sunny[solid], 1.0, 0.15)
        gain = plain
        gain[solid] = world.tint[solid] * (
            np.asarray(self.plan.style.weather.ambient) + sun[None] * 1.25 * share[:, None]
        )
        drawing.paint(self._ordered(solid, foot, in_camera, camera), in_camera, world.texture, gain)
        rgb = self._develop(index, time_s, canvas, surface, in_camera, camera)
        return Shot(camera, rgb, surface, in_camera, facing)

    def _to_camera(self, pose: NDArray[np.float64], camera: Camera, finite: bool = False) -> NDArray[np.float64]:
        moved = pose.copy()
        moved[:, :, 2] -= camera.place
        if not finite:  # sky and skyline are directions: the camera's place does not matter
            moved[[SKY, SKYLINE], :, 2] = pose[[SKY, SKYLINE], :, 2]
        return np.asarray(camera.turn @ moved)

    def _ordered(
        self, index: NDArray[np.int64], foot: NDArray[np.float64], in_camera: NDArray[np.float64], camera: Camera
    ) -> NDArray[np.int64]:
        """`index` sorted from back to front."""
        world = self.world
        here = int(np.searchsorted(self._bands, camera.place[0]))
        lane = np.abs(np.searchsorted(self._bands, foot[index, 0]) - here)
        layer = np.where(world.layer[index] == OFF_STREET, OFF_STREET, lane)
        middle = in_camera[index, 2, 2] + 0.5 * (in_camera[index, 2, 0] + in_camera[index, 2, 1])
        order = np.lexsort((-middle, world.order[index], world.thing[index], -foot[index, 2], -layer))
        return np.asarray(index[order])

    def _develop(
        self,
        index: int,
        time_s: float,
        canvas: NDArray[np.uint8],
        surface: NDArray[np.int32],
        in_camera: NDArray[np.float64],
        camera: Camera,
    ) -> NDArray[np.uint8]:
        """Haze by distance, exposure that drifts, vignette and the sensor's noise."""
        weather = self.plan.style.weather
        present = np.zeros(len(in_camera), bool)
        present[surface.ravel()] = True
        used = np.flatnonzero(present)
        nearness = np.zeros((3, len(in_camera)), np.float32)
        nearness[:, used] = np.linalg.inv(in_camera[used])[:, 2].T
        nearness[:, SKY] = 0, 0, 1  # the sky's picture has its haze already
        nearness[:, SKYLINE] = 0, 0, 1 / (1.1 * weather.haze_m)
        x, y = (axis.astype(np.float32) for axis in camera.rays())
        inverse = np.take(nearness[0], surface) * x[None] + np.take(nearness[1], surface) * y[:, None]
        inverse += np.take(nearness[2], surface)
        clear = cv2.exp(np.float32(-1 / weather.haze_m) / np.maximum(inverse, np.float32(1e-4)))
        wave = self._waves
        exposure = self._bright * (1 + 0.06 * np.sin(time_s * 0.9 + wave[1]) + 0.025 * np.sin(time_s * 2.3 + wave[2]))
        light = (self._vignette * exposure).astype(np.float32)
        haze = np.asarray(weather.horizon, np.float32)
        warm = np.array([1, 1, 1], np.float32) + np.float32(0.015 * np.sin(time_s * 0.4 + wave[3])) * np.array(
            [1, 0, -1], np.float32
        )
        picture = canvas[..., :3].astype(np.float32)
        picture *= (clear * light)[..., None] * warm
        picture += ((1 - clear) * light)[..., None] * (haze * warm)
        rng = np.random.default_rng([self.seed, 100, index])
        height, width = surface.shape
        for channel in range(3):
            top = int(rng.integers(self._grain.shape[0] - height + 1))
            left = int(rng.integers(self._grain.shape[1] - width + 1))
            picture[..., channel] += self._grain_size * self._grain[top : top + height, left : left + width]
        np.clip(picture, 0, 255, out=picture)
        return np.asarray(cv2.LUT(picture.astype(np.uint8), _CONTRAST))


_steps = np.arange(256) / 255.0
_CONTRAST = np.clip(255 * (_steps + 0.28 * (_steps - 0.45) * _steps * (1 - _steps) * 2), 0, 255).astype(np.uint8)
