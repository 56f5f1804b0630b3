"""Light, weather and measures of one synthetic street, drawn from its seed."""

from dataclasses import dataclass

import numpy as np

from engine.datasets.street.paint import Colour, choose, vary
from engine.datasets.street.world import Vector

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
    Weather(
        "noon",
        (66, 124, 206),
        (196, 218, 238),
        (90, 84, 70),
        (0.62, 0.6, 0.54),
        (0.56, 0.58, 0.64),
        (0.15, 0.42),
        (42, 62),
        520,
    ),
    Weather(
        "morning",
        (92, 140, 206),
        (236, 224, 206),
        (150, 116, 60),
        (0.72, 0.6, 0.42),
        (0.48, 0.5, 0.58),
        (0.1, 0.45),
        (22, 34),
        300,
    ),
    Weather(
        "overcast",
        (150, 160, 172),
        (206, 210, 214),
        (20, 20, 20),
        (0.12, 0.12, 0.12),
        (0.76, 0.77, 0.8),
        (0.75, 1.0),
        (45, 60),
        240,
    ),
    Weather(
        "golden",
        (104, 130, 184),
        (250, 208, 158),
        (190, 120, 50),
        (0.82, 0.58, 0.34),
        (0.46, 0.46, 0.54),
        (0.2, 0.55),
        (17, 26),
        260,
    ),
    Weather(
        "grey_noon",
        (120, 146, 182),
        (214, 222, 230),
        (50, 48, 44),
        (0.38, 0.37, 0.34),
        (0.64, 0.66, 0.7),
        (0.45, 0.7),
        (40, 58),
        360,
    ),
)


LEAVES = ((92, 132, 58), (70, 112, 54), (118, 138, 56), (150, 116, 48), (82, 122, 76))


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
            parking=bool(rng.random() < 0.6),
            pavement_m=float(rng.uniform(3.4, 5.2)),
            leaf=vary(rng, choose(rng, LEAVES), 7),
            storeys=(low, low + int(rng.integers(1, 4))),
            tree_share=float(rng.uniform(0.25, 0.8)),
            parked_share=float(rng.uniform(0.25, 0.75)),
            walkers_m=float(rng.uniform(5.0, 11.0)),
            asphalt=vary(rng, (98, 98, 102), 9),
            paving=vary(rng, choose(rng, ((168, 162, 154), (150, 146, 144), (176, 158, 142))), 7),
            line=choose(rng, ((222, 222, 218), (222, 222, 218), (226, 190, 84))),
        )
