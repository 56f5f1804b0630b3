"""What stands and lies in the synthetic street: trees, lamps, signs, rails, bollards, zebra crossings, manholes."""

import numpy as np

from engine.datasets.street.buildings import fence_texture
from engine.datasets.street.layout import START, Layout, Site
from engine.datasets.street.nature import (
    SIGNS,
    lamp_texture,
    manhole_texture,
    mast_texture,
    sign_texture,
    zebra_texture,
)
from engine.datasets.street.paint import Texture, vary
from engine.datasets.street.world import Label, Part, Role


def mark_ground(layout: Layout) -> None:
    """Zebra crossings before side streets, lids and patches in the asphalt."""
    rng, kerb = layout.rng(3), layout.style.kerb
    zebra = zebra_texture(2 * kerb)
    mouths = sorted({round(z0 - 2.6, 3) for side in layout.sides for z0, _ in side.crossings})
    for z in mouths:  # not two of them on top of each other, where side streets lie opposite
        if rng.random() < 0.7 and (not layout.zebras or z - layout.zebras[-1] > 12):
            layout.zebras.append(z)
    for z in layout.zebras:
        _decal(layout, zebra, 0, z, 2 * kerb, 3.0)
    lid = manhole_texture()
    patches = [np.full((8, 8, 4), (*vary(rng, tone, 5), 255), np.uint8) for tone in ((74, 74, 78), (112, 110, 108))]
    z = 4.0
    while z < layout.end:
        x = float(rng.uniform(-kerb + 1, kerb - 1))
        if any(abs(z - zebra) < 4.2 for zebra in layout.zebras):
            pass  # nothing lies on the bars
        elif rng.random() < 0.4:
            _decal(layout, lid, x, z, 0.8, 0.8)
        else:
            patch = patches[int(rng.integers(2))]
            _decal(layout, patch, x, z, float(rng.uniform(0.7, 2.0)), float(rng.uniform(1.0, 5.0)))
        z += float(rng.uniform(6, 20))


def _decal(layout: Layout, texture: Texture, x: float, z: float, wide: float, deep: float) -> None:
    part = Part(texture, (wide, 0, 0), (0, 0, -deep), (x - wide / 2, 0, z + deep / 2), Label.ROAD, Role.DECAL, lit=1)
    layout.world.add([part], depth=z)


def furnish(layout: Layout, side: Site, rng: np.random.Generator) -> None:
    """Trees, lamps, signs, lights, bollards and guard rails along the kerb."""
    s, x = side.sign, side.sign * (layout.style.kerb + 0.7)
    steel, white = mast_texture((126, 130, 134)), mast_texture((206, 206, 202))
    banded = mast_texture((60, 60, 62), ((58, 60, 62), (58, 60, 62), (222, 220, 214), (58, 60, 62)))
    arm = lamp_texture(2.2)
    signs = {kind: sign_texture(rng, kind) for kind in SIGNS}
    z, since_lamp, since_sign = START + 30, float(rng.uniform(0, 25)), 8.0
    while z < layout.end:
        step = float(rng.uniform(3.2, 5.5))
        near_zebra = any(abs(z - zebra) < 3.2 for zebra in layout.zebras)
        if side.open_at(z - 1.0, z + 1.0):
            pass
        elif near_zebra:
            kind = "lights" if rng.random() < 0.6 else "crossing"
            _sign(layout, signs[kind], steel, (x - s * 0.25, 0.0, z), 2.5)
            rail = fence_texture(rng, "rail", 1.6, 0.95)
            _rail(layout, rail, side, z + 0.5, 1.6)
        elif since_lamp > 24:
            _lamp(layout, arm, steel, s, (x, 0.0, z))
            since_lamp = 0.0
        elif since_sign > 13 and rng.random() < 0.6:
            kind = str(rng.choice([k for k in SIGNS if k != "lights"]))
            height = 2.9 if kind == "guide" else 2.2
            _sign(layout, signs[kind], white if rng.random() < 0.5 else steel, (x, 0.0, z), height)
            since_sign = 0.0
        elif rng.random() < layout.style.tree_share:
            layout.tree((x + s * 0.3, 0.0, z), rng, 0)
            step += 3.0
        elif rng.random() < 0.35:
            length = float(rng.uniform(5, 10))
            if not side.open_at(z, z + length):
                _rail(layout, fence_texture(rng, "rail", length, 0.95), side, z, length)
                step += length
        else:
            for offset in (0.0, 1.5, 3.0):
                post = Part(
                    banded, (0.12, 0, 0), (0, -1.0, 0), (-0.06, 1.0, 0), Label.POLE, two_sided=True, lit=0.5, casts=True
                )
                if not side.open_at(z + offset - 0.5, z + offset + 0.5):
                    layout.world.add([post, layout.blob(0.5, 0.5)], (x - s * 0.3, 0.0, z + offset))
        z += step
        since_lamp += step
        since_sign += step


def _mast(layout: Layout, texture: Texture, wide: float, high: float) -> Part:
    return Part(
        texture,
        (wide, 0, 0),
        (0, -high, 0),
        (-wide / 2, high, 0),
        Label.POLE,
        two_sided=True,
        lit=0.5,
        body=0,
        casts=True,
    )


def _lamp(layout: Layout, arm: Texture, mast: Texture, s: int, at: tuple[float, float, float]) -> None:
    high = 6.6
    start = (0.0, high + 0.62, 0.0)
    parts = [
        _mast(layout, mast, 0.17, high),
        Part(arm, (-s * 2.2, 0, 0), (0, -0.8, 0), start, Label.POLE, two_sided=True, lit=0.5, body=1),
        layout.blob(0.8, 0.8),
    ]
    layout.world.add(parts, at)


def _sign(
    layout: Layout, sign: tuple[Texture, float, float], mast: Texture, at: tuple[float, float, float], low: float
) -> None:
    texture, wide, high = sign
    parts = [
        _mast(layout, mast, 0.09, low + high * 0.5),
        Part(
            texture,
            (wide, 0, 0),
            (0, -high, 0),
            (-wide / 2, low + high, -0.06),
            Label.SIGN,
            lit=0.6,
            body=1,
            order=1,
            casts=True,
        ),
        layout.blob(0.5, 0.5),
    ]
    layout.world.add(parts, at)


def _rail(layout: Layout, texture: Texture, side: Site, z: float, length: float) -> None:
    x = side.sign * (layout.style.kerb + 0.3)
    layout.world.add(
        [Part(texture, (0, 0, length), (0, -0.95, 0), (0, 0.95, 0), Label.FENCE, two_sided=True, lit=0.5, casts=True)],
        (x, 0.0, z),
        depth=z + length / 2,
    )
