"""Sky, skyline, trees, hedges, poles and signs of the synthetic street, as textures."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.paint import Canvas, Colour, Texture, choose, mix, tile_noise, vary

SKY_HALF_WIDTH = 2.2
"""The sky's picture reaches this far to both sides: tangent of the angle from straight ahead."""
SKY_TOP, SKY_BOTTOM = 1.7, -0.25
"""Upper and lower edge of the sky's picture: tangents of the angle above the horizon."""
SKYLINE_TOP, SKYLINE_BOTTOM = 0.075, -0.02


def sky_texture(
    rng: np.random.Generator, zenith: Colour, horizon: Colour, cloud: float, glow: Colour, sun: NDArray[np.float64]
) -> Texture:
    """The sky dome as seen straight ahead: a gradient, clouds lying in a plane overhead, a glow around the sun.

    cloud: 0 (clear) .. 1 (overcast). sun: unit vector towards the sun (x right, y up, z ahead).
    """
    width, height = 900, 400
    u = np.linspace(-SKY_HALF_WIDTH, SKY_HALF_WIDTH, width, dtype=np.float32)[None, :]
    v = np.linspace(SKY_TOP, SKY_BOTTOM, height, dtype=np.float32)[:, None]
    length = np.sqrt(1 + u * u + v * v)
    up = np.clip(v / length, 0, 1)
    blend = (1 - (1 - up) ** 2.6)[..., None]
    sky = np.asarray(horizon, np.float32) * (1 - blend) + np.asarray(zenith, np.float32) * blend

    towards = (u * sun[0] + v * sun[1] + sun[2]).astype(np.float32) / length
    halo = np.clip(towards, 0, 1)[..., None]
    sky += np.asarray(glow, np.float32) * (0.35 * halo**8 + 0.6 * halo**90)

    noise = tile_noise(rng, 512, (4, 8, 16, 32, 64, 128), 0.58)
    lift = 1 / (np.maximum(v, 0) + 0.12)  # where a ray meets a layer of clouds above the street
    plane_x, plane_y = (u * lift * 60 + 256), (lift * 60 + u * 0)
    cover = cv2.remap(
        noise, plane_x.astype(np.float32), plane_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
    amount = np.clip((cover - (1.1 - 2.6 * cloud)) * 0.9, 0, 1) * np.clip(v * 9, 0, 1)
    inner = np.clip((cover - (1.1 - 2.6 * cloud)) * 0.35, 0, 1)
    white = np.asarray(mix((250, 250, 252), glow, 0.25), np.float32)
    grey = np.asarray(mix(horizon, (120, 124, 134), 0.5), np.float32)
    clouds = white * (1 - inner[..., None] * 0.75) + grey * inner[..., None] * 0.75
    weight = (amount * 0.85)[..., None]
    sky = sky * (1 - weight) + clouds * weight
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = np.clip(sky, 0, 255).astype(np.uint8)
    return picture


def skyline_texture(rng: np.random.Generator) -> Texture:
    """Far roofs along the horizon, transparent above them."""
    width, height = 1400, 40
    picture = np.zeros((height, width, 4), np.uint8)
    horizon = int(height * SKYLINE_TOP / (SKYLINE_TOP - SKYLINE_BOTTOM))
    for depth, light in ((0, 150), (1, 122)):
        x = 0
        while x < width:
            wide = int(rng.integers(8, 42))
            high = int(rng.integers(3, 16 if depth else 24))
            tone = vary(rng, (light, light + 2, light + 6), 7)
            picture[horizon - high :, x : x + wide] = (*tone, 255)
            if rng.random() < 0.4:
                roof = [[x, horizon - high], [x + wide, horizon - high], [x + wide // 2, horizon - high - wide // 3]]
                cv2.fillPoly(picture, [np.array(roof, np.int32)], (*tone, 255))
            x += wide
    return picture


def crown_texture(rng: np.random.Generator, leaf: Colour, slender: bool) -> Texture:
    """A tree's crown: clumps of leaves, light on top and dark below, holes and loose leaves at the rim."""
    size = 200
    crown = Canvas(1.0, 1.0, size)
    clumps = []
    for _ in range(int(rng.integers(12, 18))):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.3)
        spread = 0.62 if slender else 1.0
        x, y = 0.5 + spread * reach * np.cos(angle), 0.5 + 1.05 * reach * np.sin(angle)
        clumps.append((x, y, rng.uniform(0.1, 0.17)))
    clumps.sort(key=lambda clump: -clump[1])  # the lower ones behind the upper ones
    for x, y, radius in clumps:
        light = 1.12 - 0.75 * y
        crown.ellipse(x, y, radius, radius * 0.92, [c * (light * 0.62) for c in leaf])
        for _ in range(110):
            angle, far = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
            dx, dy = far * np.cos(angle), far * np.sin(angle)
            glow = light + 0.28 * (-dy) + rng.normal(0, 0.13)
            tone = [c * glow for c in leaf[:2]] + [leaf[2] * (glow * 0.85)]
            reach = radius * (1.1 + 0.12 * rng.random())
            crown.ellipse(
                x + dx * reach,
                y + dy * reach,
                rng.uniform(0.008, 0.02),
                rng.uniform(0.006, 0.014),
                tone,
                float(rng.uniform(0, 180)),
            )
    for _ in range(int(rng.integers(10, 26))):
        x, y, radius = clumps[int(rng.integers(len(clumps)))]
        x, y = x + radius * rng.uniform(-0.7, 0.7), y + radius * rng.uniform(-0.3, 0.8)
        crown.ellipse(x, y, rng.uniform(0.006, 0.016), rng.uniform(0.006, 0.014), [c * 0.28 for c in leaf])
    return crown.texture()


def trunk_texture(rng: np.random.Generator) -> Texture:
    """A trunk of 1 x 2.6 m with two branches; mostly transparent."""
    bark = vary(rng, (92, 76, 62), 8)
    trunk = Canvas(1.0, 2.6, 60)
    trunk.polygon([(0.42, 0.3), (0.58, 0.3), (0.62, 2.6), (0.38, 2.6)], bark)
    trunk.line([(0.5, 1.1), (0.2, 0.2)], 0.09, bark)
    trunk.line([(0.5, 0.9), (0.82, 0.1)], 0.08, bark)
    trunk.line([(0.5, 0.6), (0.5, 0.0)], 0.1, bark)
    for _ in range(40):
        x, y = rng.uniform(0.4, 0.6), rng.uniform(0.4, 2.5)
        trunk.line([(x, y), (x + rng.normal(0, 0.01), y + 0.14)], 0.015, mix(bark, (30, 24, 20), 0.5))
    trunk.shade(0.53, 0, 0.2, 2.6, 0.75)
    return trunk.texture()


HEDGE_DENSITY = 30


def hedge_texture(rng: np.random.Generator, width: float, height: float, leaf: Colour) -> Texture:
    """A clipped hedge with an uneven top."""
    hedge = Canvas(width, height, HEDGE_DENSITY)
    hedge.box(0, 0.1, width, height, [c * 0.55 for c in leaf])
    for _ in range(int(width * height * 75)):
        y = float(rng.uniform(0.03, height))
        glow = 1.0 - 0.5 * y / height + rng.normal(0, 0.14)
        hedge.ellipse(rng.uniform(0, width), y, 0.06, 0.042, [c * glow for c in leaf], float(rng.uniform(0, 180)))
    return hedge.texture()


def lamp_texture(reach: float) -> Texture:
    """The arm of a street lamp, `reach` metres long and 0.8 m high, its mast at the left edge."""
    arm = Canvas(reach, 0.8, 60)
    steel = (98, 102, 106)
    arm.line([(0.05, 0.75), (0.25, 0.3), (0.7, 0.14), (reach - 0.5, 0.1)], 0.09, steel)
    arm.polygon([(reach - 0.7, 0.06), (reach - 0.02, 0.1), (reach - 0.06, 0.24), (reach - 0.7, 0.2)], (72, 76, 80))
    arm.box(reach - 0.6, 0.2, 0.5, 0.07, (236, 232, 214))
    return arm.texture()


def mast_texture(colour: Colour, bands: Sequence[Colour] = ()) -> Texture:
    """A mast's picture, lit from one side; `bands` colours its height in equal parts."""
    mast = Canvas(0.16, 1.6, 50, colour)
    for step, band in enumerate(bands):
        mast.box(0, 1.6 * step / len(bands), 0.16, 1.6 / len(bands), band)
    mast.shade(0.09, 0, 0.08, 1.6, 0.68)
    return mast.texture()


SIGNS = ("limit", "give_way", "warning", "parking", "no_entry", "crossing", "guide", "lights")


def sign_texture(rng: np.random.Generator, kind: str) -> tuple[Texture, float, float]:
    """A traffic sign or light and its size: (texture, width_m, height_m)."""
    wide, high = {"guide": (2.0, 0.95), "lights": (0.42, 1.05)}.get(kind, (0.78, 0.78))
    sign = Canvas(wide, high, 110, over=3)
    red, white, blue, dark = (196, 30, 38), (240, 240, 236), (28, 84, 168), (28, 28, 32)
    if kind == "limit":
        sign.ellipse(0.39, 0.39, 0.38, 0.38, red)
        sign.ellipse(0.39, 0.39, 0.29, 0.29, white)
        sign.box(0.22, 0.27, 0.13, 0.25, dark)
        sign.box(0.26, 0.33, 0.05, 0.13, white)
        sign.ellipse(0.5, 0.395, 0.075, 0.125, dark)
        sign.ellipse(0.5, 0.395, 0.03, 0.07, white)
    elif kind == "no_entry":
        sign.ellipse(0.39, 0.39, 0.38, 0.38, red)
        sign.box(0.12, 0.32, 0.54, 0.14, white)
    elif kind in ("give_way", "warning"):
        up = kind == "warning"
        tip, base = (0.03, 0.72) if up else (0.75, 0.06)
        sign.polygon([(0.39, tip), (0.77, base), (0.01, base)], red)
        inner = 0.17 if up else 0.58
        sign.polygon([(0.39, inner), (0.6, 0.62 if up else 0.16), (0.18, 0.62 if up else 0.16)], white)
        if up:
            sign.box(0.36, 0.3, 0.06, 0.19, dark)
            sign.box(0.36, 0.53, 0.06, 0.06, dark)
    elif kind == "guide":
        back = choose(rng, (blue, (30, 96, 60), (236, 196, 50)))
        ink = dark if sum(back) > 450 else white
        sign.box(0, 0, wide, high, ink)
        sign.box(0.05, 0.05, wide - 0.1, high - 0.1, back)
        for row in range(2):
            x = 0.2
            for _ in range(int(rng.integers(4, 8))):
                letter = float(rng.uniform(0.08, 0.17))
                sign.box(x, 0.2 + row * 0.34, letter, 0.2, ink)
                x += letter + 0.05
        sign.polygon([(1.68, 0.2), (1.85, 0.45), (1.51, 0.45)], ink)
        sign.box(1.63, 0.4, 0.1, 0.38, ink)
    elif kind == "lights":
        sign.box(0, 0, wide, high, (36, 38, 40))
        lit = int(rng.choice([0, 2]))
        for lamp, colour in enumerate(((226, 44, 40), (226, 168, 40), (48, 200, 96))):
            paint = colour if lamp == lit else mix(colour, (30, 30, 30), 0.8)
            sign.ellipse(wide / 2, 0.2 + 0.33 * lamp, 0.13, 0.13, paint)
    else:
        sign.box(0, 0, wide, high, white)
        sign.box(0.03, 0.03, wide - 0.06, high - 0.06, blue)
        if kind == "parking":
            sign.box(0.24, 0.15, 0.1, 0.5, white)
            sign.ellipse(0.4, 0.29, 0.15, 0.14, white)
            sign.ellipse(0.4, 0.29, 0.07, 0.06, blue)
        else:
            sign.polygon([(0.39, 0.1), (0.68, 0.66), (0.1, 0.66)], white)
            sign.ellipse(0.4, 0.3, 0.045, 0.045, dark)
            sign.line([(0.4, 0.35), (0.4, 0.48), (0.32, 0.62)], 0.05, dark)
            sign.line([(0.4, 0.48), (0.48, 0.62)], 0.05, dark)
    return sign.texture(), wide, high


def zebra_texture(road_width: float) -> Texture:
    """The white bars of a pedestrian crossing across `road_width` metres, 3 m deep; transparent between them."""
    zebra = Canvas(road_width, 3.0, 20)
    for x in np.arange(0.25, road_width - 0.4, 1.0):
        zebra.box(float(x), 0, 0.5, 3.0, (222, 222, 216))
    return zebra.texture()


def manhole_texture() -> Texture:
    """An iron lid, 0.8 m wide."""
    lid = Canvas(0.8, 0.8, 40)
    lid.ellipse(0.4, 0.4, 0.39, 0.39, (58, 58, 60))
    lid.ring(0.4, 0.4, 0.3, 0.04, (84, 84, 86))
    for x in (0.25, 0.4, 0.55):
        lid.box(x - 0.02, 0.2, 0.04, 0.4, (80, 80, 82))
    return lid.texture()


def soft_blob(round_shape: bool) -> Texture:
    """A soft dark spot for the shade right under things; only its alpha counts."""
    edge = np.abs(np.linspace(-1, 1, 64, dtype=np.float32))
    distance = np.hypot(edge[None], edge[:, None]) if round_shape else np.maximum(edge[None], edge[:, None])
    alpha = np.clip((1 - distance) * (1.6 if round_shape else 3.0), 0, 1)
    blob = np.zeros((64, 64, 4), np.uint8)
    blob[..., 3] = (alpha * 255).astype(np.uint8)
    return blob
