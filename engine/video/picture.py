"""From a decoded picture to RGB: colour matrix, range, depth, size changes, rotation."""

import struct
from collections.abc import Iterable
from typing import cast

import av
import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from engine.video.alpha import checkerboard, has_alpha

_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_YUV_MATRICES = {  # AVColorSpace tag of a picture -> matrix
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_HD_HEIGHT = 720  # untagged video of at least this height is taken as BT.709, as players do


class RgbConverter:
    """Turns decoded pictures into uint8 (H, W, 3) RGB, turned as the container says; those that have alpha over a
    checkerboard.

    The first picture fixes size and orientation: a later picture of another size (some streams change) is scaled, so
    that a source never changes its size under way.
    """

    def __init__(self, first: av.VideoFrame) -> None:
        self._reformatter = VideoReformatter()
        self._stored = (first.width, first.height)
        self._turn = _turn_of(first)
        self._behind = checkerboard(*self._stored) if has_alpha(first) else None
        self.scaled = 0  # pictures that came in another size

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels after rotation."""
        width, height = self._stored
        return (height, width) if self._turn[0] % 2 else (width, height)

    def __call__(self, picture: av.VideoFrame) -> NDArray[np.uint8]:
        """Return the picture as uint8 (H, W, 3) RGB; the array owns (or keeps alive) its pixels."""
        if (picture.width, picture.height) != self._stored:
            self.scaled += 1
        is_yuv = not (picture.format.is_rgb or picture.format.has_palette)
        # One thread: the conversion takes a tenth of the decoding, and the cores are busy decoding.
        rgb = self._reformatter.reformat(
            picture,
            width=self._stored[0],
            height=self._stored[1],
            format="rgb24" if self._behind is None else "rgba",
            src_colorspace=_matrix_of(picture) if is_yuv else None,
            src_color_range=_range_of(picture) if is_yuv else None,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        if self._behind is not None:
            return _turned(_over(_as_array(rgb, 4), self._behind), self._turn)
        return _turned(_as_array(rgb), self._turn)


def _matrix_of(picture: av.VideoFrame) -> int | None:
    if picture.colorspace == _UNSPECIFIED:
        return Colorspace.ITU709 if picture.height >= _HD_HEIGHT else Colorspace.ITU601
    return _YUV_MATRICES.get(picture.colorspace)


def _range_of(picture: av.VideoFrame) -> int:
    # The yuvj formats are full range by definition, whatever the tag says.
    if picture.color_range == ColorRange.JPEG or picture.format.name.startswith("yuvj"):
        return ColorRange.JPEG
    return ColorRange.MPEG


def _over(rgba: NDArray[np.uint8], behind: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Straight alpha over `behind`, uint8 (H, W, 3) each."""
    share = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * share + behind * (255 - share) + 127) // 255).astype(np.uint8)


def _as_array(rgb: av.VideoFrame, channels: int = 3) -> NDArray[np.uint8]:
    plane = rgb.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8)[: rgb.height * plane.line_size].reshape(
        rgb.height, plane.line_size
    )
    return np.ascontiguousarray(rows[:, : rgb.width * channels]).reshape(rgb.height, rgb.width, channels)


def _turn_of(picture: av.VideoFrame) -> tuple[int, bool]:
    """(quarter turns counter-clockwise, mirrored first) from the display matrix; (0, False) where there is none.

    The matrix maps stored to shown coordinates (y down), so its first two rows decide among the eight orientations. An
    angle that is no multiple of 90 degrees is rounded: no camera writes one.
    """
    # PyAV's "mapping" of side data iterates over its values.
    listed = cast(Iterable[SideData], picture.side_data)
    matrix = next((data for data in listed if data.type is Type.DISPLAYMATRIX), None)
    if matrix is None:
        return (0, False)
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix)[:36])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b  # mirror the stored picture left to right, then only a rotation is left
    if abs(a) >= abs(b):
        return (0 if a >= 0 else 2, mirrored)
    return (1 if b < 0 else 3, mirrored)


def _turned(rgb: NDArray[np.uint8], turn: tuple[int, bool]) -> NDArray[np.uint8]:
    quarters, mirrored = turn
    if not quarters and not mirrored:
        return rgb
    import cv2  # only turned clips pay for the import; its copies are several times faster than numpy's

    if mirrored:
        rgb = cv2.flip(rgb, 1)
    if quarters:
        code = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}[quarters]
        rgb = cv2.rotate(rgb, code)
    return rgb
