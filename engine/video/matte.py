"""Movies with alpha, as editors take them: ProRes 4444, VP9 and FFV1."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from engine.atomic import REPLACE, Placing
from engine.video.writer import BT709, CLOCK, OverlayWriter

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
