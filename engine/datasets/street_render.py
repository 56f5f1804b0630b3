"""Draws the synthetic street: far surfaces first, each warped to its place, with the surface's number beside its colour.

The painter's order is exact here because of how the street is built. Things beyond the building line fill separate
stretches of the street, so the farther stretch goes first. Things in the street stand in lanes side by side, so a lane
farther from the camera goes first, and within a lane what is farther ahead. Within a thing, the farther face.

Colour is smoothed at the edges by the alpha of the warped textures; the surface's number (and so the label and the flow)
is decided at the pixel's middle, alpha >= 1/2. Textures are reduced in each direction to about one texel a pixel first.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street_camera import NEAR_M, Camera, Drive, Shot
from engine.datasets.street_ground import Ground
from engine.datasets.street_paint import Texture
from engine.datasets.street_scene import SIGHT_M, StreetPlan
from engine.datasets.street_world import OFF_STREET, SKY, SKYLINE, Role

_LEFT_OVER = np.array([[0, 0, 0, -1, 255]] * 4, np.float32)  # RGBA to 255 - alpha in every channel
_SHADOW_REACH_M = 75.0
_SPLIT = 1.7  # a surface is drawn in pieces whose far edge is at most this much farther than the near one


class Renderer:
    """Takes pictures of a street. size: (width, height) pixels."""

    def __init__(self, seed: int, plan: StreetPlan, size: tuple[int, int]) -> None:
        self.plan, self.world, self.size, self.seed = plan, plan.world, size, seed
        self.drive = Drive(seed, plan.style, size)
        self.ground = Ground(seed, plan)
        self._reduced: dict[tuple[int, int, int], Texture] = {}
        self._shapes = np.array([texture.shape[:2] for texture in self.world.textures])
        rng = np.random.default_rng([seed, 9])
        self._grain = rng.standard_normal((max(512, size[1] + 64), max(512, size[0] + 64)), np.float32)
        self._grain_size = float(rng.uniform(1.2, 3.2))
        self._waves = rng.uniform(0, 2 * np.pi, 4)
        self._bright = float(rng.uniform(0.94, 1.1))
        width, height = size
        x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
        self._vignette = 1 - float(rng.uniform(0.04, 0.12)) * (x[None] ** 2 + y[:, None] ** 2)
        north = plan.style.sun / plan.style.sun[1]
        self._flatten = np.eye(3) - np.outer(north, [0, 1, 0])  # along the sun's rays on to the ground
        self._bands = self._lane_edges()

    def _lane_edges(self) -> NDArray[np.float64]:
        """Edges between the lanes of things, right half; beyond each other as seen from the middle."""
        style = self.plan.style
        edges = [0.0, 2.95, style.kerb - 2.2 if style.parking else 3.9, style.kerb + 0.02, style.kerb + 0.36,
                 style.kerb + 1.25]  # fmt: skip
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
        drawing = _Drawing(self, canvas, surface, in_camera)
        plain = np.ones((len(pose), 3), np.float32)
        drawing.paint(np.array([SKY]), plain)
        drawing.paint(np.array([SKYLINE]), plain)

        near = foot[:, 2] - camera.place[2]
        live = facing & (near > -40) & (near < SIGHT_M)
        canvas_rows = self.ground.paint(canvas, surface, camera, in_camera)
        decals = np.flatnonzero(live & (world.role == Role.DECAL))
        drawing.paint(decals, plain, numbered=False)
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
        drawing.paint(self._ordered(solid, foot, in_camera, camera), gain)
        rgb = self._develop(index, time_s, canvas, surface, in_camera, camera)
        return Shot(camera, rgb, surface, in_camera, facing)

    def _to_camera(self, pose: NDArray[np.float64], camera: Camera, finite: bool = False) -> NDArray[np.float64]:
        moved = pose.copy()
        moved[:, :, 2] -= camera.place
        if not finite:  # sky and skyline are directions: the camera's place does not matter
            moved[[SKY, SKYLINE], :, 2] = pose[[SKY, SKYLINE], :, 2]
        return np.asarray(camera.turn @ moved)

    def _ordered(self, index: NDArray[np.int64], foot: NDArray[np.float64], in_camera: NDArray[np.float64],
                 camera: Camera) -> NDArray[np.int64]:  # fmt: skip
        """`index` sorted from back to front."""
        world = self.world
        here = int(np.searchsorted(self._bands, camera.place[0]))
        lane = np.abs(np.searchsorted(self._bands, foot[index, 0]) - here)
        layer = np.where(world.layer[index] == OFF_STREET, OFF_STREET, lane)
        middle = in_camera[index, 2, 2] + 0.5 * (in_camera[index, 2, 0] + in_camera[index, 2, 1])
        order = np.lexsort((-middle, world.order[index], world.thing[index], -foot[index, 2], -layer))
        return np.asarray(index[order])

    def reduced(self, texture: int, across: int, down: int) -> Texture:
        """A texture at 1/2**across of its width and 1/2**down of its height."""
        key = (texture, across, down)
        if key not in self._reduced:
            full = self.world.textures[texture]
            size = max(1, full.shape[1] >> across), max(1, full.shape[0] >> down)
            self._reduced[key] = full if size == full.shape[1::-1] else cv2.resize(full, size,
                                                                                   interpolation=cv2.INTER_AREA)  # fmt: skip
        return self._reduced[key]

    def _develop(self, index: int, time_s: float, canvas: NDArray[np.uint8], surface: NDArray[np.int32],
                 in_camera: NDArray[np.float64], camera: Camera) -> NDArray[np.uint8]:  # fmt: skip
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


class _Drawing:
    """One picture in the making: `canvas` uint8 (H, W, 4) and `surface` int32 (H, W)."""

    def __init__(self, renderer: Renderer, canvas: NDArray[np.uint8], surface: NDArray[np.int32],
                 in_camera: NDArray[np.float64]) -> None:  # fmt: skip
        self.renderer, self.canvas, self.surface, self.in_camera = renderer, canvas, surface, in_camera
        self.camera = renderer.drive.camera(0.0)  # only for focal length, centre and size, which do not change

    def paint(self, index: NDArray[np.int64], gain: NDArray[np.float32], numbered: bool = True) -> None:
        """Paint surfaces `index` in that order, colours times `gain` float32 (N, 3)."""
        world = self.renderer.world
        shade = np.zeros((4, 4), np.float32)
        shade[3, 3] = 1
        for piece, texture, inverse, (x0, y0, x1, y1) in self._pieces(self.in_camera[index], world.texture[index]):
            number = int(index[piece])
            warped = cv2.warpPerspective(texture, inverse, (x1 - x0, y1 - y0),
                                         flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)  # fmt: skip
            shade[[0, 1, 2], [0, 1, 2]] = gain[number]
            solid = warped[..., 3] > 127
            under = cv2.transform(warped, _LEFT_OVER)
            area = self.canvas[y0:y1, x0:x1]
            area[:] = cv2.add(cv2.multiply(area, under, scale=1 / 255), cv2.transform(warped, shade))
            if numbered:
                np.copyto(self.surface[y0:y1, x0:x1], number, where=solid)

    def mask(self, poses: NDArray[np.float64], textures: NDArray[np.int32]) -> NDArray[np.uint8]:
        """The union of the surfaces' alphas, uint8 (H, W)."""
        total = np.zeros(self.surface.shape, np.uint8)
        for _, texture, inverse, (x0, y0, x1, y1) in self._pieces(poses, textures):
            alpha = cv2.warpPerspective(texture[..., 3], inverse, (x1 - x0, y1 - y0),
                                        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)  # fmt: skip
            area = total[y0:y1, x0:x1]
            np.maximum(area, alpha, out=area)
        return total

    def _pieces(self, poses: NDArray[np.float64], textures: NDArray[np.int32]):  # type: ignore[no-untyped-def]
        """Yield (which, texture, picture pixel -> texel homography, box) for what lies in the picture, in order.

        A surface that comes close to the camera, or reaches far away from it, is cut into pieces along its depth.
        """
        if not len(poses):
            return
        camera, renderer = self.camera, self.renderer
        width, height = camera.size
        across, down = poses[:, 2, 0], poses[:, 2, 1]
        axis = (np.abs(down) > np.abs(across)).astype(int)  # along which texture axis the depth changes most
        step = np.where(axis == 0, across, down)
        other = np.where(axis == 0, down, across)
        start = poses[:, 2, 2] + np.minimum(other, 0)  # depth of the nearer edge
        low, high = np.minimum(start, start + step), np.maximum(start, start + step)
        drawable = high > NEAR_M * 1.2
        low = np.maximum(low, NEAR_M)
        count = np.clip(np.ceil(np.log(np.maximum(high / low, 1)) / np.log(_SPLIT)), 1, 8).astype(int)
        count[~drawable] = 0
        which = np.repeat(np.arange(len(poses)), count)
        rank = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        parts = count[which]
        ratio = (high / low)[which]
        far = high[which] / ratio ** (rank / parts)  # farthest piece first
        close = high[which] / ratio ** ((rank + 1) / parts)
        flatly = np.abs(step[which]) < 1e-9
        safe = np.where(flatly, 1.0, step[which])
        t0 = np.where(flatly, 0.0, (far - start[which]) / safe)
        t1 = np.where(flatly, 1.0, (close - start[which]) / safe)
        t0, t1 = np.clip(np.minimum(t0, t1), 0, 1), np.clip(np.maximum(t0, t1), 0, 1)
        lo = np.zeros((len(which), 2))
        hi = np.ones((len(which), 2))
        row = np.arange(len(which))
        lo[row, axis[which]], hi[row, axis[which]] = t0, t1

        corner = np.stack([lo, np.stack([hi[:, 0], lo[:, 1]], 1), hi, np.stack([lo[:, 0], hi[:, 1]], 1)], 1)
        corner = np.concatenate([corner, np.ones((*corner.shape[:2], 1))], 2)
        point = np.einsum("pij,pcj->pci", poses[which], corner)
        depth = np.maximum(point[..., 2], 0.05)
        pixel = point[..., :2] / depth[..., None] * camera.focal + np.array(camera.centre)
        box0 = np.maximum(np.floor(pixel.min(1)).astype(np.int64) - 1, 0)
        box1 = np.minimum(np.ceil(pixel.max(1)).astype(np.int64) + 2, [width, height])
        extent = pixel.max(1) - pixel.min(1)
        # What covers no pixel's middle still darkens or lightens one, unless it is very small.
        keep = (box1 > box0).all(1) & (extent.prod(1) > 0.15) & (point[..., 2].min(1) > 0.05)

        edges = np.linalg.norm(np.roll(pixel, -1, 1) - pixel, axis=2)
        span = np.stack([np.maximum(edges[:, 0], edges[:, 2]), np.maximum(edges[:, 1], edges[:, 3])], 1)
        full = renderer._shapes[textures[which]][:, ::-1]
        texels = full * (hi - lo)
        level = np.clip(np.round(np.log2(np.maximum(texels / np.maximum(span, 0.5), 1e-3))), 0, 10).astype(int)
        live = np.flatnonzero(keep)
        determinant = np.abs(np.linalg.det(poses[which[live]]))
        live = live[determinant > 1e-9]
        if not len(live):
            return
        to_texture = np.linalg.inv(poses[which[live]])
        pixel_to_ray = np.array([[1 / camera.focal, 0, -camera.centre[0] / camera.focal],
                                 [0, 1 / camera.focal, -camera.centre[1] / camera.focal], [0, 0, 1]])  # fmt: skip
        to_texture = to_texture @ pixel_to_ray
        to_texture[:, :, 2] += to_texture[:, :, 0] * box0[live, :1] + to_texture[:, :, 1] * box0[live, 1:]
        for position, p in enumerate(live):
            texture = renderer.reduced(int(textures[which[p]]), int(level[p, 0]), int(level[p, 1]))
            rows, columns = texture.shape[:2]
            c0, r0 = max(0, int(lo[p, 0] * columns) - 1), max(0, int(lo[p, 1] * rows) - 1)
            c1, r1 = min(columns, int(hi[p, 0] * columns) + 2), min(rows, int(hi[p, 1] * rows) + 2)
            matrix = to_texture[position]
            # u = (texel + 1/2) / columns, so texel = u * columns - 1/2, less where the piece starts
            inverse = np.stack([matrix[0] * columns - (0.5 + c0) * matrix[2],
                                matrix[1] * rows - (0.5 + r0) * matrix[2], matrix[2]])  # fmt: skip
            yield int(which[p]), texture[r0:r1, c0:c1], inverse, (*map(int, box0[p]), *map(int, box1[p]))
