"""Building fronts, side walls, roofs and fences of the synthetic street, as textures."""

from dataclasses import dataclass

import numpy as np

from engine.datasets.street.paint import Canvas, Colour, Texture, choose, mix, vary

DENSITY = 26
"""Texels per metre of a building front."""
SIDE_DEPTH = 8.0
"""Metres that a building reaches back from the street."""

WALLS = (
    (176, 98, 74),
    (196, 170, 138),
    (214, 202, 180),
    (150, 84, 66),
    (190, 186, 178),
    (222, 188, 132),
    (164, 148, 130),
    (204, 150, 118),
    (138, 142, 146),
    (228, 218, 200),
    (178, 190, 186),
    (120, 96, 84),
    (210, 170, 160),
    (168, 178, 150),
)
ROOFS = ((142, 72, 56), (96, 98, 104), (120, 84, 70), (78, 74, 76))
AWNINGS = ((168, 44, 40), (36, 92, 66), (40, 70, 130), (214, 170, 60), (230, 226, 214))
BOARDS = ((150, 30, 34), (26, 60, 110), (30, 86, 60), (40, 40, 44), (196, 150, 40), (120, 60, 110), (222, 216, 200))


@dataclass(frozen=True)
class BuildingDesign:
    """The pictures of one kind of house: `front` of width_m x height_m, `side` with the gable, an optional `roof`.

    eaves_m: height of the front; ridge_m: how far the roof rises above it (0 for a flat roof).
    awning: colour of an awning over the shop, or None.
    """

    width_m: float
    eaves_m: float
    ridge_m: float
    front: Texture
    side: Texture
    roof: Texture | None
    awning: Colour | None


def design_building(rng: np.random.Generator, storeys: tuple[int, int]) -> BuildingDesign:
    """Make up a house of between `storeys[0]` and `storeys[1]` storeys."""
    count = int(rng.integers(storeys[0], storeys[1] + 1))
    width = float(rng.uniform(7.5, 15.0))
    ground = float(rng.uniform(3.4, 4.2))
    storey = float(rng.uniform(2.8, 3.3))
    eaves = ground + storey * (count - 1) + 0.7
    modern = bool(rng.random() < 0.22 and count >= 3)
    ridge = 0.0 if modern or rng.random() < 0.35 else float(rng.uniform(1.8, 3.2))
    wall = vary(rng, choose(rng, WALLS), 9)
    brick = bool(not modern and rng.random() < 0.4)
    shop = bool(rng.random() < 0.55)

    front = Canvas(width, eaves, DENSITY, wall)
    _wall_relief(rng, front, wall, brick)
    if modern:
        _glass_front(rng, front, ground, storey, wall)
    else:
        _window_rows(rng, front, ground, storey, count, wall)
    _ground_floor(rng, front, ground, wall, shop)
    if not modern:
        _cornice(front, wall)
    front.shade(0, eaves - 0.5, width, 0.5, 0.8)
    front.shade(0, 0.45 if not modern else 0.0, width, 0.22, 0.78)

    roof_colour = vary(rng, choose(rng, ROOFS), 8)
    return BuildingDesign(
        width_m=width,
        eaves_m=eaves,
        ridge_m=ridge,
        front=front.texture(),
        side=_side_wall(rng, eaves, ridge, wall, brick, storey, ground),
        roof=_roof(rng, width, ridge, roof_colour) if ridge else None,
        awning=choose(rng, AWNINGS) if shop and rng.random() < 0.5 else None,
    )


def _wall_relief(rng: np.random.Generator, wall: Canvas, colour: Colour, brick: bool) -> None:
    """Courses of brick or the stains of plaster."""
    if brick:
        y, odd = 0.0, False
        while y < wall.height_m:
            x = -0.15 if odd else 0.0
            while x < wall.width_m:
                if rng.random() < 0.3:
                    other = (40, 26, 24) if rng.random() < 0.6 else (240, 220, 200)
                    wall.box(x, y, 0.3, 0.12, mix(colour, other, 0.16))
                x += 0.3
            wall.box(0, y, wall.width_m, 0.03, mix(colour, (220, 210, 196), 0.2))
            y, odd = y + 0.15, not odd
    wall.grain(rng, 0.05, 1.6)
    wall.grain(rng, 0.03, 0.12)


