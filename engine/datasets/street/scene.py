"""Builds the synthetic street of a seed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.buildings import design_building
from engine.datasets.street.furniture import furnish, mark_ground
from engine.datasets.street.layout import START, Layout, Site
from engine.datasets.street.nature import (
    SKY_BOTTOM,
    SKY_HALF_WIDTH,
    SKY_TOP,
    SKYLINE_BOTTOM,
    SKYLINE_TOP,
    sky_texture,
    skyline_texture,
)
from engine.datasets.street.paint import vary
from engine.datasets.street.plots import line_with_plots
from engine.datasets.street.style import Style
from engine.datasets.street.traffic import cross_road, drive_cars, park_cars, people_pavement, ride_bicycles
from engine.datasets.street.world import Label, Part, Role, World

PROFILE_STEP = 0.25
"""Metres between the values of `StreetPlan.skyline`."""


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


def build_street(seed: int, style: Style, reach: float, duration: float) -> StreetPlan:
    """Lay out the street of `seed` for a drive of `reach` metres in `duration` seconds."""
    layout = Layout(seed, style, reach, duration)
    _backdrop(layout)
    rng = layout.rng(2)
    designs = [design_building(rng, style.storeys) for _ in range(12)]
    for number, side in enumerate(layout.sides):
        line_with_plots(layout, side, layout.rng(10 + number), designs)
    mark_ground(layout)
    for number, side in enumerate(layout.sides):
        furnish(layout, side, layout.rng(20 + number))
        park_cars(layout, side, layout.rng(30 + number))
        people_pavement(layout, side, layout.rng(40 + number))
    drive_cars(layout)
    ride_bicycles(layout)
    cross_road(layout)
    left, right = layout.sides
    return StreetPlan(
        style,
        layout.world.finish(),
        (left.crossings, right.crossings),
        (left.gardens, right.gardens),
        (_profile(layout, left), _profile(layout, right)),
        START,
    )


def _profile(layout: Layout, side: Site) -> NDArray[np.float32]:
    heights = np.zeros(int((layout.end + 60 - START) / PROFILE_STEP), np.float32)
    for z0, z1, high in side.blocks:
        first, last = (round((z - START) / PROFILE_STEP) for z in (z0, z1))
        heights[max(0, first) : max(0, last)] = high
    return heights


def _backdrop(layout: Layout) -> None:
    style, rng = layout.style, layout.rng(1)
    weather = style.weather
    sky = sky_texture(rng, vary(rng, weather.zenith, 6), weather.horizon, style.cloud, weather.glow, style.sun)
    wide = SKY_HALF_WIDTH
    parts = [
        Part(sky, (2 * wide, 0, 0), (0, SKY_BOTTOM - SKY_TOP, 0), (-wide, SKY_TOP, 1), Label.SKY),
        Part(
            skyline_texture(rng),
            (2 * wide, 0, 0),
            (0, SKYLINE_BOTTOM - SKYLINE_TOP, 0),
            (-wide, SKYLINE_TOP, 1),
            Label.BUILDING,
        ),
    ]
    plain = np.zeros((2, 2, 4), np.uint8)
    parts += [Part(plain, (1, 0, 0), (0, 0, 1), (0, 0, 0), label) for label in (Label.ROAD, Label.PAVEMENT, Label.TREE)]
    for number, part in enumerate(parts):  # one thing each: they hide one another like any other surface
        layout.world.add(
            [
                Part(
                    part.texture,
                    part.right,
                    part.down,
                    part.origin,
                    part.label,
                    Role.BACKDROP,
                    two_sided=True,
                    lit=1.0,
                    body=number,
                )
            ]
        )
