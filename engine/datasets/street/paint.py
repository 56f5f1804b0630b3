"""Painting small textures for the synthetic street: canvases, noise, colour helpers.

A texture is uint8 (h, w, 4), RGB premultiplied by alpha, alpha 255 where the surface is solid and 0 where one sees
through it. Everything is a pure function of the random generator it is given.
"""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Texture: TypeAlias = NDArray[np.uint8]
Colour: TypeAlias = Sequence[float]
Point: TypeAlias = tuple[float, float]


class Canvas:
    """A picture measured in metres, painted at `over` times its resolution so that edges come out smooth.

    width_m, height_m: size in metres; x grows to the right and y downwards from the top left corner.
    density: texels per metre of the finished texture.
    """

    def __init__(
        self, width_m: float, height_m: float, density: float, fill: Colour | None = None, over: int = 2
    ) -> None:
        self.width_m, self.height_m = width_m, height_m
        self._size = max(2, round(width_m * density)), max(2, round(height_m * density))
        self._scale = self._size[0] * over / width_m, self._size[1] * over / height_m
        self.pixels = np.zeros((self._size[1] * over, self._size[0] * over, 4), np.uint8)
        self._grains: list[tuple[np.random.Generator, float, float]] = []
        if fill is not None:
            self.pixels[:] = _paint(fill)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self._scale[0]), round(y * self._scale[1])

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle, at least one painted pixel thick."""
        x0, y0 = self._at(x, y)
        x1, y1 = self._at(x + width, y + height)
        cv2.rectangle(self.pixels, (x0, y0), (max(x0, x1 - 1), max(y0, y1 - 1)), _paint(colour), -1)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        cv2.fillPoly(self.pixels, [np.array([self._at(*p) for p in points], np.int32)], _paint(colour))

    def ellipse(self, x: float, y: float, radius_x: float, radius_y: float, colour: Colour, angle: float = 0) -> None:
        """Fill an ellipse around (x, y)."""
        axes = max(1, round(radius_x * self._scale[0])), max(1, round(radius_y * self._scale[1]))
        cv2.ellipse(self.pixels, self._at(x, y), axes, angle, 0, 360, _paint(colour), -1)

    def ring(self, x: float, y: float, radius: float, thickness: float, colour: Colour) -> None:
        """Draw a circle's line."""
        wide = max(1, round(thickness * self._scale[0]))
        cv2.circle(self.pixels, self._at(x, y), max(1, round(radius * self._scale[0])), _paint(colour), wide)

    def line(self, points: Sequence[Point], thickness: float, colour: Colour) -> None:
        """Draw a line through `points`."""
        wide = max(1, round(thickness * self._scale[0]))
        cv2.polylines(
            self.pixels, [np.array([self._at(*p) for p in points], np.int32)], False, _paint(colour), wide, cv2.LINE_8
        )

    def shade(self, x: float, y: float, width: float, height: float, factor: float) -> None:
        """Multiply the colours of a rectangle by `factor`, its alpha stays."""
        (x0, y0), (x1, y1) = self._at(x, y), self._at(x + width, y + height)
        patch = self.pixels[max(0, y0) : y1, max(0, x0) : x1, :3]
        np.copyto(patch, np.clip(patch * factor, 0, 255).astype(np.uint8))

    def grain(self, rng: np.random.Generator, strength: float, cell_m: float = 0.05) -> None:
        """Multiply the finished colours by soft noise of relative size `strength`."""
        self._grains.append((rng, strength, cell_m))

    def texture(self) -> Texture:
        """The finished texture, premultiplied: what was never painted is transparent."""
        # Paint is all or nothing, and nothing is black: averaging gives soft edges, premultiplied.
        finished = cv2.resize(self.pixels, self._size, interpolation=cv2.INTER_AREA)
        for rng, strength, cell_m in self._grains:
            factor = 1 + strength * soft_noise(rng, (self.width_m, self.height_m), cell_m, finished.shape[:2])
            grained = finished[..., :3] * factor[..., None]
            finished[..., :3] = np.clip(grained, 0, finished[..., 3:])  # premultiplied: never above alpha
        return np.ascontiguousarray(finished)


def _paint(colour: Colour) -> tuple[float, float, float, float]:
    red, green, blue = colour[:3]
    return min(255, max(0, red)), min(255, max(0, green)), min(255, max(0, blue)), 255.0


def soft_noise(
    rng: np.random.Generator, size_m: tuple[float, float], cell_m: float, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Smooth noise of mean 0 and size about 1, float32 `shape`, with features of about `cell_m`."""
    cells = max(2, int(size_m[1] / cell_m)), max(2, int(size_m[0] / cell_m))
    coarse = rng.standard_normal(cells, np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def tile_noise(rng: np.random.Generator, size: int, octaves: Sequence[int], decay: float = 0.6) -> NDArray[np.float32]:
    """Noise that repeats without a seam, float32 (size, size), mean 0, standard deviation 1.

    octaves: cells a side of each layer, coarse to fine; each layer weighs `decay` times the one before.
    """
    total = np.zeros((size, size), np.float32)
    for step, cells in enumerate(octaves):
        coarse = np.pad(rng.standard_normal((cells, cells), np.float32), 2, mode="wrap")
        pad = 2 * size // cells
        fine = cv2.resize(coarse, (size + 2 * pad, size + 2 * pad), interpolation=cv2.INTER_CUBIC)
        total += decay**step * fine[pad : pad + size, pad : pad + size]
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def vary(rng: np.random.Generator, colour: Colour, amount: float) -> tuple[float, float, float]:
    """`colour` made lighter or darker and slightly off its hue, by about `amount` (0..255)."""
    light = rng.normal(0, amount)
    red, green, blue = (float(np.clip(c + light + rng.normal(0, amount * 0.3), 0, 255)) for c in colour[:3])
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> tuple[float, float, float]:
    """`first` with `share` (0..1) of `second`."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first[:3], second[:3], strict=True))
    return red, green, blue


def choose(rng: np.random.Generator, options: Sequence[Colour]) -> Colour:
    """One of `options`."""
    return options[int(rng.integers(len(options)))]
