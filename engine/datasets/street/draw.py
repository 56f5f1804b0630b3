"""Draws flat textured surfaces into a picture, each warped to its place, with the surface's number beside its colour.

Colour is smoothed at the edges by the alpha of the warped textures; the surface's number (and so label and flow) is
decided at the pixel's middle, alpha >= 1/2. Textures are reduced in each direction to about one texel a pixel first.
A surface that comes close to the camera, or reaches far away from it, is drawn in pieces along its depth, so that each
piece is reduced as it should be and none of it lies behind the camera.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.datasets.street.camera import NEAR_M, Camera
from engine.datasets.street.paint import Texture

_SPLIT = 1.7  # the far edge of a piece is at most this much farther than its near edge
_MOST_PIECES = 8
_SMALLEST = 0.5  # square pixels of a piece's box; less is left out
_LEFT_OVER = np.array([[0, 0, 0, -1, 255]] * 4, np.float32)  # RGBA to 255 - alpha in every channel
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class TextureStore:
    """Textures and their reductions by powers of two in each direction, made on first use."""

    def __init__(self, textures: list[Texture]) -> None:
        self.shapes = np.array([texture.shape[1::-1] for texture in textures])
        self._full = textures
        self._reduced: dict[tuple[int, int, int], Texture] = {}

    def reduced(self, texture: int, across: int, down: int) -> Texture:
        """A texture at 1/2**across of its width and 1/2**down of its height, each at least 1."""
        key = (texture, across, down)
        if key not in self._reduced:
            full = self._full[texture]
            size = max(1, full.shape[1] >> across), max(1, full.shape[0] >> down)
            small = full if size == full.shape[1::-1] else cv2.resize(full, size, interpolation=cv2.INTER_AREA)
            self._reduced[key] = small
        return self._reduced[key]


@dataclass(frozen=True)
class _Pieces:
    """Parts of surfaces that lie in the picture, P of them, in drawing order.

    surface: which of the given surfaces. lo, hi: (P, 2) the (u, v) ranges. box: (P, 4) pixels x0, y0, x1, y1.
    level: (P, 2) powers of two by which the texture is reduced.
    """

    surface: NDArray[np.int64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    box: NDArray[np.int64]
    level: NDArray[np.int64]


def _cut(poses: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut surfaces along their depth: (surface of each piece, lo, hi), the farthest piece of a surface first."""
    across, down = poses[:, 2, 0], poses[:, 2, 1]
    axis = (np.abs(down) > np.abs(across)).astype(np.int64)  # the texture axis along which the depth changes most
    step, other = np.where(axis == 0, across, down), np.where(axis == 0, down, across)
    start = poses[:, 2, 2] + np.minimum(other, 0)  # depth of the nearer edge
    low, high = np.minimum(start, start + step), np.maximum(start, start + step)
    drawable = high > NEAR_M * 1.2
    low, high = np.maximum(low, NEAR_M), np.maximum(high, NEAR_M)
    count = np.clip(np.ceil(np.log(high / low) / np.log(_SPLIT)), 1, _MOST_PIECES).astype(np.int64) * drawable
    which = np.repeat(np.arange(len(poses)), count)
    rank = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    ratio, parts = (high / low)[which], count[which]
    far, close = high[which] / ratio ** (rank / parts), high[which] / ratio ** ((rank + 1) / parts)
    flat = np.abs(step[which]) < 1e-9
    slope = np.where(flat, 1.0, step[which])
    ends = np.where(flat, 0.0, (far - start[which]) / slope), np.where(flat, 1.0, (close - start[which]) / slope)
    lo, hi = np.zeros((len(which), 2)), np.ones((len(which), 2))
    rows = np.arange(len(which))
    lo[rows, axis[which]] = np.clip(np.minimum(*ends), 0, 1)
    hi[rows, axis[which]] = np.clip(np.maximum(*ends), 0, 1)
    return which, lo, hi


