"""What stands where in the synthetic street: light, measures, plots along both sides, street furniture, traffic."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.datasets.street_buildings import SIDE_DEPTH, BuildingDesign, awning_texture, design_building, fence_texture
from engine.datasets.street_figures import bicyclist, car, person
from engine.datasets.street_nature import (
    SIGNS,
    SKY_BOTTOM,
    SKY_HALF_WIDTH,
    SKY_TOP,
    SKYLINE_BOTTOM,
    SKYLINE_TOP,
    crown_texture,
    hedge_texture,
    lamp_texture,
    manhole_texture,
    mast_texture,
    sign_texture,
    sky_texture,
    skyline_texture,
    soft_blob,
    trunk_texture,
    zebra_texture,
)
from engine.datasets.street_paint import Colour, Texture, choose, vary
from engine.datasets.street_world import OFF_STREET, Label, Part, Role, Vector, World, WorldBuilder

SIGHT_M = 260.0
"""Metres ahead of the last camera position up to which the street is built."""
LANE_M = 3.0
PARKING_M = 2.1


@dataclass(frozen=True)
class Weather:
    """Light of a day. Colours are RGB 0..255; gains multiply the colours of textures."""

    name: str
    zenith: Colour
    horizon: Colour
    glow: Colour
    sun_gain: Colour
    ambient: Colour
    cloud: tuple[float, float]
    elevation: tuple[float, float]
    haze_m: float


WEATHERS = (
    Weather("noon", (66, 124, 206), (196, 218, 238), (90, 84, 70), (0.62, 0.6, 0.54), (0.56, 0.58, 0.64), (0.15, 0.42),
            (42, 62), 520),
    Weather("morning", (92, 140, 206), (236, 224, 206), (150, 116, 60), (0.72, 0.6, 0.42), (0.48, 0.5, 0.58),
            (0.1, 0.45), (22, 34), 300),
    Weather("overcast", (150, 160, 172), (206, 210, 214), (20, 20, 20), (0.12, 0.12, 0.12), (0.76, 0.77, 0.8),
            (0.75, 1.0), (45, 60), 240),
    Weather("golden", (104, 130, 184), (250, 208, 158), (190, 120, 50), (0.82, 0.58, 0.34), (0.46, 0.46, 0.54),
            (0.2, 0.55), (17, 26), 260),
    Weather("grey_noon", (120, 146, 182), (214, 222, 230), (50, 48, 44), (0.38, 0.37, 0.34), (0.64, 0.66, 0.7),
            (0.45, 0.7), (40, 58), 360),
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """Everything about a street that is one number or one choice, drawn from the seed."""

    weather: Weather
    cloud: float
    sun: Vector
    drive_side: int
    speed: float
    camera_height: float
    view_tan: float
    parking: bool
    pavement_m: float
    leaf: Colour
    storeys: tuple[int, int]
    tree_share: float
    parked_share: float
    walkers_m: float
    asphalt: Colour
    paving: Colour
    line: Colour

    @property
    def kerb(self) -> float:
        """Metres from the middle of the road to the kerb."""
        return LANE_M + 1.05 + (PARKING_M if self.parking else 0.0)

    @property
    def front(self) -> float:
        """Metres from the middle of the road to the building line."""
        return self.kerb + self.pavement_m

    @staticmethod
    def draw(seed: int, speed: float | None) -> "Style":
        """Choose a style for `seed`; `speed` (m/s) overrides the chosen one."""
        rng = np.random.default_rng([seed, 0])
        weather = WEATHERS[int(rng.choice(len(WEATHERS), p=[0.28, 0.2, 0.16, 0.14, 0.22]))]
        up = np.radians(rng.uniform(*weather.elevation))
        around = np.radians(rng.uniform(0, 360))
        low = int(rng.integers(2, 4))
        chosen = float(rng.uniform(6.0, 10.5))
        return Style(
            weather=weather,
            cloud=float(rng.uniform(*weather.cloud)),
            sun=np.array([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)]),
            drive_side=1 if rng.random() < 0.7 else -1,
            speed=chosen if speed is None else speed,
            camera_height=float(rng.uniform(1.3, 1.75)),
            view_tan=float(np.tan(np.radians(rng.uniform(58, 70) / 2))),
            parking=bool(rng.random() < 0.72),
            pavement_m=float(rng.uniform(3.3, 4.8)),
            leaf=vary(rng, choose(rng, ((92, 132, 58), (70, 112, 54), (118, 138, 56), (150, 116, 48), (82, 122, 76))), 7),
            storeys=(low, low + int(rng.integers(1, 4))),
            tree_share=float(rng.uniform(0.25, 0.8)),
            parked_share=float(rng.uniform(0.35, 0.85)),
            walkers_m=float(rng.uniform(6.0, 13.0)),
            asphalt=vary(rng, (98, 98, 102), 9),
            paving=vary(rng, choose(rng, ((168, 162, 154), (150, 146, 144), (176, 158, 142))), 7),
            line=choose(rng, ((222, 222, 218), (222, 222, 218), (226, 190, 84))),
        )


@dataclass
class StreetPlan:
    """A built street.

    crossings[side]: side streets as (z from, z to) in metres, including their own pavements; side 0 is left, 1 right.
    gardens[side]: stretches with grass behind the building line.
    skyline[side]: float32, height of the building front at every quarter metre from `profile_start` on.
    """

    style: Style
    world: World
    crossings: tuple[list[tuple[float, float]], list[tuple[float, float]]]
    gardens: tuple[list[tuple[float, float]], list[tuple[float, float]]]
    skyline: tuple[NDArray[np.float32], NDArray[np.float32]]
    profile_start: float


PROFILE_STEP = 0.25
_START = -24.0


@dataclass
class _Site:
    """One side of the street while it is being built. sign: -1 left, +1 right."""

    sign: int
    crossings: list[tuple[float, float]] = field(default_factory=list)
    gardens: list[tuple[float, float]] = field(default_factory=list)
    blocks: list[tuple[float, float, float]] = field(default_factory=list)

    def open_at(self, z0: float, z1: float) -> bool:
        """Whether a side street touches z0..z1."""
        return any(z1 > a and z0 < b for a, b in self.crossings)


class StreetBuilder:
    """Builds the street of a seed up to `reach` metres, peopled for `duration` seconds.

    Each kind of thing has its own random stream and is laid out along the street in order, so that a longer clip of the
    same seed starts with the very frames of a shorter one.
    """

    def __init__(self, seed: int, style: Style, reach: float, duration: float) -> None:
        self.seed, self.style, self.end, self.duration = seed, style, reach + SIGHT_M, duration
        self.world = WorldBuilder(style.sun)
        self.sides = (_Site(-1), _Site(1))
        self._round_blob, self._square_blob = soft_blob(True), soft_blob(False)

    def _rng(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream])

    def build(self) -> StreetPlan:
        """Lay everything out."""
        self._backdrop()
        rng = self._rng(2)
        designs = [design_building(rng, self.style.storeys) for _ in range(14)]
        for number, side in enumerate(self.sides):
            self._plots(side, self._rng(10 + number), designs)
        self._ground_details()
        for number, side in enumerate(self.sides):
            self._furniture(side, self._rng(20 + number))
            self._parked(side, self._rng(30 + number))
            self._walkers(side, self._rng(40 + number))
        self._traffic()
        self._cyclists()
        self._crossers()
        left, right = self.sides
        return StreetPlan(
            self.style, self.world.finish(), (left.crossings, right.crossings), (left.gardens, right.gardens),
            (self._profile(left), self._profile(right)), _START,
        )  # fmt: skip

    def _profile(self, side: _Site) -> NDArray[np.float32]:
        heights = np.zeros(int((self.end + 60 - _START) / PROFILE_STEP), np.float32)
        for z0, z1, high in side.blocks:
            first, last = (int(round((z - _START) / PROFILE_STEP)) for z in (z0, z1))
            heights[max(0, first) : max(0, last)] = high
        return heights

    def _backdrop(self) -> None:
        style, rng = self.style, self._rng(1)
        weather = style.weather
        sky = sky_texture(rng, vary(rng, weather.zenith, 6), weather.horizon, style.cloud, weather.glow, style.sun)
        wide = SKY_HALF_WIDTH
        parts = [
            Part(sky, (2 * wide, 0, 0), (0, SKY_BOTTOM - SKY_TOP, 0), (-wide, SKY_TOP, 1), Label.SKY),
            Part(skyline_texture(rng), (2 * wide, 0, 0), (0, SKYLINE_BOTTOM - SKYLINE_TOP, 0),
                 (-wide, SKYLINE_TOP, 1), Label.BUILDING),
        ]  # fmt: skip
        plain = np.zeros((2, 2, 4), np.uint8)
        parts += [Part(plain, (1, 0, 0), (0, 0, 1), (0, 0, 0), label) for label in (Label.ROAD, Label.PAVEMENT,
                                                                                    Label.TREE)]  # fmt: skip
        for number, part in enumerate(parts):  # one thing each: they hide one another like any other surface
            self.world.add([Part(part.texture, part.right, part.down, part.origin, part.label, Role.BACKDROP,
                                 two_sided=True, lit=1.0, body=number)])  # fmt: skip

    # Plots beyond the building line.

    def _plots(self, side: _Site, rng: np.random.Generator, designs: list[BuildingDesign]) -> None:
        z, since_street, last = _START, float(rng.uniform(0, 40)), -1
        while z < self.end:
            roll = rng.random()
            if since_street > 55 and roll < 0.5 and z > 12:
                width = float(rng.uniform(9.0, 12.0))
                side.crossings.append((z, z + width))
                self._side_street(side, z + width, rng, designs)
                since_street = 0.0
            elif roll > 0.83:
                width = float(rng.uniform(9.0, 18.0))
                self._garden(side, z, z + width, rng, designs)
            else:
                pick = int(rng.integers(len(designs)))
                pick = (pick + 1) % len(designs) if pick == last else pick
                last, width = pick, designs[pick].width_m
                self._building(side, z, designs[pick], rng)
            since_street += width
            z += width

    def _tint(self, rng: np.random.Generator) -> tuple[float, float, float]:
        light = rng.normal(1, 0.06)
        red, green, blue = (float(light + rng.normal(0, 0.025)) for _ in range(3))
        return red, green, blue

    def _building(self, side: _Site, z0: float, design: BuildingDesign, rng: np.random.Generator) -> None:
        s, x = side.sign, side.sign * self.style.front
        width, high, ridge = design.width_m, design.eaves_m, design.ridge_m
        seam = 0.04  # neighbours overlap a little: no sky shines through between them
        near, far = (z0 - seam, z0 + width + seam)
        start, along = (far, near - far) if s > 0 else (near, far - near)
        parts = [Part(design.front, (0, 0, along), (0, -high, 0), (x, high, start), Label.BUILDING, order=1)]
        if design.roof is not None:
            half = SIDE_DEPTH / 2
            parts.append(Part(design.roof, (0, 0, along), (-s * half, -ridge, 0), (x + s * half, high + ridge, start),
                              Label.BUILDING))  # fmt: skip
        back = x if s > 0 else x - SIDE_DEPTH
        parts.append(Part(design.side, (SIDE_DEPTH, 0, 0), (0, -high - ridge, 0), (back, high + ridge, near),
                          Label.BUILDING))  # fmt: skip
        tint = self._tint(rng)
        self.world.add(parts, layer=OFF_STREET, depth=z0, tint=tint)
        side.blocks.append((z0, z0 + width, high))
        if design.awning is not None:
            cloth = awning_texture(rng, width - 1.0, design.awning)
            start, along = (far - 0.5, near - far + 1) if s > 0 else (near + 0.5, far - near - 1)
            self.world.add(
                [Part(cloth, (0, 0, along), (-s * 0.95, -0.55, 0), (x, 3.1, start), Label.BUILDING, order=2,
                      two_sided=True, casts=True)], layer=OFF_STREET, depth=z0 - 0.01)  # fmt: skip
        if rng.random() < 0.6:
            cap = np.full((8, 8, 4), (*vary(rng, (132, 84, 68), 12), 255), np.uint8)
            across = x + s * rng.uniform(1.0, 3.0)
            along_z = z0 + rng.uniform(1, width - 1)
            self.world.add([Part(cap, (0.8, 0, 0), (0, -1.6, 0), (across - 0.4, high + ridge + 0.9, along_z),
                                 Label.BUILDING, two_sided=True, order=-1)], layer=OFF_STREET,
                           depth=z0 + 0.001)  # fmt: skip

    def _side_street(self, side: _Site, z: float, rng: np.random.Generator, designs: list[BuildingDesign]) -> None:
        """House fronts along the far side of a side street, seen across it."""
        s, x = side.sign, self.style.front + SIDE_DEPTH
        for rank in range(3):
            design = designs[int(rng.integers(len(designs)))]
            left = x if s > 0 else -x - design.width_m
            front = Part(design.front, (design.width_m, 0, 0), (0, -design.eaves_m, 0), (left, design.eaves_m, z),
                         Label.BUILDING)  # fmt: skip
            self.world.add([front], layer=OFF_STREET, depth=z + 0.003 * (3 - rank), tint=self._tint(rng))
            x += design.width_m - 0.05

    def _garden(self, side: _Site, z0: float, z1: float, rng: np.random.Generator,
                designs: list[BuildingDesign]) -> None:  # fmt: skip
        """A fenced plot: grass, trees, now and then a house at its back; or a building site behind boards."""
        s, x, width = side.sign, side.sign * self.style.front, z1 - z0
        side.gardens.append((z0, z1))
        kind = str(rng.choice(["board", "picket", "wall", "picket"]))
        high = {"board": float(rng.uniform(1.7, 2.3)), "picket": 1.15, "wall": 1.3}[kind]
        x_back = x + s * 16.0
        while rng.random() < 0.75:
            design = designs[int(rng.integers(len(designs)))]
            start, along = (z0 + design.width_m, -design.width_m) if s > 0 else (z0, design.width_m)
            self.world.add([Part(design.front, (0, 0, along), (0, -design.eaves_m, 0), (x_back, design.eaves_m, start),
                                 Label.BUILDING)], layer=OFF_STREET, depth=z1 - 0.01, tint=self._tint(rng))  # fmt: skip
            break
        for _ in range(int(rng.integers(2, 5))):
            at = (x + s * rng.uniform(2.5, 9.0), 0.0, rng.uniform(z0 + 2, z1 - 1))
            self._tree(at, rng, OFF_STREET)
        if kind == "picket" or rng.random() < 0.4:
            hedge = hedge_texture(rng, width, 1.3 + 0.4 * rng.random(), self.style.leaf)
            start, along = (z1, -width) if s > 0 else (z0, width)
            tall = hedge.shape[0] / 36
            self.world.add([Part(hedge, (0, 0, along), (0, -tall, 0), (x + s * 0.5, tall, start), Label.TREE)],
                           layer=OFF_STREET, depth=z0 + 0.02)  # fmt: skip
        fence = fence_texture(rng, kind, width, high)
        start, along = (z1, -width) if s > 0 else (z0, width)
        self.world.add([Part(fence, (0, 0, along), (0, -high, 0), (x, high, start), Label.FENCE, two_sided=True,
                             casts=True)], layer=OFF_STREET, depth=z0 + 0.01)  # fmt: skip

    # The street itself.

    def _decal(self, texture: Texture, x: float, z: float, wide: float, deep: float) -> None:
        part = Part(texture, (wide, 0, 0), (0, 0, -deep), (x - wide / 2, 0, z + deep / 2), Label.ROAD, Role.DECAL, lit=1)
        self.world.add([part], depth=z)

    def _blob(self, wide: float, deep: float, square: bool = False) -> Part:
        texture = self._square_blob if square else self._round_blob
        return Part(texture, (wide, 0, 0), (0, 0, -deep), (-wide / 2, 0, deep / 2), Label.ROAD, Role.BLOB, body=99)

    def _ground_details(self) -> None:
        rng, kerb = self._rng(3), self.style.kerb
        zebra = zebra_texture(2 * kerb)
        self.zebras = sorted({round(z0 - 2.6, 3) for side in self.sides for z0, _ in side.crossings})
        for z in self.zebras:
            self._decal(zebra, 0, z, 2 * kerb, 3.0)
        lid = manhole_texture()
        patches = [np.full((8, 8, 4), (*vary(rng, tone, 5), 255), np.uint8) for tone in ((74, 74, 78), (112, 110, 108))]
        z = 4.0
        while z < self.end:
            x = float(rng.uniform(-kerb + 1, kerb - 1))
            if rng.random() < 0.4:
                self._decal(lid, x, z, 0.8, 0.8)
            else:
                patch = patches[int(rng.integers(2))]
                self._decal(patch, x, z, float(rng.uniform(0.7, 2.0)), float(rng.uniform(1.0, 5.0)))
            z += float(rng.uniform(6, 20))

    def _tree(self, at: tuple[float, float, float], rng: np.random.Generator, layer: int) -> None:
        if not hasattr(self, "_crowns"):
            own = self._rng(4)
            self._crowns = [crown_texture(own, vary(own, self.style.leaf, 8), n > 3) for n in range(6)]
            self._trunks = [trunk_texture(own) for _ in range(2)]
        wide, high = float(rng.uniform(3.2, 5.2)), float(rng.uniform(3.6, 6.0))
        stem = float(rng.uniform(2.4, 3.2))
        trunk = self._trunks[int(rng.integers(2))]
        scale = stem + high * 0.3
        parts = [Part(trunk, (1.5, 0, 0), (0, -scale, 0), (-0.75, scale, 0), Label.TREE, two_sided=True, lit=0.4,
                      body=0, order=0, casts=True)]  # fmt: skip
        for rank, (z, size, dx) in enumerate(((0.9, 0.82, 0.2), (0.0, 1.0, 0.0), (-0.9, 0.7, -0.25))):
            w, h, x = wide * size, high * size, dx * wide * rng.uniform(0.5, 1.2)
            crown = self._crowns[int(rng.integers(len(self._crowns)))]
            foot = stem + high * 0.1 * (1 - size) * rng.uniform(0, 3)
            parts.append(Part(crown, (w, 0, 0), (0, -h, 0), (x - w / 2, foot + h, z), Label.TREE, two_sided=True,
                              lit=0.5, body=1 + rank, order=1, casts=rank == 1))  # fmt: skip
        parts.append(self._blob(1.6, 1.6))
        self.world.add(parts, at, layer=layer, tint=self._tint(rng))

    def _furniture(self, side: _Site, rng: np.random.Generator) -> None:
        """Trees, lamps, signs, lights, bollards and guard rails along the kerb."""
        s, x = side.sign, side.sign * (self.style.kerb + 0.7)
        steel, white = mast_texture((126, 130, 134)), mast_texture((206, 206, 202))
        banded = mast_texture((60, 60, 62), ((58, 60, 62), (58, 60, 62), (222, 220, 214), (58, 60, 62)))
        arm = lamp_texture(2.2)
        signs = {kind: sign_texture(rng, kind) for kind in SIGNS}
        z, since_lamp, since_sign = _START + 30, float(rng.uniform(0, 25)), 8.0
        while z < self.end:
            step = float(rng.uniform(3.2, 5.5))
            near_zebra = any(abs(z - zebra) < 3.2 for zebra in self.zebras)
            if side.open_at(z - 1.0, z + 1.0):
                pass
            elif near_zebra:
                kind = "lights" if rng.random() < 0.6 else "crossing"
                self._sign(signs[kind], steel, (x - s * 0.25, 0.0, z), 2.5)
                rail = fence_texture(rng, "rail", 1.6, 0.95)
                self._rail(rail, side, z + 0.5, 1.6)
            elif since_lamp > 24:
                self._lamp(arm, steel, s, (x, 0.0, z))
                since_lamp = 0.0
            elif since_sign > 13 and rng.random() < 0.6:
                kind = str(rng.choice([k for k in SIGNS if k != "lights"]))
                height = 2.9 if kind == "guide" else 2.2
                self._sign(signs[kind], white if rng.random() < 0.5 else steel, (x, 0.0, z), height)
                since_sign = 0.0
            elif rng.random() < self.style.tree_share:
                self._tree((x + s * 0.3, 0.0, z), rng, 0)
                step += 3.0
            elif rng.random() < 0.35:
                length = float(rng.uniform(5, 10))
                if not side.open_at(z, z + length):
                    self._rail(fence_texture(rng, "rail", length, 0.95), side, z, length)
                    step += length
            else:
                for offset in (0.0, 1.5, 3.0):
                    post = Part(banded, (0.12, 0, 0), (0, -1.0, 0), (-0.06, 1.0, 0), Label.POLE, two_sided=True,
                                lit=0.5, casts=True)  # fmt: skip
                    if not side.open_at(z + offset - 0.5, z + offset + 0.5):
                        self.world.add([post, self._blob(0.5, 0.5)], (x - s * 0.3, 0.0, z + offset))
            z += step
            since_lamp += step
            since_sign += step

    def _mast(self, texture: Texture, wide: float, high: float) -> Part:
        return Part(texture, (wide, 0, 0), (0, -high, 0), (-wide / 2, high, 0), Label.POLE, two_sided=True, lit=0.5,
                    body=0, casts=True)  # fmt: skip

    def _lamp(self, arm: Texture, mast: Texture, s: int, at: tuple[float, float, float]) -> None:
        high = 6.6
        start = (0.0, high + 0.62, 0.0)
        parts = [self._mast(mast, 0.17, high),
                 Part(arm, (-s * 2.2, 0, 0), (0, -0.8, 0), start, Label.POLE, two_sided=True, lit=0.5, body=1),
                 self._blob(0.8, 0.8)]  # fmt: skip
        self.world.add(parts, at)

    def _sign(self, sign: tuple[Texture, float, float], mast: Texture, at: tuple[float, float, float],
              low: float) -> None:  # fmt: skip
        texture, wide, high = sign
        parts = [self._mast(mast, 0.09, low + high * 0.5),
                 Part(texture, (wide, 0, 0), (0, -high, 0), (-wide / 2, low + high, -0.06), Label.SIGN, lit=0.6, body=1,
                      order=1, casts=True),
                 self._blob(0.5, 0.5)]  # fmt: skip
        self.world.add(parts, at)

    def _rail(self, texture: Texture, side: _Site, z: float, length: float) -> None:
        x = side.sign * (self.style.kerb + 0.3)
        self.world.add([Part(texture, (0, 0, length), (0, -0.95, 0), (0, 0.95, 0), Label.FENCE, two_sided=True,
                             lit=0.5, casts=True)], (x, 0.0, z), depth=z + length / 2)  # fmt: skip

    def _parked(self, side: _Site, rng: np.random.Generator) -> None:
        if not self.style.parking:
            return
        models = [car(rng) for _ in range(7)]
        x, z = side.sign * (self.style.kerb - PARKING_M / 2 - 0.02), _START + 6
        while z < self.end:
            parts, length = models[int(rng.integers(len(models)))]
            free = not side.open_at(z - 1.5, z + length + 1.5)
            free = free and not any(z - 2.5 < zebra < z + length + 2.5 for zebra in self.zebras)
            if rng.random() < self.style.parked_share and free:
                at = (x + rng.normal(0, 0.06), 0.0, z + length / 2)
                backwards = np.pi if side.sign != self.style.drive_side else 0.0
                self.world.add([*parts, self._blob(2.3, length + 0.5, True)], at, heading=backwards)
            z += length + float(rng.uniform(0.7, 1.9))

    def _walkers(self, side: _Site, rng: np.random.Generator) -> None:
        style = self.style
        casts = {seen: [person(rng, seen, True) for _ in range(6)] for seen in ("back", "front")}
        still = [person(rng, seen, False) for seen in ("front", "side", "back")]
        z = 6.0
        while z < self.end + 1.6 * self.duration:
            x = side.sign * (style.kerb + rng.uniform(1.7, style.pavement_m - 0.6))
            roll = rng.random()
            scale = float(rng.choice([1.0, 0.94, 1.04, 0.72], p=[0.4, 0.3, 0.2, 0.1]))
            if roll < 0.16:
                self.world.add([*still[int(rng.integers(3))], self._blob(0.8, 0.6)], (x, 0.0, z), scale=scale)
            else:
                away = roll < 0.55
                pace = float(rng.uniform(1.05, 1.5)) * (1 if away else -1)
                parts = casts["back" if away else "front"][int(rng.integers(6))]
                count = 2 if rng.random() < 0.25 else 1
                for number in range(count):
                    other = casts["back" if away else "front"][int(rng.integers(6))] if number else parts
                    at = (x - side.sign * 0.65 * number, 0.0, z + 0.1 * number)
                    self.world.add([*other, self._blob(0.8, 0.6)], at, velocity=(0, 0, pace), scale=scale)
            z += float(rng.exponential(style.walkers_m)) + 0.8

    def _traffic(self) -> None:
        rng, ahead = self._rng(5), self.style.drive_side
        models = [car(rng) for _ in range(6)]
        z, pace = float(rng.uniform(17, 32)), self.style.speed * float(rng.uniform(0.98, 1.06))
        while z < self.end:
            parts, length = models[int(rng.integers(6))]
            self.world.add([*parts, self._blob(2.3, length + 0.5, True)], (ahead * (LANE_M / 2 - 0.1), 0.0, z),
                           velocity=(0, 0, pace))  # fmt: skip
            z += length + float(rng.uniform(10, 60))
        z, pace = float(rng.uniform(10, 40)), -float(rng.uniform(6.5, 11.0)) if self.style.speed > 0 else -8.0
        while z < self.end - pace * self.duration:
            parts, length = models[int(rng.integers(6))]
            self.world.add([*parts, self._blob(2.3, length + 0.5, True)], (-ahead * LANE_M / 2, 0.0, z), heading=np.pi,
                           velocity=(0, 0, pace))  # fmt: skip
            z += length + float(rng.uniform(9, 48))

    def _cyclists(self) -> None:
        rng, ahead = self._rng(6), self.style.drive_side
        x = LANE_M + 0.38
        z = float(rng.uniform(9, 22))
        while z < self.end:
            self.world.add([*bicyclist(rng, False), self._blob(0.7, 1.8)], (ahead * x, 0.0, z),
                           velocity=(0, 0, float(rng.uniform(3.6, 4.6))))  # fmt: skip
            z += float(rng.uniform(18, 60))
        z = float(rng.uniform(25, 60))
        while z < self.end + 5.0 * self.duration:
            self.world.add([*bicyclist(rng, True), self._blob(0.7, 1.8)], (-ahead * x, 0.0, z), heading=np.pi,
                           velocity=(0, 0, -float(rng.uniform(4.0, 5.0))))  # fmt: skip
            z += float(rng.uniform(30, 80))

    def _crossers(self) -> None:
        """People who use the zebra crossings well ahead of the camera, and wait on the pavement before and after."""
        rng = self._rng(7)
        walkers = [person(rng, "side", True) for _ in range(6)]
        edge, pace = self.style.kerb + 1.3, 1.5
        for zebra in self.zebras:
            for _ in range(int(rng.integers(1, 4))):
                way = 1 if rng.random() < 0.5 else -1
                arrival = (zebra - float(rng.uniform(4, 8))) / max(self.style.speed, 0.1)
                begin = arrival - float(rng.uniform(1.5, 6.0)) - 2 * edge / pace
                parts = walkers[int(rng.integers(6))]
                begin = min(begin, 1e6)
                at = (way * (-edge - pace * begin), 0.0, zebra + float(rng.uniform(-1.1, 1.1)))
                self.world.add([*parts, self._blob(0.6, 0.8)], at, heading=0.0 if way > 0 else np.pi,
                               velocity=(way * pace, 0, 0), span=(begin, begin + 2 * edge / pace),
                               )  # fmt: skip
