"""What stands beyond the building line of the synthetic street: houses, side streets, gardens and building sites."""

import numpy as np

from engine.datasets.street.buildings import SIDE_DEPTH, BuildingDesign, awning_texture, fence_texture
from engine.datasets.street.layout import START, Layout, Site
from engine.datasets.street.nature import HEDGE_DENSITY, hedge_texture
from engine.datasets.street.paint import vary
from engine.datasets.street.world import OFF_STREET, Label, Part


def line_with_plots(layout: Layout, side: Site, rng: np.random.Generator, designs: list[BuildingDesign]) -> None:
    """Fill one side of the street with houses, gardens and, now and then, a side street."""
    z, since_street, last = START, float(rng.uniform(0, 40)), -1
    while z < layout.end:
        roll = rng.random()
        if since_street > 55 and roll < 0.5 and z > 12:
            width = float(rng.uniform(9.0, 12.0))
            side.crossings.append((z, z + width))
            _side_street(layout, side, z + width, rng, designs)
            since_street = 0.0
        elif roll > 0.83:
            width = float(rng.uniform(9.0, 18.0))
            _garden(layout, side, z, z + width, rng, designs)
        else:
            pick = int(rng.integers(len(designs)))
            pick = (pick + 1) % len(designs) if pick == last else pick
            last, width = pick, designs[pick].width_m
            _building(layout, side, z, designs[pick], rng)
        since_street += width
        z += width


def _building(layout: Layout, side: Site, z0: float, design: BuildingDesign, rng: np.random.Generator) -> None:
    s, x = side.sign, side.sign * layout.style.front
    width, high, ridge = design.width_m, design.eaves_m, design.ridge_m
    seam = 0.04  # neighbours overlap a little: no sky shines through between them
    near, far = (z0 - seam, z0 + width + seam)
    start, along = (far, near - far) if s > 0 else (near, far - near)
    parts = [Part(design.front, (0, 0, along), (0, -high, 0), (x, high, start), Label.BUILDING, order=1)]
    if design.roof is not None:
        half = SIDE_DEPTH / 2
        parts.append(
            Part(
                design.roof, (0, 0, along), (-s * half, -ridge, 0), (x + s * half, high + ridge, start), Label.BUILDING
            )
        )
    back = x if s > 0 else x - SIDE_DEPTH
    parts.append(
        Part(design.side, (SIDE_DEPTH, 0, 0), (0, -high - ridge, 0), (back, high + ridge, near), Label.BUILDING)
    )
    tint = layout.tint(rng)
    layout.world.add(parts, layer=OFF_STREET, depth=z0, tint=tint)
    side.blocks.append((z0, z0 + width, high))
    if design.awning is not None:
        cloth = awning_texture(rng, width - 1.0, design.awning)
        start, along = (far - 0.5, near - far + 1) if s > 0 else (near + 0.5, far - near - 1)
        layout.world.add(
            [
                Part(
                    cloth,
                    (0, 0, along),
                    (-s * 0.95, -0.55, 0),
                    (x, 3.1, start),
                    Label.BUILDING,
                    order=2,
                    two_sided=True,
                    casts=True,
                )
            ],
            layer=OFF_STREET,
            depth=z0 - 0.01,
        )
    if rng.random() < 0.6:
        cap = np.full((8, 8, 4), (*vary(rng, (132, 84, 68), 12), 255), np.uint8)
        inwards = float(rng.uniform(1.5, 4.0))
        foot = high + ridge * inwards / (SIDE_DEPTH / 2) - 0.4  # on the slope of the roof
        across, along_z = x + s * inwards, z0 + float(rng.uniform(1, width - 1))
        layout.world.add(
            [
                Part(
                    cap,
                    (0.8, 0, 0),
                    (0, -1.6, 0),
                    (across - 0.4, foot + 1.7, along_z),
                    Label.BUILDING,
                    two_sided=True,
                    order=-1,
                )
            ],
            layer=OFF_STREET,
            depth=z0 + 0.001,
        )


def _side_street(layout: Layout, side: Site, z: float, rng: np.random.Generator, designs: list[BuildingDesign]) -> None:
    """House fronts along the far side of a side street, seen across it."""
    s, x = side.sign, layout.style.front + SIDE_DEPTH
    for rank in range(3):
        design = designs[int(rng.integers(len(designs)))]
        left = x if s > 0 else -x - design.width_m
        front = Part(
            design.front, (design.width_m, 0, 0), (0, -design.eaves_m, 0), (left, design.eaves_m, z), Label.BUILDING
        )
        layout.world.add([front], layer=OFF_STREET, depth=z + 0.003 * (3 - rank), tint=layout.tint(rng))
        x += design.width_m - 0.05


def _garden(
    layout: Layout, side: Site, z0: float, z1: float, rng: np.random.Generator, designs: list[BuildingDesign]
) -> None:
    """A fenced plot: grass, trees, now and then a house at its back; or a building site behind boards."""
    s, x, width = side.sign, side.sign * layout.style.front, z1 - z0
    side.gardens.append((z0, z1))
    kind = str(rng.choice(["board", "picket", "wall", "picket"]))
    high = {"board": float(rng.uniform(1.7, 2.3)), "picket": 1.15, "wall": 1.3}[kind]
    x_back = x + s * 16.0
    fitting = [design for design in designs if design.width_m <= width]
    if fitting and rng.random() < 0.75:
        design = fitting[int(rng.integers(len(fitting)))]
        start, along = (z0 + design.width_m, -design.width_m) if s > 0 else (z0, design.width_m)
        layout.world.add(
            [
                Part(
                    design.front,
                    (0, 0, along),
                    (0, -design.eaves_m, 0),
                    (x_back, design.eaves_m, start),
                    Label.BUILDING,
                )
            ],
            layer=OFF_STREET,
            depth=z1 - 0.01,
            tint=layout.tint(rng),
        )
    for _ in range(int(rng.integers(2, 5))):
        at = (x + s * rng.uniform(2.5, 9.0), 0.0, rng.uniform(z0 + 2, z1 - 1))
        layout.tree(at, rng, OFF_STREET)
    if kind == "picket" or rng.random() < 0.4:
        hedge = hedge_texture(rng, width, 1.3 + 0.4 * rng.random(), layout.style.leaf)
        start, along = (z1, -width) if s > 0 else (z0, width)
        tall = hedge.shape[0] / HEDGE_DENSITY
        layout.world.add(
            [Part(hedge, (0, 0, along), (0, -tall, 0), (x + s * 0.5, tall, start), Label.TREE)],
            layer=OFF_STREET,
            depth=z0 + 0.02,
        )
    fence = fence_texture(rng, kind, width, high)
    start, along = (z1, -width) if s > 0 else (z0, width)
    layout.world.add(
        [Part(fence, (0, 0, along), (0, -high, 0), (x, high, start), Label.FENCE, two_sided=True, casts=True)],
        layer=OFF_STREET,
        depth=z0 + 0.01,
    )