class Drawing:
    """One picture in the making: `canvas` uint8 (H, W, 4) colours, `surface` int32 (H, W) numbers."""

    def __init__(
        self, textures: TextureStore, camera: Camera, canvas: NDArray[np.uint8], surface: NDArray[np.int32]
    ) -> None:
        self.textures, self.camera, self.canvas, self.surface = textures, camera, canvas, surface

    def paint(
        self,
        index: NDArray[np.int64],
        poses: NDArray[np.float64],
        textures: NDArray[np.int32],
        gain: NDArray[np.float32],
        numbered: bool = True,
    ) -> None:
        """Paint the surfaces `index` in that order, their colours times `gain` float32 (N, 3).

        poses: float64 (N, 3, 3) in camera coordinates. textures: int32 (N,). numbered: write `surface`, too.
        """
        shade = np.zeros((4, 4), np.float32)
        shade[3, 3] = 1
        for piece, texture, inverse, (x0, y0, x1, y1) in self._warps(poses[index], textures[index]):
            number = int(index[piece])
            warped = cv2.warpPerspective(texture, inverse, (x1 - x0, y1 - y0), flags=_WARP)
            shade[[0, 1, 2], [0, 1, 2]] = gain[number]
            area = self.canvas[y0:y1, x0:x1]
            kept = cv2.multiply(area, cv2.transform(warped, _LEFT_OVER), scale=1 / 255)
            cv2.add(kept, cv2.transform(warped, shade), dst=area)
            if numbered:
                np.copyto(self.surface[y0:y1, x0:x1], number, where=warped[..., 3] > 127)

    def mask(self, poses: NDArray[np.float64], textures: NDArray[np.int32]) -> NDArray[np.uint8]:
        """The union of the surfaces' alphas, uint8 (H, W)."""
        total = np.zeros(self.surface.shape, np.uint8)
        for _, texture, inverse, (x0, y0, x1, y1) in self._warps(poses, textures):
            alpha = cv2.warpPerspective(texture[..., 3], inverse, (x1 - x0, y1 - y0), flags=_WARP)
            area = total[y0:y1, x0:x1]
            np.maximum(area, alpha, out=area)
        return total

    def _warps(
        self, poses: NDArray[np.float64], textures: NDArray[np.int32]
    ) -> Iterator[tuple[int, Texture, NDArray[np.float64], tuple[int, int, int, int]]]:
        """Yield (which surface, texture, homography from the box's pixels to texels, box) of all pieces, in order."""
        if not len(poses):
            return
        pieces = self._locate(poses, textures)
        size = np.maximum(1, self.textures.shapes[textures[pieces.surface]] >> pieces.level)
        first = np.maximum(0, (pieces.lo * size).astype(np.int64) - 1)
        last = np.minimum(size, (pieces.hi * size).astype(np.int64) + 2)

        focal, (centre_x, centre_y) = self.camera.focal, self.camera.centre
        to_ray = np.array([[1 / focal, 0, -centre_x / focal], [0, 1 / focal, -centre_y / focal], [0, 0, 1]])
        inverse = np.linalg.inv(poses[pieces.surface]) @ to_ray
        inverse[:, :, 2] += inverse[:, :, 0] * pieces.box[:, :1] + inverse[:, :, 1] * pieces.box[:, 1:2]
        # u = (texel + 1/2) / size, so texel = u * size - 1/2, less the texel at which the piece starts
        inverse[:, :2] = inverse[:, :2] * size[:, :, None] - (first + 0.5)[:, :, None] * inverse[:, 2:]
        rows = zip(
            pieces.surface.tolist(),
            textures[pieces.surface].tolist(),
            pieces.level.tolist(),
            first.tolist(),
            last.tolist(),
            inverse,
            pieces.box.tolist(),
            strict=True,
        )
        for surface, texture, level, (c0, r0), (c1, r1), matrix, box in rows:
            yield surface, self.textures.reduced(texture, *level)[r0:r1, c0:c1], matrix, tuple(box)

    def _locate(self, poses: NDArray[np.float64], textures: NDArray[np.int32]) -> _Pieces:
        """Cut the surfaces and find where the pieces lie; those outside the picture or edge on are left out."""
        which, lo, hi = _cut(poses)
        u, v = (
            np.stack([lo[:, 0], hi[:, 0], hi[:, 0], lo[:, 0]], 1),
            np.stack([lo[:, 1], lo[:, 1], hi[:, 1], hi[:, 1]], 1),
        )
        pose = poses[which]
        point = pose[:, None, :, 0] * u[..., None] + pose[:, None, :, 1] * v[..., None] + pose[:, None, :, 2]
        pixel = point[..., :2] / np.maximum(point[..., 2:], 0.05) * self.camera.focal + np.array(self.camera.centre)
        least, most = pixel.min(1), pixel.max(1)
        box0 = np.maximum(np.floor(least).astype(np.int64) - 1, 0)
        box1 = np.minimum(np.ceil(most).astype(np.int64) + 2, self.camera.size)
        edges = np.linalg.norm(np.roll(pixel, -1, 1) - pixel, axis=2)
        span = np.stack([np.maximum(edges[:, 0], edges[:, 2]), np.maximum(edges[:, 1], edges[:, 3])], 1)
        texels = self.textures.shapes[textures[which]] * (hi - lo)
        level = np.clip(np.round(np.log2(np.maximum(texels / np.maximum(span, 0.5), 1e-3))), 0, 10).astype(np.int64)
        keep = (box1 > box0).all(1) & ((most - least).prod(1) > _SMALLEST) & (point[..., 2].min(1) > 0.05)
        keep &= np.abs(np.linalg.det(pose)) > 1e-9
        return _Pieces(which[keep], lo[keep], hi[keep], np.hstack([box0, box1])[keep], level[keep])
