"""Cars, people and bicyclists of the synthetic street, built of flat parts."""

from collections.abc import Callable

import numpy as np

from engine.datasets.street_paint import Canvas, Colour, Texture, choose, mix, vary
from engine.datasets.street_world import Label, Part, Role, Swing

PAINTS = (
    (186, 30, 34), (36, 74, 140), (224, 226, 228), (60, 64, 70), (150, 154, 160), (24, 26, 30), (206, 200, 184),
    (40, 96, 84), (214, 150, 40), (96, 140, 178), (120, 40, 60),
)  # fmt: skip
CLOTHES = (
    (170, 40, 46), (40, 62, 110), (60, 62, 66), (210, 204, 190), (52, 92, 72), (196, 140, 50), (120, 70, 110),
    (92, 120, 150), (30, 32, 36), (216, 110, 90), (130, 104, 78),
)  # fmt: skip
TROUSERS = ((44, 52, 74), (34, 34, 38), (96, 88, 74), (70, 82, 110), (120, 112, 100))
SKINS = ((232, 190, 162), (206, 156, 124), (150, 104, 76), (98, 66, 50))
HAIRS = ((46, 34, 28), (92, 64, 40), (176, 140, 84), (24, 22, 24), (150, 148, 146))
GLASS = (36, 44, 52)

# Outline of each kind of car from the rear bumper over the roof to the front bumper: (share of the length, height in
# metres) and what the stretch up to the next point is.
_OUTLINES: dict[str, tuple[float, float, list[tuple[float, float, str]]]] = {
    "saloon": (4.5, 1.74, [(0.0, 0.3, "rear"), (0.0, 0.9, "boot"), (0.13, 1.0, "rear_glass"), (0.28, 1.42, "roof"),
                           (0.56, 1.42, "glass"), (0.73, 0.96, "bonnet"), (0.97, 0.76, "front"), (1.0, 0.28, "")]),
    "hatchback": (3.9, 1.7, [(0.0, 0.3, "rear"), (0.0, 0.95, "rear_glass"), (0.11, 1.46, "roof"),
                             (0.55, 1.48, "glass"), (0.76, 0.98, "bonnet"), (0.97, 0.8, "front"), (1.0, 0.28, "")]),
    "suv": (4.4, 1.84, [(0.0, 0.38, "rear"), (0.0, 1.06, "rear_glass"), (0.06, 1.64, "roof"), (0.6, 1.66, "glass"),
                        (0.74, 1.12, "bonnet"), (0.98, 0.98, "front"), (1.0, 0.36, "")]),
    "van": (5.0, 1.94, [(0.0, 0.36, "rear"), (0.0, 1.16, "rear_glass"), (0.02, 2.06, "roof"), (0.76, 2.06, "glass"),
                        (0.88, 1.14, "bonnet"), (0.99, 0.94, "front"), (1.0, 0.34, "")]),
}  # fmt: skip
_DENSITY = 56


def car(rng: np.random.Generator) -> tuple[list[Part], float]:
    """A parked or driving car, its middle at the origin, looking along +z: (parts, length in metres)."""
    kind = str(rng.choice(list(_OUTLINES), p=[0.34, 0.32, 0.22, 0.12]))
    length, width, outline = _OUTLINES[kind]
    paint = vary(rng, choose(rng, PAINTS), 8)
    if kind == "van" and rng.random() < 0.6:
        paint = (226.0, 226.0, 224.0)
    half = width / 2
    top = max(y for _, y, _ in outline)
    belt = next(y for _, y, what in outline if what == "bonnet") - 0.02
    narrow = 0.12 * (top - belt) / 0.5  # how much the cabin leans inwards on each side

    def lean(y: float) -> float:
        return half - max(0.0, narrow * (y - belt) / (top - belt))

    parts = []
    rim = 0.015  # faces overlap by this much, so that nothing shines through between them
    for (share, y, what), (next_share, next_y, _) in zip(outline[:-1], outline[1:], strict=True):
        z0, z1 = (share - 0.5) * length, (next_share - 0.5) * length
        wide0, wide1 = lean(y), lean(next_y)
        wide = max(wide0, wide1) + rim
        slope = float(np.hypot(z1 - z0, next_y - y))
        texture = _car_face(what, 2 * wide, slope, (wide1 + rim) / wide, (wide0 + rim) / wide, paint, rng)
        parts.append(Part(texture, (2 * wide, 0, 0), (0, y - next_y, z0 - z1), (-wide, next_y, z1), Label.CAR))
    for side in (1, -1):
        for part in _car_sides(side, kind, length, half, top, belt, narrow, outline, paint):
            parts.append(part)
    shade = _solid()
    roof_z = (0.2 * length, 0.72 * length) if kind != "van" else (0.02 * length, 0.85 * length)
    parts.append(Part(shade, (width * 0.86, 0, 0), (0, 0, -(roof_z[1] - roof_z[0])),
                      (-width * 0.43, top, roof_z[1] - length / 2), Label.CAR, Role.CASTER, casts=True))  # fmt: skip
    for height in (0.5, 0.9):
        parts.append(Part(shade, (width, 0, 0), (0, 0, -length * 0.98), (-half, height, length * 0.49), Label.CAR,
                          Role.CASTER, casts=True))  # fmt: skip
    return parts, length


