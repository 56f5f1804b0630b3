"""People on foot and bicyclists of the synthetic street: flat parts, with limbs that swing."""

from dataclasses import replace

import numpy as np

from engine.datasets.street.paint import Canvas, Colour, Texture, choose, mix, vary
from engine.datasets.street.world import Label, Part, Swing

CLOTHES = (
    (170, 40, 46),
    (40, 62, 110),
    (60, 62, 66),
    (210, 204, 190),
    (52, 92, 72),
    (196, 140, 50),
    (120, 70, 110),
    (92, 120, 150),
    (30, 32, 36),
    (216, 110, 90),
    (130, 104, 78),
)
TROUSERS = ((44, 52, 74), (34, 34, 38), (96, 88, 74), (70, 82, 110), (120, 112, 100))
SKINS = ((232, 190, 162), (206, 156, 124), (150, 104, 76), (98, 66, 50))
HAIRS = ((46, 34, 28), (92, 64, 40), (176, 140, 84), (24, 22, 24), (150, 148, 146))


def _limb(width: float, length: float, colour: Colour, end: Colour, share: float, end_wide: float = 1.0) -> Texture:
    """An arm or a leg hanging down: cloth, then hand or shoe over the last `share`."""
    limb = Canvas(width, length, 110)
    limb.polygon([(0.1 * width, 0), (0.9 * width, 0), (0.8 * width, length), (0.2 * width, length)], colour)
    limb.ellipse(width / 2, 0.03, 0.42 * width, 0.05, colour)
    edge = length * (1 - share)
    limb.box(width * (0.5 - 0.32 * end_wide), edge, width * 0.64 * end_wide, length - edge, end)
    limb.shade(0.62 * width, 0, 0.4 * width, length, 0.8)
    return limb.texture()


def _torso(rng: np.random.Generator, coat: Colour, skin: Colour, hair: Colour, seen: str, extra: str) -> Texture:
    """Head and trunk, 0.6 m wide and 0.98 m high, `seen` from the back, the front or the side."""
    body = Canvas(0.6, 0.98, 120)
    slim = 0.68 if seen == "side" else 1.0
    body.box(0.3 - 0.05, 0.2, 0.1, 0.1, mix(skin, (60, 40, 30), 0.2))
    body.polygon(
        [
            (0.3 - 0.1 * slim, 0.25),
            (0.3 + 0.1 * slim, 0.25),
            (0.3 + 0.195 * slim, 0.3),
            (0.3 + 0.21 * slim, 0.38),
            (0.3 + 0.165 * slim, 0.66),
            (0.3 + 0.19 * slim, 0.98),
            (0.3 - 0.19 * slim, 0.98),
            (0.3 - 0.165 * slim, 0.66),
            (0.3 - 0.21 * slim, 0.38),
            (0.3 - 0.195 * slim, 0.3),
        ],
        coat,
    )
    body.shade(0.36, 0.26, 0.24, 0.72, 0.84)
    body.line([(0.3, 0.34), (0.3, 0.96)], 0.012, mix(coat, (0, 0, 0), 0.3))
    body.ellipse(0.3, 0.125, 0.092, 0.12, skin)
    if seen == "back":
        body.ellipse(0.3, 0.115, 0.097, 0.115, hair)
        if rng.random() < 0.4:
            body.box(0.225, 0.12, 0.15, 0.2, hair)
    else:
        shift = 0.02 if seen == "side" else 0.0
        body.ellipse(0.3 - shift, 0.07, 0.097, 0.068, hair)
        if seen == "side":
            body.ellipse(0.25, 0.12, 0.045, 0.09, hair)
    if extra == "rucksack":
        if seen == "side":
            body.ellipse(0.12, 0.48, 0.1, 0.19, vary(rng, choose(rng, CLOTHES), 10))
        elif seen == "back":
            body.box(0.16, 0.32, 0.28, 0.36, vary(rng, choose(rng, CLOTHES), 10))
    elif extra == "hat":
        body.ellipse(0.3, 0.05, 0.12, 0.025, mix(coat, (20, 20, 20), 0.5))
        body.ellipse(0.3, 0.03, 0.08, 0.05, mix(coat, (20, 20, 20), 0.5))
    elif extra == "helmet":
        shell = choose(rng, ((230, 230, 226), (206, 40, 44), (40, 40, 44), (60, 120, 190)))
        body.ellipse(0.3, 0.07, 0.105, 0.075, shell)
    return body.texture()


