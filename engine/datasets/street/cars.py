"""Cars of the synthetic street, built of flat faces."""

from itertools import pairwise

import numpy as np

from engine.datasets.street.paint import Canvas, Colour, Texture, choose, mix, vary
from engine.datasets.street.world import Label, Part, Role

PAINTS = (
    (186, 30, 34),
    (36, 74, 140),
    (224, 226, 228),
    (60, 64, 70),
    (150, 154, 160),
    (24, 26, 30),
    (206, 200, 184),
    (40, 96, 84),
    (214, 150, 40),
    (96, 140, 178),
    (120, 40, 60),
)
GLASS = (36, 44, 52)

# Outline of each kind of car from the rear bumper over the roof to the front bumper: (share of the length, height in
# metres) and what the stretch up to the next point is.
_OUTLINES: dict[str, tuple[float, float, list[tuple[float, float, str]]]] = {
    "saloon": (
        4.5,
        1.74,
        [
            (0.0, 0.3, "rear"),
            (0.0, 0.9, "boot"),
            (0.13, 1.0, "rear_glass"),
            (0.28, 1.42, "roof"),
            (0.56, 1.42, "glass"),
            (0.73, 0.96, "bonnet"),
            (0.97, 0.76, "front"),
            (1.0, 0.28, ""),
        ],
    ),
    "hatchback": (
        3.9,
        1.7,
        [
            (0.0, 0.3, "rear"),
            (0.0, 0.95, "rear_glass"),
            (0.11, 1.46, "roof"),
            (0.55, 1.48, "glass"),
            (0.76, 0.98, "bonnet"),
            (0.97, 0.8, "front"),
            (1.0, 0.28, ""),
        ],
    ),
    "suv": (
        4.4,
        1.84,
        [
            (0.0, 0.38, "rear"),
            (0.0, 1.06, "rear_glass"),
            (0.06, 1.64, "roof"),
            (0.6, 1.66, "glass"),
            (0.74, 1.12, "bonnet"),
            (0.98, 0.98, "front"),
            (1.0, 0.36, ""),
        ],
    ),
    "van": (
        5.0,
        1.94,
        [
            (0.0, 0.36, "rear"),
            (0.0, 1.16, "rear_glass"),
            (0.02, 2.06, "roof"),
            (0.76, 2.06, "glass"),
            (0.88, 1.14, "bonnet"),
            (0.99, 0.94, "front"),
            (1.0, 0.34, ""),
        ],
    ),
}
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
    for (share, y, what), (next_share, next_y, _) in pairwise(outline):
        z0, z1 = (share - 0.5) * length, (next_share - 0.5) * length
        wide0, wide1 = lean(y), lean(next_y)
        wide = max(wide0, wide1) + rim
        slope = float(np.hypot(z1 - z0, next_y - y))
        texture = _car_face(what, 2 * wide, slope, (wide1 + rim) / wide, (wide0 + rim) / wide, paint, rng)
        parts.append(Part(texture, (2 * wide, 0, 0), (0, y - next_y, z0 - z1), (-wide, next_y, z1), Label.CAR))
    for side in (1, -1):
        parts += _car_sides(side, kind, length, half, top, belt, narrow, outline, paint)
    shade = _solid()
    roof_z = (0.2 * length, 0.72 * length) if kind != "van" else (0.02 * length, 0.85 * length)
    parts.append(
        Part(
            shade,
            (width * 0.86, 0, 0),
            (0, 0, -(roof_z[1] - roof_z[0])),
            (-width * 0.43, top, roof_z[1] - length / 2),
            Label.CAR,
            Role.CASTER,
            casts=True,
        )
    )
    parts += [
        Part(
            shade,
            (width, 0, 0),
            (0, 0, -length * 0.98),
            (-half, height, length * 0.49),
            Label.CAR,
            Role.CASTER,
            casts=True,
        )
        for height in (0.5, 0.9)
    ]
    return parts, length


def _solid() -> Texture:
    return np.full((8, 8, 4), 255, np.uint8)


def _car_face(
    what: str, width: float, height: float, top: float, bottom: float, paint: Colour, rng: np.random.Generator
) -> Texture:
    """One face across the car; `top` and `bottom` are the shares of `width` at its two edges."""
    face = Canvas(width, height, _DENSITY)
    base = mix(paint, (255, 255, 255), 0.1) if what in ("roof", "boot", "bonnet") else paint
    outer = [
        (width * (0.5 - top / 2), 0.0),
        (width * (0.5 + top / 2), 0.0),
        (width * (0.5 + bottom / 2), height),
        (width * (0.5 - bottom / 2), height),
    ]
    face.polygon(outer, base)

    def inset(sides: float, above: float, below: float) -> list[tuple[float, float]]:
        middle = width / 2
        return [
            (middle + (x - middle) * (1 - sides), above * height if y == 0 else height * (1 - below)) for x, y in outer
        ]

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


def _car_sides(
    side: int,
    kind: str,
    length: float,
    half: float,
    top: float,
    belt: float,
    narrow: float,
    outline: list[tuple[float, float, str]],
    paint: Colour,
) -> list[Part]:
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