def _solid() -> Texture:
    return np.full((8, 8, 4), 255, np.uint8)


def _car_face(what: str, width: float, height: float, top: float, bottom: float, paint: Colour,
              rng: np.random.Generator) -> Texture:  # fmt: skip
    """One face across the car; `top` and `bottom` are the shares of `width` at its two edges."""
    face = Canvas(width, height, _DENSITY)
    base = mix(paint, (255, 255, 255), 0.1) if what in ("roof", "boot", "bonnet") else paint
    outer = [(width * (0.5 - top / 2), 0.0), (width * (0.5 + top / 2), 0.0), (width * (0.5 + bottom / 2), height),
             (width * (0.5 - bottom / 2), height)]  # fmt: skip
    face.polygon(outer, base)

    def inset(sides: float, above: float, below: float) -> list[tuple[float, float]]:
        middle = width / 2
        return [(middle + (x - middle) * (1 - sides), above * height if y == 0 else height * (1 - below))
                for x, y in outer]  # fmt: skip

    if what in ("rear_glass", "glass"):
        face.polygon(inset(0.1, 0.08, 0.08), GLASS)
        points = inset(0.1, 0.08, 0.08)
        face.polygon([points[0], points[1], mix_point(points[0], points[3], 0.6)], mix(GLASS, (170, 190, 206), 0.45))
        if what == "rear_glass" and rng.random() < 0.6:
            for x in (0.32, 0.6):
                face.ellipse(width * x, height * 0.72, width * 0.05, height * 0.13, (20, 22, 26))
    elif what == "rear":
        face.box(0, height * 0.66, width, height * 0.34, mix(paint, (40, 40, 42), 0.55))
        for x in (0.03, 0.81):
            face.box(width * x, height * 0.12, width * 0.16, height * 0.27, (176, 26, 28))
            face.box(width * x, height * 0.3, width * 0.16, height * 0.09, (226, 140, 60))
        face.box(width * 0.36, height * 0.4, width * 0.28, height * 0.17, (236, 226, 170))
        face.box(width * 0.39, height * 0.45, width * 0.22, height * 0.06, (60, 58, 50))
    elif what == "front":  # painted upside down: on this side `down` points up
        face.box(0, 0, width, height * 0.3, mix(paint, (40, 40, 42), 0.6))
        face.box(width * 0.28, height * 0.5, width * 0.44, height * 0.22, (34, 36, 38))
        face.box(width * 0.36, height * 0.3, width * 0.28, height * 0.16, (240, 240, 234))
        for x in (0.04, 0.78):
            face.box(width * x, height * 0.6, width * 0.18, height * 0.24, (246, 244, 230))
    elif what == "bonnet":
        face.line([(width * 0.2, 0), (width * 0.24, height)], 0.025, mix(base, (0, 0, 0), 0.2))
        face.line([(width * 0.8, 0), (width * 0.76, height)], 0.025, mix(base, (0, 0, 0), 0.2))
    return face.texture()


def mix_point(first: tuple[float, float], second: tuple[float, float], share: float) -> tuple[float, float]:
    """The point `share` of the way from `first` to `second`."""
    return first[0] + (second[0] - first[0]) * share, first[1] + (second[1] - first[1]) * share