def person(rng: np.random.Generator, seen: str, walking: bool) -> list[Part]:
    """Someone on foot, standing on the origin, `seen` from `back`, `front` or `side`.

    The side view walks towards +x. Limbs swing while the thing moves.
    """
    coat, legs = vary(rng, choose(rng, CLOTHES), 10), vary(rng, choose(rng, TROUSERS), 8)
    skin, hair = choose(rng, SKINS), choose(rng, HAIRS)
    extra = str(rng.choice(["", "rucksack", "hat"], p=[0.6, 0.27, 0.13]))
    body = _torso(rng, coat, skin, hair, seen, extra)
    leg = _limb(0.19, 0.92, legs, (30, 28, 30), 0.09)
    arm = _limb(0.13, 0.64, mix(coat, (0, 0, 0), 0.08), skin, 0.14)
    axis = (0.0, 0.0, 1.0) if seen == "side" else (1.0, 0.0, 0.0)
    stride = 0.42 if walking else 0.03
    rate, start = float(rng.uniform(5.6, 6.8)), float(rng.uniform(0, 6.28))
    apart, broad = (0.02, 0.03) if seen == "side" else (0.09, 0.215)
    parts = []
    for side in (-1, 1):
        phase = start + (np.pi if side > 0 else 0.0)
        step = Swing(axis, (side * apart, 0.9, 0.0), stride, rate, phase)
        reach = Swing(axis, (side * broad, 1.45, 0.0), stride * 0.8, rate, phase + np.pi)
        behind = 0.01 * side if seen == "side" else 0.0
        parts.append(
            Part(
                leg,
                (0.19, 0, 0),
                (0, -0.92, 0),
                (side * apart - 0.095, 0.92, behind),
                Label.PEDESTRIAN,
                two_sided=True,
                lit=0.5,
                swing=step,
                body=1 + side,
                casts=True,
            )
        )
        parts.append(
            Part(
                arm,
                (0.13, 0, 0),
                (0, -0.64, 0),
                (side * broad - 0.065, 1.47, behind),
                Label.PEDESTRIAN,
                two_sided=True,
                lit=0.5,
                swing=reach,
                body=4 + side,
                order=2 if seen == "side" and side < 0 else 0,
            )
        )
    parts.append(
        Part(
            body,
            (0.6, 0, 0),
            (0, -0.98, 0),
            (-0.3, 1.76, 0),
            Label.PEDESTRIAN,
            two_sided=True,
            lit=0.5,
            body=6,
            order=1,
            casts=True,
        )
    )
    return parts


def bicyclist(rng: np.random.Generator, coming: bool) -> list[Part]:
    """Someone on a bicycle riding along +z, wheels on y = 0; `coming` riders are seen from the front."""
    coat = vary(rng, choose(rng, CLOTHES), 10)
    skin, hair = choose(rng, SKINS), choose(rng, HAIRS)
    extra = "helmet" if rng.random() < 0.6 else "rucksack"
    body = _torso(rng, coat, skin, hair, "front" if coming else "back", extra)
    legs = vary(rng, choose(rng, TROUSERS), 8)
    leg = _limb(0.17, 0.78, legs, (30, 28, 30), 0.1)
    arm = _limb(0.11, 0.5, coat, (190, 150, 120), 0.16)
    wheel = Canvas(0.07, 0.68, 90, (24, 24, 26)).texture()
    label = Label.BICYCLIST

    def across(texture: Texture, x: float, top: float, z: float, wide: float, high: float, body: int) -> Part:
        at = (x - wide / 2, top, z)
        return Part(texture, (wide, 0, 0), (0, -high, 0), at, label, two_sided=True, lit=0.5, body=body, casts=True)

    rate, start = float(rng.uniform(5, 7)), float(rng.uniform(0, 6.28))
    along = Part(_bicycle(rng), (0, 0, 1.76), (0, -1.1, 0), (0, 1.1, -0.88), label, two_sided=True, lit=0.5, casts=True)
    parts = [
        along,
        across(wheel, 0, 0.68, -0.54, 0.07, 0.68, body=1),
        across(wheel, 0, 0.68, 0.54, 0.07, 0.68, body=2),
        replace(across(body, 0, 1.84, -0.1, 0.6, 0.98, body=3), order=1),
    ]
    for side in (-1, 1):
        swing = Swing((1.0, 0.0, 0.0), (side * 0.11, 0.95, -0.1), 0.34, rate, start + (np.pi if side > 0 else 0))
        parts.append(replace(across(leg, side * 0.12, 0.96, -0.08, 0.17, 0.78, body=5 + side), swing=swing))
        down, hand = (side * 0.04, -0.42, 0.3), (side * 0.2 - 0.055, 1.5, -0.08)
        parts.append(Part(arm, (0.11, 0, 0), down, hand, label, two_sided=True, lit=0.5, body=8 + side))
    return parts


def _bicycle(rng: np.random.Generator) -> Texture:
    """A bicycle from the side, 1.76 x 1.1 m, its front to the right."""
    bike = Canvas(1.76, 1.1, 110)
    frame = choose(rng, ((190, 36, 40), (36, 40, 46), (50, 96, 170), (220, 220, 216), (60, 130, 90)))
    for x in (0.35, 1.41):
        bike.ring(x, 0.75, 0.315, 0.055, (26, 26, 28))
        bike.ring(x, 0.75, 0.27, 0.02, (150, 150, 154))
        bike.ellipse(x, 0.75, 0.03, 0.03, (120, 120, 124))
    pedal, seat, head = (0.82, 0.8), (0.68, 0.28), (1.24, 0.27)
    for a, b in (
        (pedal, seat),
        (pedal, head),
        ((0.7, 0.36), head),
        ((0.35, 0.75), pedal),
        ((0.35, 0.75), seat),
        (head, (1.41, 0.75)),
        (head, (1.2, 0.1)),
    ):
        bike.line([a, b], 0.05, frame)
    bike.line([(1.2, 0.1), (1.32, 0.1)], 0.05, (30, 30, 32))
    bike.box(0.55, 0.22, 0.26, 0.06, (30, 28, 28))
    bike.ellipse(pedal[0], pedal[1], 0.08, 0.08, (60, 60, 64))
    return bike.texture()
