"""Who moves in the synthetic street, and who is parked: cars, bicyclists, people on foot."""

import numpy as np

from engine.datasets.street.cars import car
from engine.datasets.street.layout import START, Layout, Site, Vehicle
from engine.datasets.street.people import bicyclist, person
from engine.datasets.street.style import LANE_M, PARKING_M
from engine.datasets.street.world import Part

WALK_M_S = 1.5


def park_cars(layout: Layout, side: Site, rng: np.random.Generator) -> None:
    """Cars along the kerb, where nobody needs to see or to pass."""
    style = layout.style
    if not style.parking:
        return
    models = [car(rng) for _ in range(7)]
    x, z = side.sign * (style.kerb - PARKING_M / 2 - 0.02), START + 6
    heading = np.pi if side.sign != style.drive_side else 0.0
    while z < layout.end:
        parts, length = models[int(rng.integers(len(models)))]
        free = not side.open_at(z - 1.5, z + length + 1.5)
        free = free and not any(z - 3.5 < zebra < z + length + 3.5 for zebra in layout.zebras)
        if rng.random() < style.parked_share and free:
            at = (x + rng.normal(0, 0.06), 0.0, z + length / 2)
            layout.world.add([*parts, layout.blob(2.3, length + 0.5, True)], at, heading=heading)
        z += length + float(rng.uniform(0.7, 1.9))


def people_pavement(layout: Layout, side: Site, rng: np.random.Generator) -> None:
    """People who walk along the pavement, alone or in twos, and some who stand."""
    style = layout.style
    walking = {seen: [person(rng, seen, True) for _ in range(6)] for seen in ("back", "front")}
    standing = [person(rng, seen, False) for seen in ("front", "side", "back")]
    z = 5.0
    while z < layout.end + 1.6 * layout.duration:
        x = side.sign * (style.kerb + rng.uniform(1.75, style.pavement_m - 0.6))
        scale = float(rng.choice([1.0, 0.94, 1.04, 0.72], p=[0.4, 0.3, 0.2, 0.1]))
        roll = rng.random()
        if roll < 0.16:
            _put(layout, standing[int(rng.integers(3))], (x, 0.0, z), scale, 0.0)
        else:
            seen = "back" if roll < 0.55 else "front"
            pace = float(rng.uniform(1.05, 1.5)) * (1 if seen == "back" else -1)
            for number in range(2 if rng.random() < 0.25 else 1):
                at = (x - side.sign * 0.65 * number, 0.0, z + 0.1 * number)
                _put(layout, walking[seen][int(rng.integers(6))], at, scale, pace)
        z += float(rng.exponential(style.walkers_m)) + 0.8


def _put(layout: Layout, parts: list[Part], at: tuple[float, float, float], scale: float, pace: float) -> None:
    layout.world.add([*parts, layout.blob(0.8, 0.6)], at, velocity=(0, 0, pace), scale=scale)


def drive_cars(layout: Layout) -> None:
    """Cars ahead in the camera's lane, about as fast as the camera, and cars that come towards it."""
    rng, style = layout.rng(5), layout.style
    models = [car(rng) for _ in range(8)]
    x = style.drive_side * LANE_M / 2
    layout.vehicles.append(Vehicle(x, 0.0, style.speed, 1.0, 4.0))  # the camera's own car
    for way in (1, -1):
        if way > 0:
            pace, z = style.speed * float(rng.uniform(0.98, 1.06)), float(rng.uniform(15, 30))
        else:
            pace, z = -float(rng.uniform(6.5, 11.0)), float(rng.uniform(10, 40))
        while z < layout.end + max(0.0, -pace) * layout.duration:
            parts, length = models[int(rng.integers(len(models)))]
            layout.world.add(
                [*parts, layout.blob(2.3, length + 0.5, True)],
                (way * x, 0.0, z),
                heading=0.0 if way > 0 else np.pi,
                velocity=(0, 0, pace),
            )
            layout.vehicles.append(Vehicle(way * x, z, pace, 0.95, length / 2))
            z += length + float(rng.uniform(9, 55))


def ride_bicycles(layout: Layout) -> None:
    """Bicyclists between the lanes and the parked cars, with the camera and against it."""
    rng, style = layout.rng(6), layout.style
    for way in (1, -1):
        x, z = way * style.drive_side * (LANE_M + 0.38), float(rng.uniform(9, 22) if way > 0 else rng.uniform(25, 60))
        pace = way * float(rng.uniform(3.6, 4.8))
        while z < layout.end + max(0.0, -pace) * layout.duration:
            layout.world.add(
                [*bicyclist(rng, way < 0), layout.blob(0.7, 1.8)],
                (x, 0.0, z),
                heading=0.0 if way > 0 else np.pi,
                velocity=(0, 0, pace),
            )
            layout.vehicles.append(Vehicle(x, z, pace, 0.35, 0.9))
            z += float(rng.uniform(14, 60))


def cross_road(layout: Layout) -> None:
    """People who use the zebra crossings when nothing comes, and stand on the pavement before and after."""
    rng = layout.rng(7)
    walkers = [person(rng, "side", True) for _ in range(6)]
    edge = layout.style.kerb + 1.3
    for zebra in layout.zebras:
        arrival = zebra / max(layout.style.speed, 1.0)
        for _ in range(3):
            way = 1 if rng.random() < 0.5 else -1
            z = zebra + float(rng.uniform(-1.1, 1.1))
            walker = walkers[int(rng.integers(6))]
            begins = arrival - 2 * edge / WALK_M_S - rng.uniform(1.0, 12.0, 20)
            free = [begin for begin in begins if _is_free(layout, way, edge, float(begin), z)]
            if not free:
                continue
            begin = float(free[0])
            at = (way * (-edge - WALK_M_S * begin), 0.0, z)
            layout.world.add(
                [*walker, layout.blob(0.6, 0.8)],
                at,
                heading=0.0 if way > 0 else np.pi,
                velocity=(way * WALK_M_S, 0, 0),
                span=(begin, begin + 2 * edge / WALK_M_S),
            )


def _is_free(layout: Layout, way: int, edge: float, begin: float, z: float) -> bool:
    """Whether someone can cross at `z` from time `begin` on, and no vehicle is there at the same time."""
    for vehicle in layout.vehicles:
        reach = vehicle.half_width + 0.6
        middle = begin + (way * vehicle.x + edge) / WALK_M_S
        spots = [vehicle.z + vehicle.pace * (middle + shift * reach / WALK_M_S) for shift in (-1, 1)]
        if min(spots) - vehicle.half_length - 1.2 < z < max(spots) + vehicle.half_length + 1.2:
            return False
    return True