def _car_sides(side: int, kind: str, length: float, half: float, top: float, belt: float, narrow: float,
               outline: list[tuple[float, float, str]], paint: Colour) -> list[Part]:  # fmt: skip
    """The lower side with the wheels and the leaning side windows; `side` +1 is the right one."""
    low = Canvas(length, belt, _DENSITY)
    profile = [(share * length, belt - min(y, belt)) for share, y, _ in outline]
    low.polygon(profile, mix(paint, (0, 0, 0), 0.06))
    low.shade(0, belt * 0.62, length, belt * 0.2, 0.72)
    for x in (0.31, 0.52, 0.73):
        low.line([(length * x, belt * 0.04), (length * x, belt * 0.66)], 0.02, mix(paint, (0, 0, 0), 0.35))
    low.box(0, belt * 0.18, 0.14, 0.16, (170, 30, 30))
    low.box(length * 0.95, belt * 0.22, length * 0.04, 0.14, (240, 236, 220))
    radius = 0.33 if kind in ("saloon", "hatchback") else 0.37
    for x in (0.19, 0.81):
        low.ellipse(length * x, belt - radius, radius * 1.12, radius * 1.12, (18, 18, 20))
        low.ellipse(length * x, belt - radius, radius * 0.62, radius * 0.62, (150, 152, 156))
        low.ellipse(length * x, belt - radius, radius * 0.2, radius * 0.2, (70, 72, 76))

    cabin = [(share * length, y) for share, y, what in outline if y >= belt and what not in ("boot",)]
    high = Canvas(length, top - belt + 0.02, _DENSITY)
    base = min(cabin, key=lambda p: p[0])[0], max(cabin, key=lambda p: p[0])[0]
    ring = [(base[0], top - belt + 0.02), *((z, top - y) for z, y in cabin), (base[1], top - belt + 0.02)]
    high.polygon(ring, paint)
    middle_z, middle_y = (base[0] + base[1]) / 2, (top - belt) * 0.52
    glass = [(middle_z + (z - middle_z) * 0.88, middle_y + (y - middle_y) * 0.76) for z, y in ring]
    high.polygon(glass, GLASS)
    high.polygon([glass[1], glass[2], mix_point(glass[0], glass[-1], 0.6)], mix(GLASS, (170, 190, 206), 0.3))
    if kind == "van":
        high.box(0, 0, length * 0.64, top - belt, paint)
    for x in (0.47,) if kind != "van" else (0.66,):
        high.box(length * x, 0, 0.07, top - belt, mix(paint, (0, 0, 0), 0.25))
    textures = low.texture(), high.texture()
    if side < 0:
        textures = textures[0][:, ::-1].copy(), textures[1][:, ::-1].copy()
    along, start = side * length, -side * length / 2
    slope = belt - 0.02 - top
    return [
        Part(textures[0], (0, 0, along), (0, -belt, 0), (side * half, belt, start), Label.CAR),
        Part(textures[1], (0, 0, along), (side * narrow, slope, 0), (side * (half - narrow), top, start), Label.CAR),
    ]


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
        [(0.3 - 0.13 * slim, 0.26), (0.3 + 0.13 * slim, 0.26), (0.3 + 0.235 * slim, 0.34), (0.3 + 0.19 * slim, 0.66),
         (0.3 + 0.205 * slim, 0.98), (0.3 - 0.205 * slim, 0.98), (0.3 - 0.19 * slim, 0.66), (0.3 - 0.235 * slim, 0.34)],
        coat,
    )  # fmt: skip
    body.shade(0.36, 0.26, 0.24, 0.72, 0.84)
    body.line([(0.3, 0.34), (0.3, 0.96)], 0.012, mix(coat, (0, 0, 0), 0.3))
    body.ellipse(0.3, 0.13, 0.085, 0.115, skin)
    if seen == "back":
        body.ellipse(0.3, 0.12, 0.09, 0.112, hair)
        if rng.random() < 0.4:
            body.box(0.225, 0.12, 0.15, 0.2, hair)
    else:
        shift = 0.02 if seen == "side" else 0.0
        body.ellipse(0.3 - shift, 0.075, 0.09, 0.068, hair)
        if seen == "side":
            body.ellipse(0.25, 0.12, 0.045, 0.09, hair)
    if extra == "rucksack":
        if seen == "side":
            body.ellipse(0.12, 0.48, 0.1, 0.19, vary(rng, choose(rng, CLOTHES), 10))
        else:
            body.box(0.16, 0.32, 0.28, 0.36, vary(rng, choose(rng, CLOTHES), 10)) if seen == "back" else None
    elif extra == "hat":
        body.ellipse(0.3, 0.05, 0.12, 0.025, mix(coat, (20, 20, 20), 0.5))
        body.ellipse(0.3, 0.03, 0.08, 0.05, mix(coat, (20, 20, 20), 0.5))
    elif extra == "helmet":
        body.ellipse(0.3, 0.07, 0.105, 0.075, choose(rng, ((230, 230, 226), (206, 40, 44), (40, 40, 44), (60, 120, 190))))
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
    apart, broad = (0.02, 0.03) if seen == "side" else (0.1, 0.25)
    parts = []
    for side in (-1, 1):
        phase = start + (np.pi if side > 0 else 0.0)
        step = Swing(axis, (side * apart, 0.9, 0.0), stride, rate, phase)
        reach = Swing(axis, (side * broad, 1.45, 0.0), stride * 0.8, rate, phase + np.pi)
        behind = 0.01 * side if seen == "side" else 0.0
        parts.append(Part(leg, (0.19, 0, 0), (0, -0.92, 0), (side * apart - 0.095, 0.92, behind), Label.PEDESTRIAN,
                          two_sided=True, lit=0.5, swing=step, body=1 + side, casts=True))  # fmt: skip
        parts.append(Part(arm, (0.13, 0, 0), (0, -0.64, 0), (side * broad - 0.065, 1.47, behind), Label.PEDESTRIAN,
                          two_sided=True, lit=0.5, swing=reach, body=4 + side,
                          order=2 if seen == "side" and side < 0 else 0))  # fmt: skip
    parts.append(Part(body, (0.6, 0, 0), (0, -0.98, 0), (-0.3, 1.76, 0), Label.PEDESTRIAN, two_sided=True, lit=0.5,
                      body=6, order=1, casts=True))  # fmt: skip
    return parts