def _window(
    rng: np.random.Generator, wall: Canvas, x: float, y: float, width: float, height: float, frame: Colour
) -> None:
    """One window: a frame, panes that mirror some sky, now and then a curtain, a blind or a lamp."""
    wall.box(x - 0.09, y - 0.09, width + 0.18, height + 0.18, frame)
    deep = vary(rng, (44, 54, 66), 9)
    wall.box(x, y, width, height, deep)
    wall.polygon([(x, y), (x + width, y), (x, y + height * rng.uniform(0.5, 1.0))], mix(deep, (150, 176, 200), 0.42))
    mood = rng.random()
    if mood < 0.28:
        wall.box(x, y, width, height * rng.uniform(0.2, 0.7), vary(rng, (206, 200, 186), 14))
    elif mood < 0.42:
        cloth = vary(rng, (196, 180, 160), 24)
        wall.box(x, y, width * 0.24, height, cloth)
        wall.box(x + width * 0.76, y, width * 0.24, height, cloth)
    elif mood < 0.47:
        wall.box(x, y, width, height, (238, 204, 132))
    wall.shade(x, y, width, 0.14, 0.6)
    wall.box(x + width / 2 - 0.035, y, 0.07, height, frame)
    if height > 1.3:
        wall.box(x, y + height * 0.34, width, 0.06, frame)


def _window_rows(
    rng: np.random.Generator, wall: Canvas, ground: float, storey: float, count: int, colour: Colour
) -> None:
    wide = float(rng.uniform(0.95, 1.5))
    high = float(rng.uniform(1.35, min(2.0, storey - 0.9)))
    columns = max(2, int(wall.width_m / (wide + rng.uniform(0.8, 1.6))))
    pitch = wall.width_m / columns
    frame = choose(rng, ((238, 236, 230), (226, 220, 206), (70, 62, 58), (120, 84, 60)))
    trim = mix(colour, (250, 246, 238), 0.5)
    shutters = vary(rng, choose(rng, ((64, 92, 78), (90, 64, 54), (70, 88, 120))), 6) if rng.random() < 0.3 else None
    course = rng.random() < 0.5
    balcony = int(rng.integers(columns)) if rng.random() < 0.45 else -1
    for floor in range(count - 1):
        top = wall.height_m - ground - storey * (floor + 1) + 0.55
        if course:
            wall.box(0, top + high + 0.35, wall.width_m, 0.16, trim)
            wall.shade(0, top + high + 0.51, wall.width_m, 0.08, 0.8)
        for column in range(columns):
            x = pitch * (column + 0.5) - wide / 2
            if shutters is not None:
                wall.box(x - wide * 0.52, top, wide * 0.46, high, shutters)
                wall.box(x + wide * 1.06, top, wide * 0.46, high, shutters)
            _window(rng, wall, x, top, wide, high, frame)
            wall.box(x - 0.16, top + high + 0.08, wide + 0.32, 0.12, trim)
            wall.shade(x - 0.16, top + high + 0.2, wide + 0.32, 0.07, 0.72)
            if column == balcony:
                wall.box(x - 0.5, top + high * 0.98, wide + 1.0, 0.16, mix(colour, (90, 88, 86), 0.6))
                for bar in np.arange(x - 0.45, x + wide + 0.45, 0.17):
                    wall.box(float(bar), top + high * 0.42, 0.045, high * 0.56, (52, 52, 56))
                wall.box(x - 0.5, top + high * 0.4, wide + 1.0, 0.07, (52, 52, 56))


def _glass_front(rng: np.random.Generator, wall: Canvas, ground: float, storey: float, colour: Colour) -> None:
    """Bands of windows between plain parapets, as on an office block."""
    bottom = wall.height_m - ground
    pane = float(rng.uniform(1.1, 1.9))
    glass = vary(rng, (84, 112, 132), 12)
    top = bottom - storey
    while top > 0.3:
        wall.box(0.4, top + 0.35, wall.width_m - 0.8, storey - 1.1, (60, 66, 72))
        x = 0.4
        while x + pane < wall.width_m - 0.3:
            tint = mix(glass, (200, 216, 226), float(rng.uniform(0, 0.35)))
            wall.box(x + 0.04, top + 0.4, pane - 0.08, storey - 1.2, tint)
            wall.polygon(
                [(x + 0.04, top + storey - 0.8), (x + 0.04, top + 0.6), (x + pane * 0.7, top + 0.4)],
                mix(tint, (226, 236, 242), 0.3),
            )
            if rng.random() < 0.25:
                wall.box(x + 0.04, top + 0.4, pane - 0.08, (storey - 1.2) * rng.uniform(0.2, 0.8), (190, 190, 184))
            x += pane
        wall.shade(0.4, top + 0.35, wall.width_m - 0.8, 0.12, 0.6)
        wall.box(0, top + storey - 0.72, wall.width_m, 0.06, mix(colour, (255, 255, 255), 0.3))
        top -= storey


