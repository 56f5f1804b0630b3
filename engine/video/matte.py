"""Movies with alpha, as editors take them: ProRes 4444, VP9 and FFV1."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from engine.atomic import REPLACE, Placing, atomic_write
from engine.storage.png import png
from engine.video.writer import BT709, CLOCK, OverlayWriter, export_error

AlphaForm = Literal["prores", "vp9", "ffv1"]


@dataclass(frozen=True, slots=True)
class Codec:
    """How a form is written. suffix: of its file. even: sides must be. full: pixels are RGB, which have no range."""

    suffix: str
    container: str
    encoder: str
    pixels: str
    options: dict[str, str] = field(default_factory=dict)
    even: bool = False
    rgb: bool = False


CODECS: dict[AlphaForm, Codec] = {
    "prores": Codec(".mov", "mov", "prores_ks", "yuva444p10le", {"profile": "4444", "alpha_bits": "16"}),
    "vp9": Codec(
        ".webm",
        "webm",
        "libvpx-vp9",
        "yuva420p",
        # A hidden reference frame cannot carry alpha.
        {"crf": "18", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1", "auto-alt-ref": "0"},
        even=True,
    ),
    "ffv1": Codec(".mkv", "matroska", "ffv1", "bgra", {"level": "3", "slicecrc": "1"}, rgb=True),
}


class MatteWriter(OverlayWriter):
    """Writes pictures uint8 (H, W, 4), RGB and alpha, with the times that they are given; see OverlayWriter.

    WebM and Matroska tell times in whole milliseconds. VP9 has even sides: the last column or row is repeated.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        form: AlphaForm,
        *,
        time_base: Fraction = CLOCK,
        placing: Placing = REPLACE,
    ) -> None:
        """size: (width, height) of the movie and of every picture. Raises ExportError."""
        self._codec = CODECS[form]
        self.container_format = self._codec.container
        super().__init__(path, size, time_base=time_base, placing=placing)

    def _padding(self, size: tuple[int, int]) -> tuple[int, int]:
        return super()._padding(size) if self._codec.even else size

    def _add_stream(self, quality: int, growing: bool) -> av.VideoStream:
        stream = cast(av.VideoStream, self._container.add_stream(self._codec.encoder, options=self._codec.options))
        stream.width, stream.height = self._padded
        stream.pix_fmt = self._codec.pixels
        stream.time_base = stream.codec_context.time_base = self._time_base
        if not self._codec.rgb:
            context = stream.codec_context
            context.colorspace = context.color_primaries = context.color_trc = BT709
            context.color_range = ColorRange.MPEG
        if self._codec.encoder == "libvpx-vp9":
            stream.metadata["alpha_mode"] = "1"
        return stream

    def _picture(self, rgb: NDArray[np.uint8]) -> av.VideoFrame:
        right, bottom = self._padded[0] - self._size[0], self._padded[1] - self._size[1]
        if right or bottom:
            rgb = np.pad(rgb, ((0, bottom), (0, right), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgba")
        if self._codec.rgb:
            return self._reformatter.reformat(picture, format=self._codec.pixels)
        return self._reformatter.reformat(
            picture,
            format=self._codec.pixels,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )


def write_rgba(path: Path, rgba: NDArray[np.uint8], *, placing: Placing = REPLACE) -> None:
    """Write a picture, uint8 (H, W, 4), as PNG. Replaced atomically, not flushed one by one. Raises ExportError."""
    _write_png(path, cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), placing)


def write_alpha(path: Path, alpha: NDArray[np.float32], *, placing: Placing = REPLACE) -> None:
    """Write alpha, float32 (H, W) in 0..1, as grey PNG of 16 bits, 65535 for 1. As `write_rgba`."""
    _write_png(path, np.rint(alpha * np.float32(65535)).astype(np.uint16), placing)


def read_alpha(path: Path) -> NDArray[np.float32] | None:
    """The alpha in such a PNG, float32 (H, W) in 0..1; None where it cannot be read."""
    try:
        stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        return None
    if stored is None or stored.ndim != 2 or stored.dtype != np.uint16:
        return None
    return stored.astype(np.float32) / np.float32(65535)


def _write_png(path: Path, picture: NDArray, placing: Placing) -> None:
    try:
        with atomic_write(path, durable=False, placing=placing) as temporary:
            temporary.write_bytes(png(picture).tobytes())
    except OSError as failure:
        raise export_error(path, failure) from failure