def bicyclist(rng: np.random.Generator, coming: bool) -> list[Part]:
    """Someone on a bicycle riding along +z, wheels on y = 0; `coming` riders are seen from the front."""
    coat = vary(rng, choose(rng, CLOTHES), 10)
    body = _torso(rng, coat, choose(rng, SKINS), choose(rng, HAIRS), "front" if coming else "back",
                  "helmet" if rng.random() < 0.6 else "rucksack")  # fmt: skip
    legs = vary(rng, choose(rng, TROUSERS), 8)
    leg = _limb(0.17, 0.78, legs, (30, 28, 30), 0.1)
    arm = _limb(0.11, 0.5, coat, (190, 150, 120), 0.16)
    wheel = Canvas(0.07, 0.68, 90, (24, 24, 26)).texture()
    label = Label.BICYCLIST

    def put(texture: Texture, x: float, top: float, z: float, wide: float, high: float, **more: object) -> Part:
        return Part(texture, (wide, 0, 0), (0, -high, 0), (x - wide / 2, top, z), label, two_sided=True, lit=0.5,
                    **more)  # type: ignore[arg-type]

    rate, start = float(rng.uniform(5, 7)), float(rng.uniform(0, 6.28))
    parts = [
        Part(_bicycle(rng), (0, 0, 1.76), (0, -1.1, 0), (0, 1.1, -0.88), label, two_sided=True, lit=0.5, body=0,
             casts=True),
        put(wheel, 0, 0.68, -0.54, 0.07, 0.68, body=1, casts=True),
        put(wheel, 0, 0.68, 0.54, 0.07, 0.68, body=2),
        put(body, 0, 1.84, -0.1, 0.6, 0.98, body=3, order=1, casts=True),
    ]  # fmt: skip
    for side in (-1, 1):
        swing = Swing((1.0, 0.0, 0.0), (side * 0.11, 0.95, -0.1), 0.34, rate, start + (np.pi if side > 0 else 0))
        parts.append(put(leg, side * 0.12, 0.96, -0.08, 0.17, 0.78, swing=swing, body=5 + side, casts=True))
        lean = Part(arm, (0.11, 0, 0), (side * 0.06, -0.4, 0.42), (side * 0.22 - 0.055, 1.5, -0.05), label,
                    two_sided=True, lit=0.5, body=8 + side)  # fmt: skip
        parts.append(lean)
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
    for a, b in ((pedal, seat), (pedal, head), ((0.7, 0.36), head), ((0.35, 0.75), pedal), ((0.35, 0.75), seat),
                 (head, (1.41, 0.75)), (head, (1.2, 0.1))):  # fmt: skip
        bike.line([a, b], 0.05, frame)
    bike.line([(1.2, 0.1), (1.32, 0.1)], 0.05, (30, 30, 32))
    bike.box(0.55, 0.22, 0.26, 0.06, (30, 28, 28))
    bike.ellipse(pedal[0], pedal[1], 0.08, 0.08, (60, 60, 64))
    return bike.texture()


FigureMaker = Callable[[np.random.Generator], list[Part]]