def _ground_floor(rng: np.random.Generator, wall: Canvas, ground: float, colour: Colour, shop: bool) -> None:
    top = wall.height_m - ground
    plinth = mix(colour, (70, 66, 64), 0.55)
    if shop:
        board = vary(rng, choose(rng, BOARDS), 6)
        wall.box(0, top, wall.width_m, ground, mix(board, (60, 58, 58), 0.45))
        wall.box(0.2, top + 0.15, wall.width_m - 0.4, 0.6, board)
        ink = (245, 242, 232) if sum(board) < 420 else (40, 36, 40)
        x = float(rng.uniform(0.6, wall.width_m * 0.3))
        for _ in range(int(rng.integers(5, 11))):
            letter = float(rng.uniform(0.14, 0.3))
            if rng.random() < 0.85 and x + letter < wall.width_m - 0.5:
                wall.box(x, top + 0.3, letter, 0.3, ink)
                wall.box(x + letter * 0.35, top + 0.4, letter * 0.3, 0.1, board)
            x += letter + 0.1
        panes = max(2, int(wall.width_m / rng.uniform(1.9, 2.8)))
        door = int(rng.integers(panes))
        pitch = (wall.width_m - 0.4) / panes
        for pane in range(panes):
            x = 0.2 + pane * pitch
            low = 0.1 if pane == door else 0.65
            glass = vary(rng, (62, 72, 80), 8)
            wall.box(x + 0.1, top + 0.95, pitch - 0.2, ground - 0.95 - low, glass)
            for _ in range(5):
                wall.box(
                    x + 0.15 + rng.uniform(0, pitch * 0.6),
                    top + ground - low - rng.uniform(0.2, 1.1),
                    rng.uniform(0.15, 0.5),
                    rng.uniform(0.15, 0.6),
                    vary(rng, choose(rng, WALLS + BOARDS), 20),
                )
            wall.polygon(
                [(x + 0.1, top + 0.95), (x + pitch * 0.6, top + 0.95), (x + 0.1, top + ground * 0.7)],
                mix(glass, (190, 206, 214), 0.35),
            )
            wall.shade(x + 0.1, top + 0.95, pitch - 0.2, 0.2, 0.6)
        return
    wall.box(0, wall.height_m - 0.7, wall.width_m, 0.7, plinth)
    slots = max(2, int(wall.width_m / 2.4))
    door = int(rng.integers(slots))
    pitch = wall.width_m / slots
    for slot in range(slots):
        middle = pitch * (slot + 0.5)
        if slot == door:
            paint = vary(rng, choose(rng, BOARDS), 8)
            wall.box(middle - 0.75, top + ground - 2.75, 1.5, 2.75, mix(colour, (250, 246, 238), 0.6))
            wall.box(middle - 0.55, top + ground - 2.55, 1.1, 0.45, (60, 70, 80))
            wall.box(middle - 0.55, top + ground - 2.05, 1.1, 2.0, paint)
            wall.box(middle - 0.4, top + ground - 1.9, 0.34, 0.75, mix(paint, (0, 0, 0), 0.2))
            wall.box(middle + 0.06, top + ground - 1.9, 0.34, 0.75, mix(paint, (0, 0, 0), 0.2))
        else:
            _window(rng, wall, middle - 0.6, top + ground - 2.6, 1.2, 1.55, (230, 226, 216))


def _cornice(wall: Canvas, colour: Colour) -> None:
    trim = mix(colour, (248, 244, 236), 0.45)
    wall.box(0, 0, wall.width_m, 0.28, trim)
    wall.box(0, 0.28, wall.width_m, 0.17, mix(trim, (60, 50, 50), 0.2))


def _side_wall(
    rng: np.random.Generator, eaves: float, ridge: float, colour: Colour, brick: bool, storey: float, ground: float
) -> Texture:
    """The wall at right angles to the street, gable included; transparent beside the gable."""
    high = eaves + ridge
    side = Canvas(SIDE_DEPTH, high, DENSITY * 0.7, mix(colour, (110, 106, 104), 0.12))
    _wall_relief(rng, side, colour, brick)
    for floor in range(int((eaves - ground) / storey)):
        for x in (1.6, 4.8):
            if rng.random() < 0.5:
                _window(rng, side, x, ridge + 1.1 + storey * floor, 1.0, 1.3, (226, 222, 212))
    side.shade(0, high - 0.5, SIDE_DEPTH, 0.5, 0.8)
    if ridge:
        half = SIDE_DEPTH / 2
        side.pixels[_triangle_mask(side, [(0, 0), (half, 0), (0, ridge)])] = 0
        side.pixels[_triangle_mask(side, [(half, 0), (SIDE_DEPTH, 0), (SIDE_DEPTH, ridge)])] = 0
    return side.texture()


