"""The ground of the synthetic street: asphalt with its marks, pavement, grass, and the light that falls on them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.camera import Camera
from engine.datasets.street.paint import mix, tile_noise
from engine.datasets.street.scene import PROFILE_STEP, StreetPlan
from engine.datasets.street.style import LANE_M, PARKING_M
from engine.datasets.street.world import GRASS, PAVEMENT, ROAD

_TILE = 512
_FINE_M, _COARSE_M = 6.0, 48.0  # metres that a tile of detail covers
_PAVED_M = 1.6  # width of the pavements of side streets

Grid = NDArray[np.float32]


class Ground:
    """Colours and labels of the plane y = 0, worked out per pixel, with every edge as soft as a pixel is wide."""

    def __init__(self, seed: int, plan: StreetPlan) -> None:
        self.plan = plan
        rng = np.random.default_rng([seed, 50])
        self._fine = tile_noise(rng, _TILE, (64, 128, 256), 0.9)
        self._coarse = tile_noise(rng, _TILE, (8, 16, 64, 128), 0.75)
        self._dash = float(rng.choice([6.0, 9.0]))
        self._edge_line = bool(rng.random() < 0.6)
        self._slab = float(rng.choice([0.6, 0.9, 1.2]))
        self._area: tuple[slice, Grid, Grid, Grid, Grid] | None = None

    def sunlit(self, x: NDArray[np.float64], high: float, z: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the houses let the sun through to points `high` metres above (x, z)."""
        return np.asarray(self._sun_share(x.astype(np.float32), np.float32(high), z.astype(np.float32)) > 0.5)

    def _sun_share(self, x: Grid, high: np.float32, z: Grid) -> Grid:
        """0 in the shadow of the houses on the sun's side, 1 in the sun."""
        sun = self.plan.style.sun
        if abs(sun[0]) < 0.05:
            return np.ones_like(x)
        side = 1 if sun[0] > 0 else 0
        travel = (np.float32(np.sign(sun[0]) * self.plan.style.front) - x) / np.float32(sun[0])
        profile = self.plan.skyline[side]
        cell = (z + travel * np.float32(sun[2]) - np.float32(self.plan.profile_start)) / np.float32(PROFILE_STEP)
        roof = np.take(profile, np.clip(cell, 0, len(profile) - 1).astype(np.int32))
        ray = high + travel * np.float32(sun[1])
        return np.asarray(np.clip((ray - roof) * 2 + 0.5, 0, 1) * (travel > 0) + (travel <= 0), np.float32)

    def paint(
        self, canvas: NDArray[np.uint8], surface: NDArray[np.int32], camera: Camera, in_camera: NDArray[np.float64]
    ) -> slice:
        """Paint the unlit ground below the horizon and number its pixels; returns the rows that it touches."""
        plan, style = self.plan, self.plan.style
        rays_x, rays_y = camera.rays()
        inverse = np.linalg.inv(in_camera[ROAD])
        edge = inverse[2, 1] * rays_y + inverse[2, 2] + np.abs(inverse[2, 0]) * np.abs(rays_x).max()
        below = np.flatnonzero(edge > 1e-4)
        if not below.size:
            return slice(0, 0)
        rows = slice(int(below[0]), len(rays_y))
        ray_x, ray_y = rays_x[None, :].astype(np.float32), rays_y[rows, None].astype(np.float32)

        def along(row: NDArray[np.float64]) -> Grid:
            return np.asarray(np.float32(row[0]) * ray_x + (np.float32(row[1]) * ray_y + np.float32(row[2])))

        near: Grid = along(inverse[2])
        hit = near > 1 / 3000
        depth: Grid = np.reciprocal(np.maximum(near, np.float32(1 / 3000)))
        # Distances from the camera first: float32 keeps millimetres then, however far along the street we are.
        x = (along(inverse[0] - camera.place[0] * inverse[2])) * depth + np.float32(camera.place[0])
        ahead = (along(inverse[1] - camera.place[2] * inverse[2])) * depth
        z = ahead + np.float32(camera.place[2])
        wide = depth * np.float32(1 / camera.focal)  # metres that a pixel covers, across and along the street
        deep: Grid = np.asarray(depth * wide / np.float32(camera.place[1]), np.float32)

        def inside(value: Grid, low: float, high: float, soft: Grid) -> Grid:
            return np.asarray(np.clip((value - low) / soft + 0.5, 0, 1) * np.clip((high - value) / soft + 0.5, 0, 1))

        aside = np.abs(x)
        road = np.clip((np.float32(style.kerb) - aside) / wide + 0.5, 0, 1)
        grass = np.zeros_like(road)
        for side in (0, 1):
            half = (x > 0) if side else (x < 0)
            for z0, z1 in plan.crossings[side]:
                if z1 > camera.place[2] and z0 < camera.place[2] + 200:
                    road = np.maximum(road, inside(z, z0 + _PAVED_M, z1 - _PAVED_M, deep) * half)
            for z0, z1 in plan.gardens[side]:
                if z1 > camera.place[2] and z0 < camera.place[2] + 120:
                    grass = np.maximum(grass, inside(z, z0, z1, deep) * half * (aside > style.front))
        grass *= 1 - road
        number = np.where(road >= 0.5, ROAD, np.where(grass > 0.5, GRASS, PAVEMENT))
        np.copyto(surface[rows], number.astype(np.int32), where=hit)

        detail = self._detail(x, z, wide, deep, camera.place[2])
        colour = np.empty((*road.shape, 3), np.float32)
        weights = (road, 1 - road - grass, grass)
        tones = (style.asphalt, style.paving, mix(style.leaf, (96, 104, 66), 0.55))
        joints = self._joints(aside, z, wide, deep)
        kerbstone = inside(aside, style.kerb - 0.02, style.kerb + 0.16, wide) * (1 - road)
        gutter = inside(aside, style.kerb - 0.35, style.kerb, wide) * road
        factor = (1 + detail) * (1 - 0.22 * joints * weights[1]) * (1 + 0.16 * kerbstone) * (1 - 0.14 * gutter)
        wear = inside(np.abs(aside - LANE_M / 2), 0.55, 0.95, np.maximum(wide, np.float32(0.25)))
        factor *= 1 - 0.06 * wear * road
        for channel in range(3):
            plane = sum(weight * np.float32(tone[channel]) for weight, tone in zip(weights, tones, strict=True))
            np.multiply(plane, factor, out=colour[..., channel])
        paint = self._marks(x, aside, z, wide, deep) * road * (0.86 + 0.6 * detail)
        colour += (np.asarray(style.line, np.float32) - colour) * np.clip(paint, 0, 1)[..., None]
        np.clip(colour, 0, 255, out=colour)
        area = canvas[rows]
        np.copyto(area[..., :3], colour.astype(np.uint8), where=hit[..., None])
        self._area = rows, x, z, hit.astype(np.float32), depth
        return rows

    def _detail(self, x: Grid, z: Grid, wide: Grid, deep: Grid, here: float) -> Grid:
        """Relative roughness of the ground, fading where a pixel covers more than its features."""
        total = np.zeros_like(x)
        layers = ((self._fine, _FINE_M, 0.055, 0.05), (self._coarse, _COARSE_M, 0.05, 0.8))
        for tile, metres, strength, feature in layers:
            start = np.float32(np.floor(here / metres) * metres)
            scale = np.float32(_TILE / metres)
            layer = cv2.remap(
                tile,
                (x * scale) + 4 * _TILE,
                (z - start) * scale + np.float32(_TILE),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_WRAP,
            )
            total += np.float32(strength) * layer * np.clip(1.6 - deep / np.float32(feature * 3), 0, 1)
        return total

    def _joints(self, aside: Grid, z: Grid, wide: Grid, deep: Grid) -> Grid:
        """The gaps between paving slabs."""
        total = np.zeros_like(z)
        for value, soft in ((aside, wide), (z, deep)):
            phase = np.abs(np.mod(value, np.float32(self._slab)) - np.float32(self._slab / 2))
            thick = np.maximum(soft, np.float32(0.02))
            line = np.clip((phase - (np.float32(self._slab / 2) - thick)) / thick, 0, 1)
            total = np.maximum(total, line * np.clip(1.5 - soft * np.float32(8 / self._slab), 0, 1))
        return total

    def _marks(self, x: Grid, aside: Grid, z: Grid, wide: Grid, deep: Grid) -> Grid:
        """Coverage of the painted lines: a dashed middle line, edge lines, parking bays."""
        style = self.plan.style

        def stripe(value: Grid, middle: float, thick: float) -> Grid:
            spread = np.maximum(wide, np.float32(thick))  # a line thinner than a pixel gets paler, not wider
            cover = np.clip((np.float32(thick) / 2 - np.abs(value - np.float32(middle))) / wide + 0.5, 0, 1)
            return np.asarray(cover * (np.float32(thick) / spread))

        period = np.float32(self._dash)
        phase = np.abs(np.mod(z, period) - period / 2)
        dash = np.clip((period / 4 - phase) / deep + 0.5, 0, 1)
        dash += (np.float32(0.5) - dash) * np.clip(deep / period * 2 - 0.5, 0, 1)
        paint = stripe(x, 0.0, 0.13) * dash
        for z0, z1 in (gap for side in self.plan.crossings for gap in side):
            paint *= 1 - np.clip((z - (z0 - 4.4)) / deep + 0.5, 0, 1) * np.clip((z1 - z) / deep + 0.5, 0, 1)
        if self._edge_line:
            paint = np.maximum(paint, stripe(aside, LANE_M + 0.02, 0.1) * 0.9)
        if style.parking:
            bay = style.kerb - PARKING_M
            paint = np.maximum(paint, stripe(aside, bay, 0.08) * 0.55)
            cross = np.clip((np.float32(0.05) - np.abs(np.mod(z, np.float32(5.6)) - 2.8)) / deep + 0.5, 0, 1)
            cross *= np.minimum(1, np.float32(0.1) / deep) * (aside > bay)
            paint = np.maximum(paint, cross * np.float32(0.5))
        return paint

    def light(
        self,
        canvas: NDArray[np.uint8],
        rows: slice,
        shade: NDArray[np.uint8],
        shadow: NDArray[np.uint8],
        sun: NDArray[np.float64],
    ) -> None:
        """Light the painted ground: `shade` right under things, `shadow` thrown by them, and the houses' shadow."""
        if self._area is None or rows.start == rows.stop:
            return
        style = self.plan.style
        _, x, z, hit, _ = self._area
        share = self._sun_share(x, np.float32(0), z) * (1 - shadow[rows].astype(np.float32) * np.float32(1 / 280))
        dim = 1 - shade[rows].astype(np.float32) * np.float32(0.5 / 255)
        up = np.float32(1.25 * max(style.sun[1], 0.35))
        area = canvas[rows]
        for channel in range(3):
            gain = (np.float32(style.weather.ambient[channel]) + np.float32(sun[channel]) * up * share) * dim
            gain = gain * hit + (1 - hit)
            np.copyto(area[..., channel], np.minimum(area[..., channel] * gain, 255).astype(np.uint8))