def _triangle_mask(canvas: Canvas, corners: list[tuple[float, float]]) -> np.ndarray:
    stencil = Canvas(canvas.width_m, canvas.height_m, DENSITY * 0.7)
    stencil.polygon(corners, (255, 255, 255))
    return np.asarray(stencil.pixels[..., 3] > 0)


def _roof(rng: np.random.Generator, width: float, ridge: float, colour: Colour) -> Texture:
    slope = float(np.hypot(ridge, SIDE_DEPTH / 2))
    roof = Canvas(width, slope, DENSITY * 0.7, colour)
    y = 0.0
    while y < slope:
        roof.box(0, y, width, 0.07, mix(colour, (30, 24, 24), 0.35))
        y += 0.34
    roof.grain(rng, 0.08, 0.3)
    for x in np.arange(1.2, width - 1.6, rng.uniform(2.4, 4.5)):
        if rng.random() < 0.6:
            _window(rng, roof, float(x), slope * 0.42, 0.8, slope * 0.34, (90, 86, 84))
    return roof.texture()


def awning_texture(rng: np.random.Generator, width: float, colour: Colour) -> Texture:
    """A striped awning of `width` metres, 1.2 m deep, its scalloped hem transparent between the scallops."""
    cloth = Canvas(width, 1.2, 30)
    pale = mix(colour, (246, 242, 232), 0.85) if rng.random() < 0.6 else colour
    pitch = width / max(3, round(width / 0.42))
    for stripe in range(round(width / pitch)):
        paint = colour if stripe % 2 else pale
        cloth.box(stripe * pitch, 0, pitch + 0.02, 1.05, paint)
        cloth.ellipse((stripe + 0.5) * pitch, 1.05, pitch / 2, 0.13, mix(paint, (0, 0, 0), 0.12))
    return cloth.texture()


def fence_texture(rng: np.random.Generator, kind: str, width: float, height: float) -> Texture:
    """A fence panel seen from the street: `board` (solid), `picket`, `rail` (guard rail at the kerb) or `wall`."""
    fence = Canvas(width, height, 40)
    if kind == "board":
        base = choose(rng, ((140, 104, 70), (96, 112, 122), (150, 132, 104), (84, 104, 84)))
        for x in np.arange(0, width, 0.16):
            fence.box(float(x), rng.uniform(0, 0.04), 0.17, height, vary(rng, base, 9))
            fence.box(float(x) + 0.148, 0.0, 0.02, height, mix(base, (20, 16, 12), 0.5))
        fence.shade(0, height * 0.2, width, 0.09, 0.82)
        fence.shade(0, height * 0.75, width, 0.09, 0.82)
    elif kind == "picket":
        base = choose(rng, ((232, 230, 224), (128, 96, 70), (92, 110, 100)))
        fence.box(0, height * 0.25, width, 0.11, mix(base, (60, 60, 60), 0.15))
        fence.box(0, height * 0.72, width, 0.11, mix(base, (60, 60, 60), 0.15))
        for x in np.arange(0, width, 0.17):
            x = float(x)
            fence.polygon(
                [(x, 0.08), (x + 0.06, 0.0), (x + 0.12, 0.08), (x + 0.12, height), (x, height)], vary(rng, base, 5)
            )
    elif kind == "rail":
        metal = choose(rng, ((168, 172, 176), (60, 66, 72), (190, 150, 60)))
        for y in (0.0, height * 0.3, height * 0.6):
            fence.box(0, y, width, 0.1, metal)
            fence.shade(0, y + 0.06, width, 0.04, 0.75)
        for x in np.arange(0.05, width, 1.5):
            fence.box(float(x), 0, 0.09, height, mix(metal, (20, 20, 24), 0.2))
    else:
        base = choose(rng, ((150, 92, 74), (176, 170, 160), (140, 134, 124)))
        fence.box(0, 0, width, height, base)
        for y in np.arange(0.12, height, 0.2):
            fence.box(0, float(y), width, 0.025, mix(base, (230, 222, 210), 0.3))
        fence.box(0, 0, width, 0.1, mix(base, (220, 216, 208), 0.5))
        fence.grain(rng, 0.08, 0.3)
    return fence.texture()
